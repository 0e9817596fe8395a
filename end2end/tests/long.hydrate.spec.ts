// A table of more rows than a window shows: what is in view is of now, what is not costs nothing.

import { expect, test, type Page } from "@playwright/test";

const SHARES = ["AAPL", "MSFT", "XOM"];

/** A guest's portfolio of many things that no market knows and, below them, a few shares; the address of its live page. */
async function many(page: Page): Promise<string> {
  await page.goto("/");
  await page.locator('form[action="/try/"] button').click();
  await page.waitForURL(/\/portfolios\/$/);
  const first = page.getByRole("row").nth(1).getByRole("link").first();
  const own = ((await first.getAttribute("href")) ?? "").split("/").slice(0, 3).join("/");
  const own130 = Array.from({ length: 130 }, (_, at) => `2023-01-02,buy,OWN${at},10,${1_000 + at},0,USD`);
  const rows = [...own130, ...SHARES.map((symbol) => `2023-01-02,buy,${symbol},1,100,0,USD`)];
  await page.goto(`${own}/import/`);
  await page.locator("input[type=file]").setInputFiles({
    name: "many.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(`date,type,symbol,quantity,price,fee,currency\n${rows.join("\n")}\n`),
  });
  await page.getByRole("button", { name: "Look at the files" }).click();
  await page.getByRole("button", { name: /^Apply/ }).click();
  await expect(page.getByText(/^Import(ed)? .*many/)).toBeVisible();
  return `/live-portfolio/?portfolio=${own.split("/")[2]}`;
}

for (const width of [1280, 360]) {
  test(`at ${width} pixels rows out of view keep still, and are of now when they come into view`, async ({ page }) => {
    const messages: string[] = [];
    page.on("console", (message) => messages.push(message.text()));
    const address = await many(page);
    await page.setViewportSize({ width, height: 800 });
    await page.goto(address);
    await expect(page.locator(".connection")).toHaveAttribute("data-state", "live");
    const rows = page.locator(".holdings tbody tr");
    await expect(rows).toHaveCount(133 + 1);
    await expect(page.locator(".holdings [data-skips]")).toHaveCount(1);
    const total = page.locator(".total-figure");
    const share = rows.filter({ hasText: SHARES[0] }).locator(".col-price");
    const before = (await share.textContent()) ?? "";
    for (let update = 0; update < 2; update += 1) {
      const last = await total.innerText();
      await expect(total).not.toHaveText(last);
    }
    expect(await share.textContent(), "nobody sees it").toBe(before);
    await share.scrollIntoViewIfNeeded();
    await expect(share).not.toHaveText(before);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    expect(wide, "the page is no wider than its window").toBe(false);
    // Opened where it was left, the rows in view are followed too.
    await page.reload();
    await share.scrollIntoViewIfNeeded();
    const now = (await share.textContent()) ?? "";
    await expect(share).not.toHaveText(now);
    expect(messages).toEqual([]);
  });
}
