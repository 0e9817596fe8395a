// From a phone to a wide screen, with JavaScript or without: nothing runs over the side, and what matters is seen first.

import { expect, test, type Page } from "@playwright/test";
import { HOME, LIVE, canvas, chip, openLive, summary, total, valueChart } from "../support/page";

/** What a finger is given at least, in pixels. */
const FINGER = 44;

test.describe("on a phone", () => {
  const viewport = { width: 360, height: 740 };
  test.use({ viewport, hasTouch: true, isMobile: true });

  test("the total, the status and the chart are on the first screen", async ({ page, javaScriptEnabled }) => {
    await page.goto(LIVE);
    const seen = [total(page), page.locator(".day-change"), valueChart(page)];
    if (javaScriptEnabled ?? true) {
      await expect(canvas(page)).toBeVisible();
      seen.push(chip(page));
    }
    for (const one of seen) {
      await expect(one).toBeVisible();
      const box = await one.boundingBox();
      expect(box?.y).toBeGreaterThanOrEqual(0);
      expect((box?.y ?? 0) + (box?.height ?? 0), String(one)).toBeLessThanOrEqual(viewport.height);
    }
  });

  for (const path of [HOME, LIVE, "/nowhere"]) {
    test(`${path} has room for fingers`, async ({ page }) => {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      const small = await page
        .locator("header a, header button, main button, main a.button, main summary, main label")
        .evaluateAll((found, finger) => {
          const boxes = found.map((one) => ({ one, box: one.getBoundingClientRect() })).filter(({ box }) => box.width > 0);
          return {
            found: boxes.length,
            small: boxes
              .filter(({ box }) => box.width < finger - 0.5 || box.height < finger - 0.5)
              .map(({ one, box }) => `${one.getAttribute("aria-label") ?? one.textContent}: ${box.width} x ${box.height}`),
          };
        }, FINGER);
      expect(small.found).toBeGreaterThan(1);
      expect(small.small).toEqual([]);
    });
  }

  test("the table is a list of rows that fit", async ({ page }) => {
    await page.goto(LIVE);
    const rows = page.locator("tbody").getByRole("row");
    await expect(rows).toHaveCount(12);
    for (const box of await rows.evaluateAll((found) => found.map((one) => one.getBoundingClientRect().toJSON()))) {
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.right).toBeLessThanOrEqual(viewport.width);
    }
  });
});

for (const width of [360, 768, 1280, 1920]) {
  test.describe(`at ${width} pixels`, () => {
    test.use({ viewport: { width, height: 740 } });
    for (const path of [HOME, LIVE, "/nowhere"]) {
      test(`${path} does not scroll sideways`, async ({ page, javaScriptEnabled }) => {
        if ((javaScriptEnabled ?? true) && path !== "/nowhere") {
          await openLive(page, path);
        } else {
          await page.goto(path);
        }
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        expect(await sideways(page)).toEqual([]);
        const details = summary(page);
        if (await details.isVisible()) {
          await details.click();
          await expect(page.getByText("From valuation to receipt")).toBeVisible();
          expect(await sideways(page), "with the connection's details").toEqual([]);
        }
      });
    }
  });
}

/** What reaches over the side of the page, where the page scrolls for it. */
function sideways(page: Page): Promise<string[]> {
  return page.locator("html").evaluate((root) => {
    const width = root.clientWidth;
    if (root.scrollWidth <= width) {
      return [];
    }
    const wide = [...root.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > width + 0.5);
    return [`${root.scrollWidth} > ${width}`, ...wide.map((one) => `${one.tagName}.${one.getAttribute("class")}`)];
  });
}
