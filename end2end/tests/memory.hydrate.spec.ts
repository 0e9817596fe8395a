// A page that is open all day holds in the evening what it held in the morning.

import { expect, test, type Page } from "@playwright/test";
import { flood, memory, prepare, type Memory } from "../support/flood";
import { canvas, chip, openLive } from "../support/page";

// A recording of the page would be in its way, and in its memory.
test.use({ trace: "off" });

const MB = 1 << 20;
/** An hour of ticks at 100 ms. */
const HOUR = 36_000;

test("fifty starts and stops, and an hour of ticks, leave nothing behind", async ({ page }) => {
  test.setTimeout(90_000);
  await prepare(page);
  await openLive(page);
  await expect(canvas(page)).toBeVisible();

  // The warm-up fills what has a bound: the history, the samples of the latencies, the chart's own caches.
  for (let time = 0; time < 5; time += 1) {
    await page.keyboard.press("s");
    await page.keyboard.press("s");
  }
  await flood(page, 12_000);
  const before = await memory(page);

  for (let time = 0; time < 50; time += 1) {
    await page.keyboard.press("s");
    await expect(chip(page)).toHaveText(/Paused/);
    await page.keyboard.press("s");
    await expect(chip(page)).toHaveText(/Live/);
  }
  await expectFlat(page, before);

  await flood(page, HOUR);
  await expect(chip(page)).toHaveText(/Live/);
  await expectFlat(page, before);
});

/** Garbage may take more than one round to go; what was kept for good never does. */
async function expectFlat(page: Page, before: Memory): Promise<void> {
  const grown = async () => {
    const after = await memory(page);
    const nodes = Math.abs(after.nodes - before.nodes) <= 50;
    const listeners = Math.abs(after.listeners - before.listeners) <= 10;
    const heap = after.heap - before.heap < 2 * MB;
    const wasm = after.wasm - before.wasm <= MB / 4;
    return nodes && listeners && heap && wasm ? "flat" : JSON.stringify({ before, after });
  };
  await expect.poll(grown, { timeout: 8_000, intervals: [250] }).toBe("flat");
}
