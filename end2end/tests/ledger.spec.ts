// The pages of a ledger, with JavaScript or without: a portfolio, a buy, an edit, a sale, the way back.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";

/** Somebody new, with an empty portfolio; returns the path of its pages. */
async function enter(page: Page): Promise<string> {
  await page.goto("/");
  await page.locator('form[action="/try/"] button').first().click();
  await expect(page).toHaveURL(/\/portfolios\/$/);
  await page.goto("/portfolios/new/");
  await page.getByLabel("Name", { exact: true }).fill("Pension");
  await page.getByLabel("Base currency").fill("USD");
  await page.getByRole("button", { name: "Open it" }).click();
  await expect(page.getByText("This ledger is empty")).toBeVisible();
  return new URL(page.url()).pathname.replace("activities/", "");
}

async function buy(page: Page, own: string): Promise<void> {
  await page.goto(`${own}activities/new/`);
  await page.getByLabel("Day").fill("2024-01-02");
  await page.getByLabel("Symbol").fill("AAPL");
  await page.getByLabel("Quantity").fill("10");
  await page.getByLabel("Price of a unit").fill("184,5");
  // Enter sends the form.
  await page.getByLabel("Price of a unit").press("Enter");
  await expect(page.getByText("Added a buy of 10 AAPL, 2 Jan 2024.")).toBeVisible();
}

test("a buy, an edit, a sale of half, a deletion and the way back", async ({ page }) => {
  const own = await enter(page);
  await buy(page, own);
  const rows = page.getByRole("table", { name: /Activities/ }).locator("tbody tr");
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("1,845.00");

  await page.getByRole("link", { name: "Edit Buy of AAPL, 2 Jan 2024" }).click();
  await page.getByLabel("Quantity").fill("12");
  await page.getByLabel("Tags").fill("long, pension");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(rows.first()).toContainText("2,214.00");
  await expect(page.getByRole("link", { name: "pension" })).toBeVisible();

  await page.getByRole("link", { name: "Add an activity" }).click();
  await page.getByRole("navigation", { name: "Kind of activity" }).getByRole("link", { name: "Sell" }).click();
  await page.getByLabel("Day").fill("2024-03-01");
  await page.getByLabel("Symbol").fill("AAPL");
  await page.getByLabel("Quantity").fill("6");
  await page.getByLabel("Price of a unit").fill("190");
  await page.getByRole("button", { name: "Choose its lots" }).click();
  await page.getByLabel("Units of the lot of 2 Jan 2024").fill("6");
  await page.getByRole("button", { name: "Add it", exact: true }).click();
  await expect(rows).toHaveCount(2);

  await rows.first().getByRole("checkbox").check();
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("Deleted 1 activity.")).toBeVisible();
  await expect(rows).toHaveCount(1);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Undone: Deleted 1 activity.")).toBeVisible();
  await expect(rows).toHaveCount(2);
});

test("a sale of more than is held asks first", async ({ page }) => {
  const own = await enter(page);
  await buy(page, own);
  await page.goto(`${own}activities/new/?kind=sell&symbol=AAPL`);
  await page.getByLabel("Quantity").fill("13");
  await page.getByLabel("Price of a unit").fill("190");
  await page.getByRole("button", { name: "Add it", exact: true }).click();
  await expect(page.getByText("You hold 10 AAPL on this day; this opens a short position of 3.")).toBeVisible();
  await page.getByRole("button", { name: "Yes, sell short" }).click();
  await expect(page.getByText("Added a sell of 13 AAPL")).toBeVisible();
});

test("what is wrong stands at its field, and the page begins there", async ({ page }) => {
  const own = await enter(page);
  await page.goto(`${own}activities/new/`);
  await page.getByLabel("Symbol").fill("AAPL");
  await page.getByLabel("Quantity").fill("1,234");
  await page.getByLabel("Price of a unit").fill("1");
  await page.getByRole("button", { name: "Add it", exact: true }).click();
  const quantity = page.getByLabel("Quantity");
  await expect(quantity).toHaveAccessibleDescription(/may mean 1.234 or 1234/);
  await expect(quantity).toHaveValue("1,234");
  await expect(quantity).toBeFocused();
});

test("what has no market has prices of its owner", async ({ page }) => {
  await enter(page);
  await page.goto("/instruments/new/");
  await page.getByLabel("Symbol", { exact: true }).fill("FLAT");
  await page.getByLabel("Kind").selectOption("manual");
  await page.getByLabel("Currency of its price").fill("EUR");
  await page.getByRole("button", { name: "Add it" }).click();
  await page.getByLabel("Price of a unit").fill("250.000,00");
  await page.getByRole("button", { name: "Set the price" }).click();
  await expect(page.getByRole("table", { name: /Your prices/ })).toContainText("250,000.00");
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [360, 1280]) {
    test.describe(`in ${colorScheme} at ${width} pixels`, () => {
      test.use({ colorScheme, viewport: { width, height: 800 }, contextOptions: { reducedMotion: "reduce" } });

      test("nobody is kept out, and nothing runs over the side", async ({ page, javaScriptEnabled }) => {
        test.setTimeout(90_000);
        const own = await enter(page);
        await buy(page, own);
        const pages = [
          "/portfolios/",
          "/portfolios/new/",
          `${own}activities/`,
          `${own}activities/new/?kind=sell`,
          `${own}changes/`,
          `${own}settings/`,
          "/instruments/",
          "/instruments/AAPL/",
        ];
        for (const path of pages) {
          await page.goto(path);
          await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
          const [scroll, client] = await page.locator("html").evaluate((root) => [root.scrollWidth, root.clientWidth]);
          expect(scroll, path).toBeLessThanOrEqual(client ?? 0);
          // Axe runs in the page: without JavaScript it cannot.
          if (javaScriptEnabled ?? true) {
            const { violations } = await new AxeBuilder({ page }).analyze();
            const serious = violations.filter((rule) => rule.impact === "serious" || rule.impact === "critical");
            expect(serious.flatMap((rule) => rule.nodes.map((node) => `${path}: ${rule.id}: ${node.target}: ${node.failureSummary}`))).toEqual([]);
          }
        }
      });
    });
  }
}
