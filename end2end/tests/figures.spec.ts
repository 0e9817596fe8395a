// What a portfolio is worth and why, as a person meets it: with JavaScript or without.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";

/** A guest's portfolio; its address without what follows its id. */
async function guest(page: Page): Promise<string> {
  await page.goto("/");
  await page.locator('form[action="/try/"] button').click();
  await page.waitForURL(/\/portfolios\/$/);
  const first = page.getByRole("row").nth(1).getByRole("link").first();
  const address = (await first.getAttribute("href")) ?? "";
  return address.split("/").slice(0, 3).join("/");
}

async function add(page: Page, own: string, fields: Record<string, string>): Promise<void> {
  const answer = await page.request.post(`${own}/activities/new/`, {
    form: fields,
    headers: { origin: new URL(page.url()).origin },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
}

async function fits(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(wide, "the page is no wider than its window").toBe(false);
}

/** Nothing that axe finds. It is a script: without scripts it cannot look. */
async function looks(page: Page, scripts: boolean | undefined): Promise<void> {
  if (scripts === false) return;
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}`))).toEqual([]);
}

test("an empty portfolio says the one next step", async ({ page, javaScriptEnabled }) => {
  const own = await guest(page);
  await page.goto(`${own}/`);
  await expect(page.getByRole("link", { name: "Add the first activity" })).toBeVisible();
  await looks(page, javaScriptEnabled);
});

test("figures lead to how they came about, lots to a what-if", async ({ page, javaScriptEnabled }) => {
  const own = await guest(page);
  await add(page, own, { kind: "buy", day: "2022-03-01", symbol: "FLAT", quantity: "10", price: "100", currency: "USD" });
  await add(page, own, { kind: "sell", day: "2022-04-01", symbol: "FLAT", quantity: "4", price: "130", currency: "USD" });
  for (const path of ["", "performance/?range=all", "figures/value/", "figures/realised/", "lots/", "what-if/"]) {
    await page.goto(`${own}/${path}`);
    await fits(page);
    await looks(page, javaScriptEnabled);
  }
  await page.goto(`${own}/`);
  await page.getByRole("region", { name: "Totals" }).getByRole("link", { name: "+120.00" }).first().click();
  await expect(page).toHaveURL(/\/figures\/realised\/$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Realised gain");
  await page.goto(`${own}/lots/`);
  await page.getByRole("link", { name: /What if FLAT/ }).click();
  await page.getByRole("button", { name: "Try it" }).click();
  await expect(page.getByText("Realised now")).toBeVisible();
  await expect(page.getByText("+180.00").first()).toBeVisible();
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of ["", "performance/", "performance/?from=2022-03-01&to=2022-04-01", "figures/value/", "lots/"]) {
    await page.goto(`${own}/${path}`);
    await fits(page);
  }
});
