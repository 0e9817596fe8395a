// The pages as the tests read them.

import { expect, type Locator, type Page } from "@playwright/test";

export const HOME = "/";
export const LIVE = "/live-portfolio/";
export const BULLETS = "••••••";

/** The chip that says whether the page is live. */
export function chip(page: Page): Locator {
  return page.locator(".connection");
}

/** The total, as it is written; `toHaveText` reads it whole, though each digit is an element. */
export function total(page: Page): Locator {
  return page.locator(".total-figure");
}

/** The value chart: an image as the server draws it, a slider once the chart code does. */
export function valueChart(page: Page): Locator {
  const name = /^Value over time/;
  return page.getByRole("img", { name }).or(page.getByRole("slider", { name }));
}

/** A page's HTML as it was sent, read without running it. */
export function served(page: Page, html: string) {
  return page.evaluate((html) => {
    const sent = new DOMParser().parseFromString(html, "text/html");
    const text = (selector: string) => [...sent.querySelectorAll(selector)].map((one) => one.textContent ?? "");
    const chart = sent.querySelector(".value-chart [role=img]");
    return {
      total: text(".total-figure")[0],
      values: text("tbody .col-value"),
      drawn: chart?.getAttribute("aria-label"),
      lines: chart?.querySelectorAll("svg path[d]").length,
    };
  }, html);
}

/** The canvas that the chart code draws on. */
export function canvas(page: Page): Locator {
  return page.locator(".value-chart canvas").first();
}

export function start(page: Page): Locator {
  return page.getByRole("button", { name: "Start updates" });
}

export function stop(page: Page): Locator {
  return page.getByRole("button", { name: "Stop updates" });
}

/** One choice of the interval, by its name: `1 s`. */
export function interval(page: Page, name: string): Locator {
  return page.getByRole("radio", { name, exact: true });
}

/** Chooses an interval as a hand does: on the label, for the radio button itself is not seen. */
export async function choose(page: Page, name: string): Promise<void> {
  await page.getByRole("group", { name: "Interval between updates" }).getByText(name, { exact: true }).click();
  await expect(interval(page, name)).toBeChecked();
}

/** Opens a page and waits until updates come. */
export async function openLive(page: Page, path = LIVE): Promise<void> {
  await page.goto(path);
  await expect(chip(page)).toHaveAttribute("data-state", "live");
}

/** An amount as it is written, in cents. */
export function cents(text: string): number {
  const plain = text.replace("\u2212", "-").replaceAll(",", "");
  expect(plain, `an amount with two decimals: ${text}`).toMatch(/^[+-]?\d+\.\d\d$/);
  return Math.round(Number(plain) * 100);
}

/** What the browser complained about from now on: errors and warnings on its console, and what was thrown. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      heard.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => heard.push(`thrown: ${error.message}`));
  return heard;
}

/** What opens and closes the connection's details. */
export function summary(page: Page): Locator {
  return page.getByText("Connection details", { exact: true });
}
