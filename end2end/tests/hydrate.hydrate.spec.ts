// The client takes over what the server drew: the same nodes, no complaint, and then it is live.

import { expect, test } from "@playwright/test";
import { HOME, LIVE, canvas, chip, choose, complaints, served, total } from "../support/page";
import { Wire } from "../support/wire";

for (const path of [HOME, LIVE]) {
  test(`${path} hydrates what the server drew, without a flash or a warning`, async ({ page }) => {
    const heard = complaints(page);
    const wire = new Wire(page);
    await page.addInitScript(() => {
      const seen: (string | undefined)[] = [];
      const nodes: Element[] = [];
      Object.assign(window, { seen, nodes });
      document.addEventListener("DOMContentLoaded", () => nodes.push(...document.querySelectorAll("main, .total-figure, .holdings tr, .totals p")));
      const look = () => {
        if (document.readyState !== "loading") {
          seen.push(document.querySelector(".total-figure")?.textContent ?? undefined);
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    const response = await page.goto(path);
    const sent = await served(page, (await response?.text()) ?? "");
    expect(sent.total).toMatch(/^[\d,]+\.\d\d$/);
    await expect(chip(page)).toHaveText(/Live/);
    await wire.next(1);
    if (path === LIVE) {
      await expect(canvas(page)).toBeVisible();
    }

    const { seen, replaced, nodes } = await page.evaluate(() => {
      const { seen, nodes } = window as unknown as { seen: (string | null)[]; nodes: Element[] };
      return { seen, nodes: nodes.length, replaced: nodes.filter((node) => !node.isConnected).map((node) => node.outerHTML) };
    });
    expect(seen[0]).toBe(sent.total);
    expect(seen.filter((text) => !text), "frames without the total").toEqual([]);
    expect(nodes).toBeGreaterThan(3);
    expect(replaced, "nodes that were not hydrated but made anew").toEqual([]);
    expect(heard).toEqual([]);
  });
}

test("the live page becomes live, and its total moves", async ({ page }) => {
  const response = await page.goto(LIVE);
  expect(response?.ok()).toBe(true);
  await expect(chip(page)).toHaveText(/Live/);
  await choose(page, "1 s");
  const before = (await total(page).textContent()) ?? "";
  await expect(total(page)).not.toHaveText(before, { timeout: 6_000 });
});

test("the front page moves by itself", async ({ page }) => {
  await page.goto(HOME);
  await expect(chip(page)).toHaveText(/Live/);
  const before = (await total(page).textContent()) ?? "";
  await expect(total(page)).not.toHaveText(before, { timeout: 10_000 });
});

test("the way from the front page to the live page and back holds one socket each", async ({ page }) => {
  const heard = complaints(page);
  const wire = new Wire(page);
  await page.goto(HOME);
  await expect(chip(page)).toHaveText(/Live/);
  await page.getByRole("link", { name: "Open the live portfolio" }).click();
  await expect(canvas(page)).toBeVisible();
  await expect(chip(page)).toHaveText(/Live/);
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/portfolio monitor/);
  await expect(chip(page)).toHaveText(/Live/);
  await wire.next(1);
  expect(wire.opened).toBe(3);
  expect(heard).toEqual([]);
});
