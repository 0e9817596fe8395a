// A page that is open all day holds in the evening what it held in the morning.

import { expect, test } from "@playwright/test";
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
  await flood(page, 8_000);
  const before = await memory(page);

  for (let time = 0; time < 50; time += 1) {
    await page.keyboard.press("s");
    await expect(chip(page)).toHaveText(/Paused/);
    await page.keyboard.press("s");
    await expect(chip(page)).toHaveText(/Live/);
  }
  const stopped = await memory(page);
  flat(before, stopped);

  await flood(page, HOUR);
  await expect(chip(page)).toHaveText(/Live/);
  const after = await memory(page);
  flat(before, after);
});

function flat(before: Memory, after: Memory): void {
  const told = JSON.stringify({ before, after });
  expect(Math.abs(after.nodes - before.nodes), told).toBeLessThanOrEqual(50);
  expect(Math.abs(after.listeners - before.listeners), told).toBeLessThanOrEqual(10);
  expect(after.heap - before.heap, told).toBeLessThan(2 * MB);
  expect(after.wasm - before.wasm, told).toBeLessThanOrEqual(MB / 4);
}
