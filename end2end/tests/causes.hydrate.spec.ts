// What moved the value today, cause by cause, on the live page: with each update, and equal to what the wire says.

import { expect, test } from "@playwright/test";
import { cents, openLive } from "../support/page";
import { Wire } from "../support/wire";

interface Causes {
  price: number;
  flows: number;
}

test("what was bought today is told apart from what prices did, live", async ({ page }) => {
  await page.goto("/");
  await page.locator('form[action="/try/"] button').first().click();
  await page.goto("/portfolios/new/");
  await page.getByLabel("Name", { exact: true }).fill("Pension");
  await page.getByLabel("Base currency").fill("USD");
  await page.getByRole("button", { name: "Open it" }).click();
  const own = new URL(page.url()).pathname.replace("activities/", "");
  const today = new Date().toISOString().slice(0, 10);
  await page.goto(`${own}activities/new/`);
  await page.getByRole("navigation", { name: "Kind of activity" }).getByRole("link", { name: "Deposit" }).click();
  await page.getByLabel("Day").fill(today);
  await page.getByRole("textbox", { name: "Amount" }).fill("100000");
  await page.getByRole("button", { name: "Add it", exact: true }).click();
  await expect(page.getByText("Added a deposit")).toBeVisible();
  await page.goto(`${own}activities/new/`);
  await page.getByLabel("Day").fill(today);
  await page.getByLabel("Symbol").fill("AAPL");
  await page.getByLabel("Quantity").fill("1000");
  await page.getByLabel("Price of a unit").fill("100");
  await page.getByRole("button", { name: "Add it", exact: true }).click();
  await expect(page.getByText("Added a buy of 1,000 AAPL")).toBeVisible();

  const wire = new Wire(page);
  await openLive(page, `/live-portfolio/?portfolio=${own.split("/").at(-2)}`);
  const causes = page.locator(".day-causes");
  await expect(causes).toContainText("Came in less went out +100,000.00");
  const prices = async () => cents(/^Prices ([^ ]+\d)(,|$)/.exec(await causes.innerText())?.[1] ?? "");
  const seen = new Set<number>();
  await expect
    .poll(async () => {
      const shown = await prices();
      const told = wire.updates().map((message) => message.data?.change_by as Causes);
      if (told.some((by) => Math.round(by.price * 100) === shown && by.flows === 100_000)) seen.add(shown);
      return seen.size;
    })
    .toBeGreaterThan(1);

  // Amounts that are hidden are hidden here too.
  await page.keyboard.press("h");
  await expect(causes).toHaveText("••••••");
});
