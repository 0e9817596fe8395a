// What each page says, with JavaScript or without.

import { expect, test } from "@playwright/test";
import { HOME, LIVE, cents, served, total, valueChart } from "../support/page";

const HOLDINGS = 12;

test("the front page says what this is and leads to the live page", async ({ page }) => {
  const response = await page.goto(HOME);
  expect(response?.status()).toBe(200);
  await expect(page).toHaveTitle(/FinFlow/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/portfolio monitor/);
  await expect(page.getByRole("heading", { name: "Sample Portfolio" })).toBeVisible();
  expect(cents((await total(page).textContent()) ?? "")).toBeGreaterThan(0);
  await expect(page.getByRole("img", { name: /value of the sample portfolio/i })).toBeVisible();

  await page.getByRole("link", { name: "Open the live portfolio" }).click();
  await expect(page).toHaveURL(/\/live-portfolio\/?$/);
  await expect(page).toHaveTitle(/Live portfolio/);
  await expect(page.getByRole("heading", { level: 1, name: "Sample Portfolio" })).toBeVisible();
});

test("the live page shows name, total, table and chart", async ({ page }) => {
  const response = await page.goto(LIVE);
  expect(response?.status()).toBe(200);
  await expect(page).toHaveTitle(/Live portfolio/);
  await expect(page.getByRole("heading", { level: 1, name: "Sample Portfolio" })).toBeVisible();
  expect(cents((await total(page).textContent()) ?? "")).toBeGreaterThan(0);
  await expect(page.getByText("Simulated market", { exact: true })).toBeVisible();

  const table = page.getByRole("table", { name: "Holdings at their latest prices" });
  await expect(table.locator("tbody").getByRole("row")).toHaveCount(HOLDINGS);
  for (const name of ["Symbol", "Name", "Price", "Change", "Change %", "Quantity", "Value", "Weight"]) {
    await expect(table.getByRole("columnheader", { name, exact: true })).toBeVisible();
  }

  const chart = valueChart(page);
  await expect(chart).toBeVisible();
  const box = await chart.boundingBox();
  expect(box?.height).toBeGreaterThan(200);
  expect(box?.width).toBeGreaterThan(300);
});

test("the address without the last slash is the same page", async ({ page }) => {
  const response = await page.goto(LIVE.slice(0, -1));
  expect(response?.status()).toBe(200);
  await expect(page.getByRole("heading", { level: 1, name: "Sample Portfolio" })).toBeVisible();
});

test("the served page has its figures, and they add up to the cent", async ({ page, request }) => {
  const sent = await served(page, await (await request.get(LIVE)).text());
  expect(sent.values).toHaveLength(HOLDINGS);
  const sum = sent.values.map(cents).reduce((sum, value) => sum + value, 0);
  expect(sum).toBe(cents(sent.total));
  expect(sent.drawn, "the server draws the chart, and says in words what it shows").toMatch(/^Value over time, from .+ to .+lowest .+highest/);
  expect(sent.lines).toBeGreaterThan(0);
});

test("the figures that a reader sees add up to the cent", async ({ page }) => {
  await page.goto(LIVE);
  await expect(total(page)).toBeVisible();
  // Read in one go: between two reads an update may come.
  const [sum, ...values] = await page.locator(".total-figure, tbody .col-value").evaluateAll((found) => found.map((one) => one.textContent ?? ""));
  expect(values).toHaveLength(HOLDINGS);
  expect(values.map(cents).reduce((sum, value) => sum + value, 0)).toBe(cents(sum));
});

test("an address that leads nowhere is a 404 with a way on", async ({ page }) => {
  const response = await page.goto("/nowhere/at-all");
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is no page here");
  await page.getByRole("link", { name: "Open the live portfolio" }).click();
  await expect(page).toHaveURL(/\/live-portfolio\/?$/);
});

for (const path of [HOME, LIVE, "/nowhere"]) {
  test(`${path} is sent with its security headers`, async ({ request }) => {
    const answer = await request.get(path);
    const headers = answer.headers();
    const policy = headers["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("object-src 'none'");
    expect(policy).toContain("base-uri 'none'");
    const scripts = policy.split(";").find((rule) => rule.trim().startsWith("script-src")) ?? "";
    expect(scripts).toMatch(/'nonce-[^']{16,}'/);
    expect(scripts).not.toMatch(/'unsafe-inline'|'unsafe-eval'|\*/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBeTruthy();
    const again = (await request.get(path)).headers()["content-security-policy"];
    expect(again, "a nonce is used once").not.toBe(policy);
  });
}

for (const [path, words] of [
  [HOME, /^Live updates need JavaScript\./],
  [LIVE, /For live updates turn JavaScript on/],
] as const) {
  test(`${path} says how to get live updates where scripts do not run, and only there`, async ({ page, javaScriptEnabled }) => {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    // A browser that runs scripts has nothing but text in there.
    const hint = page.locator("noscript p");
    const needsScript = page.locator(".needs-script");
    if (javaScriptEnabled ?? true) {
      await expect(hint).toHaveCount(0);
      await expect(needsScript.first()).toBeVisible();
    } else {
      await expect(hint).toBeVisible();
      await expect(hint).toHaveText(words);
      expect(await needsScript.count()).toBeGreaterThan(1);
      await expect(needsScript.filter({ visible: true })).toHaveCount(0);
    }
  });
}
