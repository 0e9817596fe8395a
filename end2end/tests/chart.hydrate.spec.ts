// The chart in a browser: drawn on canvases, live, moved by keys and pointer, taken away as a picture.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { readFile } from "node:fs/promises";

/** Opens an instrument and waits until its chart is drawn by the browser. */
async function open(page: Page, query = ""): Promise<void> {
  await page.goto(`/market/AAPL/${query}`);
  await expect(page.locator(".plot[data-drawn]")).toBeVisible();
  await expect(page.locator(".plot-figures")).toContainText("Close");
}

test("prices that come move the newest candle", async ({ page }) => {
  const messages: string[] = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  await open(page, "?range=1d");
  const figures = page.locator(".plot-figures");
  const before = await figures.textContent();
  await expect(figures).not.toHaveText(before ?? "", { timeout: 15_000 });
  expect(messages).toEqual([]);
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}`))).toEqual([]);
});

test("keys walk along the candles, and say each", async ({ page }) => {
  await open(page, "?range=1y");
  const chart = page.getByRole("slider", { name: /Chart of AAPL/ });
  await chart.focus();
  await page.keyboard.press("Home");
  await expect(chart).toHaveAttribute("aria-valuenow", "1");
  const first = await chart.getAttribute("aria-valuetext");
  expect(first).toContain("Open");
  await page.keyboard.press("ArrowRight");
  await expect(chart).toHaveAttribute("aria-valuenow", "2");
  await expect(chart).not.toHaveAttribute("aria-valuetext", first ?? "");
  await page.keyboard.press("End");
  await expect(chart).toHaveAttribute("aria-valuenow", (await chart.getAttribute("aria-valuemax")) ?? "");
  // Closer, and back in time: there is a way to the newest.
  for (const key of ["+", "+", "PageUp", "PageUp"]) await page.keyboard.press(key);
  const newest = page.getByRole("button", { name: "Newest" });
  await expect(newest).toBeVisible();
  await newest.click();
  await expect(newest).toBeHidden();
});

test("choices change the chart without another page, and the address holds them", async ({ page }) => {
  await open(page, "?range=1m");
  await page.evaluate(() => Object.assign(window, { here: true }));
  await page.getByText("How it is drawn").click();
  await page.getByLabel("SMA 20").check();
  await expect(page.locator(".plot-figures")).toContainText("SMA 20");
  await page.getByLabel("Compare with").selectOption("MSFT");
  await expect(page.locator(".plot-figures")).toContainText("MSFT");
  await page.getByRole("radio", { name: "5Y" }).check({ force: true });
  await expect(page).toHaveURL(/range=5y/);
  await expect(page).toHaveURL(/study=sma-20/);
  expect(await page.evaluate(() => "here" in window), "it is the same page").toBe(true);
});

test("a pointer points, drags, and comes closer", async ({ page }) => {
  await open(page, "?range=1y");
  const chart = page.locator(".plot");
  const box = await chart.boundingBox();
  if (!box) throw new Error("the chart has no box");
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  await expect(page.locator(".plot-upright")).toBeVisible();
  const at = await chart.getAttribute("aria-valuenow");
  await page.keyboard.down("Control");
  const asked = page.waitForResponse((answer) => answer.url().includes("from_ms="));
  for (let turn = 0; turn < 8; turn++) await page.mouse.wheel(0, -100);
  await page.keyboard.up("Control");
  expect((await asked).ok(), "finer candles are asked for").toBe(true);
  await page.mouse.down();
  await page.mouse.move(middle.x + 300, middle.y, { steps: 6 });
  await page.mouse.up();
  await expect(page.getByRole("button", { name: "Newest" })).toBeVisible();
  await page.mouse.move(middle.x + 10, middle.y);
  await expect(chart).not.toHaveAttribute("aria-valuenow", at ?? "");
  await page.mouse.move(5, 5);
  await expect(page.locator(".plot-upright")).toBeHidden();
  // The newest is not among what was told last: it is asked for.
  await page.getByRole("button", { name: "Newest" }).click();
  await expect(page.getByRole("button", { name: "Newest" })).toBeHidden();
});

test("what is shown can be taken away as a picture", async ({ page }) => {
  await open(page, "?range=3m");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "PNG" }).click()]);
  expect(file.suggestedFilename()).toBe("AAPL.png");
  const bytes = await readFile(await file.path());
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect(bytes.length).toBeGreaterThan(5_000);
});

test("without an answer the chart says so, and what was drawn stays", async ({ page }) => {
  await page.route("**/chart.json*", (route) => route.abort());
  await page.goto("/market/AAPL/");
  await expect(page.getByText("The chart could not be brought up to date")).toBeVisible();
  await expect(page.locator(".plot svg").first()).toBeVisible();
});
