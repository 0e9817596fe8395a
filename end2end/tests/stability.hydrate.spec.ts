// Nothing jumps: not while the client takes over, not when the chart comes, not at an update.

import { expect, test, type Page } from "@playwright/test";
import { HOME, LIVE, canvas, chip, openLive } from "../support/page";
import { Wire } from "../support/wire";

const CHART_CODE = /\/vendor\/echarts[^/]*\.js/;

for (const [name, viewport] of [["a desk", { width: 1280, height: 900 }], ["a phone", { width: 360, height: 740 }]] as const) {
  test(`nothing moves over ten updates on ${name}`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await page.addInitScript(() => {
      const shifts: { value: number; what: string[] }[] = [];
      Object.assign(window, { shifts });
      type Shift = PerformanceEntry & { value: number; sources: { node?: Element }[] };
      new PerformanceObserver((list) => {
        for (const shift of list.getEntries() as Shift[]) {
          shifts.push({ value: shift.value, what: shift.sources.map(({ node }) => node?.parentElement?.outerHTML?.slice(0, 200) ?? "?") });
        }
      }).observe({ type: "layout-shift", buffered: true });
    });
    const wire = new Wire(page);
    await openLive(page);
    await page.keyboard.press("1");
    await wire.next(10, 20_000);
    await expect(canvas(page)).toBeVisible();
    const shifts = await page.evaluate(() => (window as unknown as { shifts: { value: number; what: string[] }[] }).shifts);
    const sum = shifts.reduce((sum, shift) => sum + shift.value, 0);
    expect(sum, JSON.stringify(shifts)).toBeLessThan(0.01);
  });
}

test("the chart takes the place of the drawing, and moves nothing", async ({ page }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(CHART_CODE, async (route) => {
    await held;
    await route.continue();
  });
  await openLive(page);
  await expect(page.getByRole("img", { name: /^Value over time/ })).toBeVisible();
  const before = await places(page);
  expect(Object.keys(before).length).toBeGreaterThan(5);
  release();
  await expect(canvas(page)).toBeVisible();
  await expect(page.getByRole("img", { name: /^Value over time/ })).toHaveCount(0);
  expect(await places(page)).toEqual(before);
});

test("the chart code comes only with a chart, and after the first paint", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (CHART_CODE.test(request.url())) {
      asked.push(request.url());
    }
  });
  const wire = new Wire(page);
  await openLive(page, HOME);
  await wire.next(1);
  expect(asked).toEqual([]);

  await page.goto(LIVE);
  await expect(canvas(page)).toBeVisible();
  expect(asked).toHaveLength(1);
  const [painted, began] = await page.evaluate(() => {
    const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
    const code = performance.getEntriesByType("resource").find((entry) => entry.name.includes("/vendor/echarts"));
    return [painted, code?.startTime];
  });
  expect(began).toBeGreaterThan(painted);
});

test("a page whose chart code never comes keeps the drawing, and is live all the same", async ({ page }) => {
  await page.route(CHART_CODE, (route) => route.abort());
  await openLive(page);
  await page.keyboard.press("1");
  const chart = page.getByRole("img", { name: /^Value over time/ });
  await expect(chart).toBeVisible();
  const line = chart.locator("path.chart-line").first();
  const before = await line.getAttribute("d");
  await expect(chip(page)).toHaveText(/Live/);
  await expect(line).not.toHaveAttribute("d", before ?? "", { timeout: 8_000 });
});

/** Where the parts of the page stand. */
function places(page: Page): Promise<Record<string, number[]>> {
  return page.locator("h1, h2, .total, .status-line, .controls, .value-chart, .allocation-list, .holdings, .debug, footer").evaluateAll((found) =>
    Object.fromEntries(
      found.map((one, index) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        return [`${index} ${one.tagName}.${one.className}`, [x, y, width, height]];
      }),
    ),
  );
}
