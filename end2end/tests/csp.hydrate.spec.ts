// The page keeps to the policy that it is sent with.

import { expect, test, type Page } from "@playwright/test";
import { HOME, LIVE, canvas, chip, openLive, summary } from "../support/page";
import { Wire } from "../support/wire";

for (const path of [HOME, LIVE]) {
  test(`${path} breaks no rule of its policy`, async ({ page }) => {
    await page.addInitScript(() => {
      Object.assign(window, { broken: [] });
      document.addEventListener("securitypolicyviolation", (event) => {
        (window as unknown as { broken: string[] }).broken.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    const wire = new Wire(page);
    await openLive(page, path);
    if (path === LIVE) {
      await page.keyboard.press("1");
      await expect(canvas(page)).toBeVisible();
      const box = await canvas(page).boundingBox();
      const { x, y, width, height } = box ?? { x: 0, y: 0, width: 0, height: 0 };
      for (const part of [0.2, 0.4, 0.6, 0.8]) {
        await page.mouse.move(x + width * part, y + height / 3);
      }
      await expect(page.locator(".chart-readout")).toHaveText(/UTC/);
      await summary(page).click();
    }
    await wire.next(3);
    await expect(chip(page)).toHaveText(/Live/);
    expect(await broken(page)).toEqual([]);

    // The ear is there: a script without the page's mark is refused, and noted.
    await page.evaluate(() => document.body.append(Object.assign(document.createElement("script"), { textContent: "window.ran = true" })));
    await expect.poll(() => broken(page)).toHaveLength(1);
    expect(await page.evaluate(() => "ran" in window)).toBe(false);
  });
}

function broken(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { broken: string[] }).broken);
}
