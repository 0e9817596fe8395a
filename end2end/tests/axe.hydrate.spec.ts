// What axe finds that keeps people out: nothing serious, on each page, in both themes.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { HOME, LIVE, canvas, openLive, stop, summary } from "../support/page";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    // A colour in the middle of its fading is no one's to judge.
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("the front page", async ({ page }) => {
      await openLive(page, HOME);
      await audit(page);
    });

    test("the live page, live and stopped", async ({ page }) => {
      await openLive(page);
      await expect(canvas(page)).toBeVisible();
      await audit(page);
      await stop(page).click();
      await audit(page);
    });

    test("the live page with other colours and hidden amounts", async ({ page }) => {
      await openLive(page);
      await page.getByRole("button", { name: /Blue and orange/ }).click();
      await page.getByRole("button", { name: "Hide amounts" }).click();
      await audit(page);
    });

    test("the connection's details", async ({ page }) => {
      await openLive(page);
      await summary(page).click();
      await expect(page.getByText("From valuation to receipt")).toBeVisible();
      await audit(page);
    });

    test("the list of keys", async ({ page }) => {
      await openLive(page);
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
      await audit(page);
    });

    test("an address that leads nowhere", async ({ page }) => {
      await page.goto("/nowhere");
      await audit(page);
    });

    test("a phone", async ({ page }) => {
      await page.setViewportSize({ width: 360, height: 740 });
      await openLive(page, LIVE);
      await audit(page);
    });
  });
}

async function audit(page: Page): Promise<void> {
  const { violations, passes } = await new AxeBuilder({ page }).analyze();
  expect(passes.map((rule) => rule.id)).toContain("color-contrast");
  const serious = violations.filter((rule) => rule.impact === "serious" || rule.impact === "critical");
  expect(serious.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target}: ${node.failureSummary}`))).toEqual([]);
}
