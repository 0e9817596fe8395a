// A whole account as one file: taken along, looked at, brought back; on a phone, in the dark, without JavaScript.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { readFileSync } from "node:fs";

const PASSWORD = "a long enough password";

async function signUp(page: Page): Promise<void> {
  await page.goto("/sign-up/?next=/account/");
  await page.getByLabel("Name").fill(`person-${Math.random().toString(36).slice(2)}`);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page).toHaveURL(/\/account\/$/);
}

async function open(page: Page, name: string): Promise<void> {
  await page.goto("/portfolios/new/");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Open it" }).click();
  await expect(page.getByText("This ledger is empty")).toBeVisible();
}

async function takeAlong(page: Page): Promise<string> {
  await page.goto("/account/");
  const began = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download everything" }).click();
  const download = await began;
  expect(download.suggestedFilename()).toBe("finflow-account.json");
  return readFileSync(await download.path(), "utf8");
}

async function bring(page: Page, text: string): Promise<void> {
  await page.goto("/account/");
  await page.getByLabel("A file of a whole account").setInputFiles({
    name: "finflow-account.json",
    mimeType: "application/json",
    buffer: Buffer.from(text),
  });
  await page.getByRole("button", { name: "Look at the file" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "What would come back" })).toBeVisible();
}

test("an account is taken along and comes back to another server's empty account as the same file", async ({ page, browser, baseURL, javaScriptEnabled }) => {
  await signUp(page);
  await open(page, "Pension");
  await open(page, "Savings & more");
  const file = await takeAlong(page);
  expect(file).toContain('"name": "Savings & more"');

  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled });
  const other = await elsewhere.newPage();
  await signUp(other);
  await bring(other, file);
  await expect(other.getByRole("row", { name: /Savings & more/ })).toContainText("is free");
  await other.getByRole("button", { name: "Bring it back" }).click();
  await expect(other.getByText("It was brought back.")).toBeVisible();
  expect(await takeAlong(other), "the same bytes on the second trip").toBe(file);
  await other.goto("/portfolios/");
  await expect(other.getByRole("link", { name: "Savings & more", exact: true })).toBeVisible();
  await elsewhere.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}, on a phone`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" }, viewport: { width: 360, height: 740 } });

    test("names that are taken are asked about, and what is wrong has its line", async ({ page, javaScriptEnabled }) => {
      const scripts = javaScriptEnabled ?? true;
      const long = `Pension of ${"w".repeat(60)}`;
      await signUp(page);
      await open(page, long);
      const file = await takeAlong(page);
      await audit(page, scripts);

      await bring(page, file);
      await expect(page.getByRole("row", { name: /Pension of/ })).toContainText("is taken by one of yours");
      await audit(page, scripts);
      await page.getByRole("button", { name: "Bring it back" }).click();
      await expect(page.getByRole("alert")).toContainText("You have portfolios of these names already");
      await audit(page, scripts);
      await page.getByLabel("Portfolios whose name is taken").selectOption("beside");
      await page.getByRole("button", { name: "Bring it back" }).click();
      await expect(page.getByText("It was brought back.")).toBeVisible();
      await page.goto("/portfolios/");
      await expect(page.getByRole("link", { name: `${long} (2)`, exact: true })).toBeVisible();

      await bring(page, file.replace('"fifo"', '"best"'));
      await expect(page.getByText("This file cannot be brought back. Nothing was changed.")).toBeVisible();
      await expect(page.getByRole("row", { name: /fifo, lifo, hifo and average are accepted/ })).toContainText("5");
      await audit(page, scripts);
      await page.getByRole("button", { name: "Cancel" }).click();
      await expect(page).toHaveURL(/\/account\/$/);

      await page.goto("/account/import/");
      await audit(page, scripts);
    });
  });
}

async function audit(page: Page, scripts: boolean): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const [shown, wide] = await page.locator("html").evaluate((root) => [root.clientWidth, root.scrollWidth]);
  expect(wide, `${page.url()} runs over the side`).toBeLessThanOrEqual(shown ?? 0);
  const small = await page
    .locator("main button, main a.button, main select, main input:not([type=hidden])")
    .evaluateAll((found) => found.filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML));
  expect(small, "room for fingers").toEqual([]);
  // axe is a script: without scripts it cannot look.
  if (!scripts) return;
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter((rule) => rule.impact === "serious" || rule.impact === "critical");
  expect(serious.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target}: ${node.failureSummary}`))).toEqual([]);
}
