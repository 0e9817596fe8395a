// A person brings their history: signs up, imports a real file, watches it, sells half, takes it back, and leaves.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { cents } from "../support/page";

/** An export of another tracker: five shares that the market knows, and a flat that it does not. */
const FILE = {
  name: "ghostfolio.csv",
  mimeType: "text/csv",
  buffer: Buffer.from(
    "Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note\n" +
      "16-09-2021,MSFT,YAHOO,USD,298.580,5,buy,19.00,My first order\n" +
      "01-01-2022,PENTHOUSE,MANUAL,USD,500000,1,buy,0.00,\n",
  ),
};
const PASSWORD = "a long enough password";

async function signUp(page: Page): Promise<string> {
  const name = `person-${Math.random().toString(36).slice(2)}`;
  await page.goto("/sign-up/");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("main").getByRole("button", { name: /sign up|open/i }).click();
  await expect(page).toHaveURL(/\/portfolios\/$/);
  return name;
}

async function open(page: Page, name: string): Promise<string> {
  await page.goto("/portfolios/new/");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Base currency").fill("USD");
  await page.getByRole("button", { name: "Open it" }).click();
  await expect(page.getByText("This ledger is empty")).toBeVisible();
  return new URL(page.url()).pathname.replace("activities/", "");
}

async function bring(page: Page, own: string, file: typeof FILE): Promise<void> {
  await page.goto(`${own}import/`);
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: "Look at the files" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "What the file becomes" })).toBeVisible();
}

test("a history is brought, watched, halved, taken back, taken out, and gone with its owner", async ({ page, browser, baseURL, javaScriptEnabled }) => {
  await signUp(page);
  const own = await open(page, "Savings");
  const id = own.split("/")[2];

  await bring(page, own, FILE);
  await page.getByRole("button", { name: "Do not track cash" }).click();
  await expect(page.getByRole("button", { name: "Do not track cash" })).toHaveCount(0);
  await page.getByRole("button", { name: /^Apply/ }).click();
  await expect(page.getByText(/^Import(ed)? .*ghostfolio/)).toBeVisible();

  // The flat of half a million, whose last price is what was paid for it, and five shares at the market's price.
  const address = `/live-portfolio/?portfolio=${id}`;
  await page.goto(address);
  await expect(page.getByRole("heading", { level: 1, name: "Savings" })).toBeVisible();
  const rows = page.getByRole("table", { name: "Holdings at their latest prices" }).locator("tbody tr");
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: "PENTHOUSE" }).locator(".col-value")).toHaveText("500,000.00");
  const values = await rows.locator(".col-value").allTextContents();
  expect(values.map(cents).reduce((sum, value) => sum + value, 0)).toBeGreaterThan(50_000_000);

  // Half of the shares are sold: the overview tells the gain.
  await page.goto(`${own}activities/new/?kind=sell`);
  await page.getByLabel("Day").fill("2024-01-02");
  await page.getByLabel("Symbol").fill("MSFT");
  await page.getByLabel("Quantity").fill("2.5");
  await page.getByLabel("Price of a unit").fill("398.58");
  await page.getByLabel("Price of a unit").press("Enter");
  await expect(page.getByText("Added a sell of 2.5 MSFT, 2 Jan 2024.").or(page.getByText(/Added a sale of 2\.5 MSFT/))).toBeVisible();
  await page.goto(own);
  // 2.5 x (398.58 - 298.58 - 19 of fees / 5): the fee of the purchase is a part of its cost.
  await expect(page.locator(`a[href="${own}figures/realised/"]`).first()).toHaveText("+240.50");
  await page.goto(`${own}changes/`);
  await page.getByRole("button", { name: "Undo" }).first().click();
  await page.goto(own);
  await expect(page.locator(`a[href="${own}figures/realised/"]`).first()).toHaveText("0.00");

  const taken = await page.context().request.get(`${own}export/finflow.json`);
  expect(taken.headers()["content-disposition"]).toContain("attachment");
  expect(await taken.text()).toContain("PENTHOUSE");

  // Somebody else sees nothing of it.
  const context = await browser.newContext({ baseURL, javaScriptEnabled });
  const other = await context.newPage();
  await signUp(other);
  for (const path of [own, `${own}activities/`, `${own}export/finflow.json`, address]) {
    expect((await context.request.get(path)).status(), path).toBe(404);
  }
  await context.close();

  await page.goto("/account/");
  await page.getByLabel(/password/i).last().fill(PASSWORD);
  await page.getByRole("button", { name: /Delete/ }).click();
  expect((await page.context().request.get(address)).status()).toBe(404);
});

test("a file that cannot be read says where and why, and changes nothing", async ({ page }) => {
  await signUp(page);
  const own = await open(page, "Savings");
  const text = "date,type,symbol,quantity,unit_price,currency,fee,amount\n2024-01-15,BUY,AAPL,ten,185.50,USD,4.95,\n";
  await bring(page, own, { name: "broken.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await expect(page.getByText("quantity", { exact: false }).first()).toBeVisible();
  await expect(page.getByRole("button", { name: /^Apply/ })).toHaveCount(0);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.goto(`${own}activities/`);
  await expect(page.getByText("This ledger is empty")).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`in ${scheme}, the pages of files have no serious finding, and fit a phone`, async ({ page, javaScriptEnabled }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: 360, height: 780 });
    await signUp(page);
    const own = await open(page, "Savings");
    const fits = async () => expect(await page.locator("html").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(360);
    const look = async () => {
      if (javaScriptEnabled !== false) {
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.filter((one) => one.impact === "serious" || one.impact === "critical")).toEqual([]);
        await fits();
      }
    };
    await page.goto(`${own}import/`);
    await look();
    await bring(page, own, FILE);
    await look();
  });
}
