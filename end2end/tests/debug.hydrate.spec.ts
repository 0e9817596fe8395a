// The connection's details, for those who build on it.

import { expect, test, type Page } from "@playwright/test";
import { choose, openLive, stop, summary } from "../support/page";
import { Wire } from "../support/wire";

const panel = (page: Page) => page.locator("details", { hasText: "Connection details" });
const fact = (page: Page, name: string) => panel(page).locator("dt", { hasText: new RegExp(`^${name}$`) }).locator("xpath=following-sibling::dd");
const count = async (page: Page, name: string) => Number((await fact(page, name).innerText()).replaceAll(",", ""));

test("the details are closed at first, and open on demand", async ({ page, baseURL }) => {
  const wire = new Wire(page);
  await openLive(page);
  await expect(panel(page)).not.toHaveAttribute("open");
  await expect(page.getByText("From valuation to receipt")).toBeHidden();

  await summary(page).click();
  await choose(page, "1 s");
  await expect(fact(page, "Address")).toHaveText(`${baseURL?.replace("http", "ws")}/ws/portfolio/`);
  await expect(fact(page, "State")).toHaveText("live");
  await expect(fact(page, "Errors")).toHaveText("0");
  await expect(fact(page, "Frames skipped")).toHaveText("0");
  await expect(fact(page, "Connections lost")).toHaveText("0");

  const before = await count(page, "Messages");
  const bytes = await fact(page, "Received").innerText();
  await wire.next(2);
  await expect.poll(() => count(page, "Messages")).toBeGreaterThanOrEqual(before + 2);
  expect(await fact(page, "Received").innerText()).not.toBe(bytes);

  for (const name of ["From valuation to receipt", "From receipt to paint"]) {
    const figure = page.getByRole("figure").filter({ hasText: name });
    await expect(figure).toContainText(/p50 [\d.]+ ms, p99 [\d.]+ ms/);
  }

  const last = page.getByRole("region", { name: "Last message" }).locator("pre");
  await expect(last).toHaveText(/^"\d+ bytes of changed fields"$/);
  expect(wire.changes).toBeGreaterThan(0);

  // A page that comes back while it is paused asks for the data alone: the answer is a text, and nothing follows it.
  await stop(page).click();
  await expect(fact(page, "State")).toHaveText("paused");
  await page.evaluate(() => window.dispatchEvent(new Event("pagehide")));
  await expect.poll(() => wire.opened).toBe(2);
  await expect.poll(() => wire.received.at(-1)?.type).toBe("portfolio_data");
  // Pretty-printed: the same message, in lines.
  await expect(last).toHaveText(/"portfolio_data"/);
  const shown = await last.innerText();
  expect(shown.split("\n").length).toBeGreaterThan(20);
  expect(JSON.parse(shown)).toEqual(wire.received.at(-1));
  await expect(fact(page, "Messages")).toHaveText(String(wire.received.length));

  await summary(page).click();
  await expect(panel(page)).not.toHaveAttribute("open");
});

test("hidden amounts stay hidden in the last message", async ({ page }) => {
  await openLive(page);
  await page.getByRole("button", { name: "Hide amounts" }).click();
  await summary(page).click();
  await expect(page.getByRole("region", { name: "Last message" }).locator("pre")).toHaveText(/^Hidden/);
});
