// Everything by keyboard: single keys, the list of them, and the way of the focus.

import { expect, test, type Page } from "@playwright/test";
import { BULLETS, HOME, canvas, chip, interval, openLive, stop, total } from "../support/page";

const keys = (page: Page) => page.getByRole("dialog", { name: "Keys" });
const details = (page: Page) => page.locator("details", { hasText: "Connection details" });

test("? lists the keys, Escape closes the list and gives the focus back", async ({ page }) => {
  await openLive(page);
  await stop(page).focus();
  await page.keyboard.press("?");
  await expect(keys(page)).toBeVisible();
  for (const key of ["s", "1 – 5", "t", "h", "d", "?"]) {
    await expect(keys(page).getByRole("term").filter({ hasText: new RegExp(`^${key.replace("?", "\\?")}$`) })).toBeVisible();
  }
  expect(await page.evaluate(() => document.activeElement?.closest("dialog") !== null), "the focus is in the list").toBe(true);
  await page.keyboard.press("Escape");
  await expect(keys(page)).toBeHidden();
  await expect(stop(page)).toBeFocused();
});

test("the list opens by its button too, and closes by its own", async ({ page }) => {
  await openLive(page, HOME);
  const button = page.getByRole("button", { name: "Keys" });
  await button.click();
  await expect(keys(page)).toBeVisible();
  await keys(page).getByRole("button", { name: "Close" }).click();
  await expect(keys(page)).toBeHidden();
  await expect(button).toBeFocused();
});

test("each key does its thing", async ({ page }) => {
  await openLive(page);
  await page.keyboard.press("s");
  await expect(chip(page)).toHaveText(/Paused/);
  await page.keyboard.press("s");
  await expect(chip(page)).toHaveText(/Live/);

  for (const [key, name] of [["1", "1 s"], ["2", "2 s"], ["4", "15 s"], ["5", "60 s"], ["3", "5 s"]]) {
    await page.keyboard.press(key);
    await expect(interval(page, name)).toBeChecked();
  }

  await page.keyboard.press("t");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  await page.keyboard.press("h");
  await expect(total(page)).toHaveText(BULLETS);
  await page.keyboard.press("h");
  await expect(total(page)).not.toHaveText(BULLETS);
  await page.keyboard.press("d");
  await expect(details(page)).toHaveAttribute("open");
  await page.keyboard.press("d");
  await expect(details(page)).not.toHaveAttribute("open");
});

test("keys are left alone while the reader types, and with Ctrl, Alt or Meta", async ({ page }) => {
  await openLive(page);
  await page.evaluate(() => {
    const field = document.createElement("input");
    field.id = "typed";
    document.querySelector("main")?.prepend(field);
  });
  await page.locator("#typed").focus();
  await page.keyboard.type("shtd1?");
  await expect(page.locator("#typed")).toHaveValue("shtd1?");
  await page.locator("#typed").blur();
  for (const key of ["Control+h", "Alt+t", "Meta+d"]) {
    await page.keyboard.press(key);
  }
  await expect(keys(page)).toBeHidden();
  await expect(chip(page)).toHaveText(/Live/);
  await expect(interval(page, "5 s")).toBeChecked();
  await expect(page.locator("html")).not.toHaveAttribute("data-theme");
  await expect(total(page)).not.toHaveText(BULLETS);
  await expect(details(page)).not.toHaveAttribute("open");
});

test("Tab reaches every control in the order of the page, and shows where it is", async ({ page }) => {
  await openLive(page);
  await expect(canvas(page)).toBeVisible();
  const reached: string[] = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) {
        return undefined;
      }
      // A radio button is drawn by the label beside it.
      const drawn = focused.matches("[type=radio]") ? focused.nextElementSibling : focused;
      const style = drawn && getComputedStyle(drawn);
      const box = drawn?.getBoundingClientRect();
      return {
        name: focused.getAttribute("aria-label") ?? focused.closest("label")?.textContent ?? focused.textContent ?? "",
        ring: style?.outlineStyle !== "none" && Number.parseFloat(style?.outlineWidth ?? "0") >= 2,
        seen: box !== undefined && box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight,
      };
    });
    if (!here || reached.length > 60) {
      break;
    }
    expect(here, here.name).toMatchObject({ ring: true, seen: true });
    reached.push(here.name);
  }
  const wanted = [
    /^Skip to the content/, /^FinFlow, home/, /^Live portfolio/, /^Theme/, /^Hide amounts/, /^Blue and orange/, /^Keys/,
    /^Start updates/, /^Stop updates/, /^5 s/, /^Value over time/, /^Symbol/, /^Value$/, /^Weight/, /^Connection details/,
  ];
  const places = wanted.map((name) => reached.findIndex((text) => name.test(text.trim())));
  expect(places, reached.join(" · ")).toEqual([...places].sort((a, b) => a - b));
  expect(Math.min(...places), reached.join(" · ")).toBe(0);
});

test("the chart is read point by point, and gives the focus on", async ({ page }) => {
  await openLive(page);
  const chart = page.getByRole("slider", { name: /Value over time/ });
  await chart.focus();
  const text = () => chart.getAttribute("aria-valuetext");
  await page.keyboard.press("Home");
  await expect(chart).toHaveAttribute("aria-valuenow", "0");
  const first = await text();
  await page.keyboard.press("ArrowRight");
  await expect(chart).toHaveAttribute("aria-valuenow", "1");
  expect(await text()).not.toBe(first);
  await page.keyboard.press("+");
  await expect(page.getByRole("button", { name: "Follow" })).toBeVisible();
  await page.keyboard.press("0");
  await expect(page.getByRole("button", { name: "Follow" })).toBeHidden();
  // The chart's own keys are not the page's: 0 to 9 choose no interval here, and + zooms.
  await expect(interval(page, "5 s")).toBeChecked();
});
