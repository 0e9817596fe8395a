// How the reader wants the page: chosen once, remembered, and there from the first paint on.

import { expect, test, type Page } from "@playwright/test";
import { BULLETS, LIVE, chip, openLive, served, total } from "../support/page";

const root = (page: Page) => page.locator("html");
const theme = (page: Page) => page.getByRole("button", { name: /^Theme: / });
const amounts = (page: Page) => page.getByRole("button", { name: "Hide amounts" });

test("the theme goes from the device's to light, to dark, and back", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await openLive(page);
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await expect(theme(page)).toHaveAccessibleName("Theme: system");
  await expect(root(page)).not.toHaveAttribute("data-theme");
  const device = await ground();

  await theme(page).click();
  await expect(theme(page)).toHaveAccessibleName("Theme: light");
  await expect(root(page)).toHaveAttribute("data-theme", "light");
  const light = await ground();
  await theme(page).click();
  await expect(theme(page)).toHaveAccessibleName("Theme: dark");
  await expect(root(page)).toHaveAttribute("data-theme", "dark");
  expect(await ground()).toBe(device);
  expect(light).not.toBe(device);

  await theme(page).click();
  await expect(theme(page)).toHaveAccessibleName("Theme: system");
  await expect(root(page)).not.toHaveAttribute("data-theme");
});

test("a theme is remembered, from the first paint on", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await openLive(page);
  await theme(page).click();
  await theme(page).click();
  await expect(root(page)).toHaveAttribute("data-theme", "dark");
  const dark = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

  await look(page, () => [document.documentElement.dataset.theme, getComputedStyle(document.documentElement).backgroundColor]);
  const response = await page.reload();
  expect(await response?.text()).toMatch(/<html[^>]* data-theme="dark"/);
  await expect(chip(page)).toHaveText(/Live/);
  expect(await looks(page)).toEqual([["dark", dark]]);
  await expect(theme(page)).toHaveAccessibleName("Theme: dark");
});

test("hidden amounts are bullets; percentages and prices stay", async ({ page }) => {
  await openLive(page);
  const texts = (name: string) => page.locator(`tbody .col-${name}`).allInnerTexts();
  await expect(amounts(page)).toHaveAttribute("aria-pressed", "false");
  await amounts(page).click();
  await expect(amounts(page)).toHaveAttribute("aria-pressed", "true");
  await expect(total(page)).toHaveText(BULLETS);
  await expect(page.locator(".day-amount")).toHaveText(BULLETS);
  await expect(page.locator(".day-percent")).toHaveText(/^[+\u2212]?\d+\.\d\d%$/);
  for (const column of ["value", "quantity"]) {
    expect(new Set(await texts(column))).toEqual(new Set([BULLETS]));
  }
  for (const text of [...(await texts("percent")), ...(await texts("weight"))]) {
    expect(text).toMatch(/^[+\u2212]?\d+\.\d\d%$/);
  }
  for (const text of await texts("price")) {
    expect(text).toMatch(/^[\d,]+\.\d\d$/);
  }
  for (const text of await page.locator(".allocation-list li").allInnerTexts()) {
    expect(text).toContain(BULLETS);
  }

  await amounts(page).click();
  await expect(total(page)).toHaveText(/^[\d,]+\.\d\d$/);
});

test("hidden amounts are remembered, and never shown for a moment", async ({ page }) => {
  await openLive(page);
  await amounts(page).click();
  await expect(root(page)).toHaveAttribute("data-amounts", "hidden");

  await look(page, () => [...document.querySelectorAll(".total-figure, .day-amount, tbody .col-value")].map((one) => one.textContent ?? ""));
  const response = await page.reload();
  const html = (await response?.text()) ?? "";
  expect(html).toMatch(/<html[^>]* data-amounts="hidden"/);
  expect((await served(page, html)).total).toBe(BULLETS);
  await expect(chip(page)).toHaveText(/Live/);
  await expect(amounts(page)).toHaveAttribute("aria-pressed", "true");
  expect([...new Set((await looks(page)).flat())]).toEqual([BULLETS]);
  await expect(page.getByRole("slider", { name: /Value over time/ })).not.toHaveAttribute("aria-valuetext", /\d,\d{3}\.\d\d/);
});

test("blue and orange in place of green and red", async ({ page }) => {
  await openLive(page);
  const button = page.getByRole("button", { name: /Blue and orange/ });
  const colour = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--color-gain"));
  const before = await colour();
  await button.click();
  await expect(root(page)).toHaveAttribute("data-colours", "swapped");
  expect(await colour()).not.toBe(before);
  const response = await page.reload();
  expect(await response?.text()).toMatch(/<html[^>]* data-colours="swapped"/);
  await expect(button).toHaveAttribute("aria-pressed", "true");
});

test("a choice holds on the other page too", async ({ page }) => {
  await openLive(page);
  await amounts(page).click();
  await page.getByRole("link", { name: "FinFlow, home" }).click();
  await expect(page).not.toHaveURL(new RegExp(LIVE));
  await expect(total(page)).toHaveText(BULLETS);
  await page.reload();
  await expect(total(page)).toHaveText(BULLETS);
});

/** Looks at each frame of the pages to come, from the first that has a body with something in it. */
async function look(page: Page, at: () => unknown[]): Promise<void> {
  await page.addInitScript(`(() => {
    const at = ${at.toString()};
    window.looks = new Set();
    const look = () => {
      if (document.querySelector(".total-figure")) window.looks.add(JSON.stringify(at()));
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })()`);
}

/** The different things that were seen. */
async function looks(page: Page): Promise<unknown[][]> {
  const seen = await page.evaluate(() => [...(window as unknown as { looks: Set<string> }).looks]);
  return seen.map((text) => JSON.parse(text));
}
