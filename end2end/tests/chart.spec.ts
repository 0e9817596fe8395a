// The page of an instrument, drawn by the server: it works without JavaScript.

import { expect, test } from "@playwright/test";

test("an instrument has its chart, its choices and its files", async ({ page, javaScriptEnabled }) => {
  await page.goto("/market/AAPL/");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("AAPL");
  await expect(page.getByRole("figure").getByText(/^AAPL, .* lowest .* highest /)).toBeVisible();
  await page.getByText("How it is drawn").click();
  await page.getByLabel("RSI 14").check();
  await page.getByLabel("Drawn as").selectOption("line");
  await page.getByRole("radio", { name: "1Y" }).check({ force: true });
  // A chart that lives does what is chosen at once, and has no use for the button.
  if (javaScriptEnabled === false) await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/range=1y/);
  await expect(page).toHaveURL(/study=rsi-14/);
  await expect(page.getByLabel("RSI 14")).toBeChecked();
  await expect(page.getByLabel("Drawn as")).toHaveValue("line");
  await expect(page.getByRole("figure").getByText(/^AAPL, /)).toBeVisible();
  for (const name of ["SVG", "CSV"]) {
    const address = (await page.getByRole("link", { name, exact: true }).getAttribute("href")) ?? "";
    const file = await page.request.get(address);
    expect(file.ok(), address).toBe(true);
  }
  await page.getByText(/as a table$/).click();
  await expect(page.getByRole("columnheader", { name: "Open" })).toBeVisible();
});
