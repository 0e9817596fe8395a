// What would be, worked out in the browser: no request is needed for an answer, and it is the server's answer.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";

/** A guest's portfolio with a flat that no market knows, and shares that the market moves. */
async function guest(page: Page): Promise<string> {
  await page.goto("/");
  await page.locator('form[action="/try/"] button').click();
  await page.waitForURL(/\/portfolios\/$/);
  const first = page.getByRole("row").nth(1).getByRole("link").first();
  const own = ((await first.getAttribute("href")) ?? "").split("/").slice(0, 3).join("/");
  const origin = new URL(page.url()).origin;
  for (const fields of [
    { kind: "deposit", day: "2022-01-03", amount: "5000", currency: "USD" },
    { kind: "buy", day: "2022-03-01", symbol: "FLAT", quantity: "10", price: "100", currency: "USD" },
    { kind: "buy", day: "2022-03-01", symbol: "AAPL", quantity: "4", price: "100", currency: "USD" },
  ]) {
    const answer = await page.request.post(`${own}/activities/new/`, { form: fields as Record<string, string>, headers: { origin } });
    expect(answer.ok(), await answer.text()).toBe(true);
  }
  return own;
}

test("an answer comes while typing, without asking the server, and is the server's", async ({ page }) => {
  const messages: string[] = [];
  page.on("console", (message) => messages.push(message.text()));
  const own = await guest(page);
  await page.goto(`${own}/what-if/`);
  const live = page.locator(".what-if-live");
  await expect(live).toContainText("Worked out in this browser");
  await expect(live).toContainText("Live");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));

  await page.getByLabel("Symbol").first().fill("FLAT");
  await expect(page.getByText("Trade 1, quantity: say how many.")).toBeVisible();
  await page.getByLabel("Quantity").first().fill("4");
  await page.getByLabel("Price, else the current").first().fill("130");
  const answer = page.getByRole("region", { name: "What would be" });
  await expect(answer).toContainText("+120.00");
  await page.getByLabel("Quantity").first().fill("5");
  await expect(answer).toContainText("+150.00");
  // A browser may look for its icon again where an address changes.
  expect(asked.filter((path) => path !== "/favicon.svg"), "typing asks nobody").toEqual([]);
  expect(new URL(page.url()).searchParams.get("quantity1"), "the address holds the question").toBe("5");
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}`))).toEqual([]);

  // The server says the same of the same address.
  const told = await page.request.get(page.url());
  expect(await told.text()).toContain("+150.00");
  await page.getByLabel("Quantity").first().fill("11");
  await page.getByLabel("Lot").first().selectOption({ index: 1 });
  await expect(page.locator(".what-if-lacks")).toContainText("Trade 1,");
  await expect(answer).toBeHidden();
  expect(messages).toEqual([]);
});

test("an answer moves with the market", async ({ page }) => {
  const own = await guest(page);
  await page.goto(`${own}/what-if/?side1=sell&symbol1=AAPL&quantity1=4`);
  await expect(page.locator(".what-if-live")).toContainText("Live");
  const gain = page.getByRole("region", { name: "What would be" }).locator("dd").first();
  const before = await gain.innerText();
  await expect(gain).not.toHaveText(before);
});

test("a server that does not tell the premise answers the form itself", async ({ page }) => {
  const own = await guest(page);
  await page.route("**/what-if/premise", (route) => route.fulfill({ status: 503 }));
  await page.goto(`${own}/what-if/?side1=sell&symbol1=FLAT&quantity1=5&price1=130`);
  await expect(page.getByRole("region", { name: "What would be" })).toContainText("+150.00");
  await page.getByLabel("Quantity").first().fill("4");
  await page.getByRole("button", { name: "Try it" }).click();
  await expect(page.getByRole("region", { name: "What would be" })).toContainText("+120.00");
});
