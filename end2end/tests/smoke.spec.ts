import { expect, test } from "@playwright/test";

test("the front page says its name", async ({ page }) => {
  const response = await page.goto("/");
  expect(response?.status()).toBe(200);
  await expect(page).toHaveTitle(/FinFlow/);
});
