// Accounts, as a person meets them: with JavaScript or without.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";

const PASSWORD = "correct horse battery";

/** A name that no other test has. */
function someone(): string {
  return `Ada ${Math.random().toString(36).slice(2, 10)}`;
}

async function signUp(page: Page, name: string): Promise<void> {
  await page.goto("/sign-up/?next=/account/");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page).toHaveURL(/\/account\/$/);
}

test("a person signs up, out and in, and deletes the account", async ({ page }) => {
  const name = someone();
  await page.goto("/account/");
  await expect(page, "led to sign in first").toHaveURL(/\/sign-in\/\?next=/);
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page, "and led back").toHaveURL(/\/account\/$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  await expect(page.getByRole("banner").getByRole("link", { name })).toBeVisible();

  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page).toHaveURL(/\/$/);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("Name").fill(name.toUpperCase());
  await page.getByLabel("Password").fill("the wrong horse");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("The name or the password is wrong.");
  await expect(page.getByLabel("Name"), "what was typed is still there").toHaveValue(name.toUpperCase());
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("banner").getByRole("link", { name })).toBeVisible();

  await page.goto("/account/");
  const confirm = page.getByLabel("Your password, to confirm");
  await confirm.fill("the wrong horse");
  await page.getByRole("button", { name: "Delete everything" }).click();
  await expect(page.getByText("This is not your password.")).toBeVisible();
  await confirm.fill(PASSWORD);
  await page.getByRole("button", { name: "Delete everything" }).click();
  await expect(page.getByRole("link", { name: "Sign in" })).toBeVisible();
});

test("what cannot be accepted is told at its field", async ({ page }) => {
  await page.goto("/sign-up/");
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Sign up" }).click();
  const password = page.getByLabel("Password");
  await expect(password).toHaveAttribute("aria-invalid", "true");
  await expect(password).toHaveAccessibleDescription(/5 characters; from 10 to 200 are accepted/);
  await expect(password).toHaveValue("");
  await expect(page.getByLabel("Name")).toHaveValue("Ada");
});

test("a visitor tries it, and keeps what they have on signing up", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Try it on a portfolio of your own" }).click();
  await expect(page).toHaveURL(/\/portfolios\/$/);
  await page.goto("/account/");
  await expect(page.getByRole("heading", { level: 1, name: "Guest" })).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Keep it" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Keep your portfolio" })).toBeVisible();
  const name = someone();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByRole("banner").getByRole("link", { name })).toBeVisible();
});

test("another session is listed, and ends where its owner says so", async ({ page, browser, baseURL, javaScriptEnabled }) => {
  const name = someone();
  await signUp(page, name);
  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled, userAgent: "Telephone" });
  const other = await elsewhere.newPage();
  await other.goto("/sign-in/?next=/account/");
  await other.getByLabel("Name").fill(name);
  await other.getByLabel("Password").fill(PASSWORD);
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(other.getByRole("heading", { level: 1 })).toHaveText(name);

  await page.reload();
  await page.getByRole("button", { name: "End the session of Telephone" }).click();
  await expect(page.getByText("The session has ended.")).toBeVisible();
  await other.reload();
  await expect(other).toHaveURL(/\/sign-in\//);
  await elsewhere.close();
});

test("a new password is asked for the old one", async ({ page }) => {
  await signUp(page, someone());
  await page.getByLabel("Current password").fill("the wrong horse");
  await page.getByLabel("New password").fill("another battery");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByLabel("Current password")).toHaveAccessibleDescription("This is not your password.");
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByLabel("New password").fill("another battery");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByRole("status").filter({ hasText: "The password was changed." })).toBeVisible();
});

test("what another site sends is refused with a page", async ({ page, request }) => {
  const answer = await request.post("/account/delete/", {
    headers: { origin: "https://elsewhere.test", accept: "text/html" },
    form: { confirm: PASSWORD },
  });
  expect(answer.status()).toBe(403);
  await page.setContent(await answer.text());
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Not from here");
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}, on a phone`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" }, viewport: { width: 360, height: 740 } });

    test("each page keeps nobody out and does not scroll sideways", async ({ page, javaScriptEnabled }) => {
      for (const path of ["/sign-in/", "/sign-up/"]) {
        await page.goto(path);
        await audit(page, javaScriptEnabled ?? true);
      }
      await page.getByLabel("Name").fill("A");
      await page.getByLabel("Password").fill("short");
      await page.getByRole("button", { name: "Sign up" }).click();
      await expect(page.getByText("5 characters; from 10 to 200 are accepted.")).toBeVisible();
      await audit(page, javaScriptEnabled ?? true);
      await signUp(page, `${someone()} ${"w".repeat(45)}`);
      await audit(page, javaScriptEnabled ?? true);
      for (const path of ["/account/tokens/", "/api/docs/"]) {
        await page.goto(path);
        await audit(page, javaScriptEnabled ?? true);
      }
    });
  });
}

async function audit(page: Page, scripts: boolean): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const box = await page.getByRole("heading", { level: 1 }).boundingBox();
  expect(box?.x, "text keeps away from the edge").toBeGreaterThanOrEqual(12);
  const [shown, wide] = await page.locator("html").evaluate((root) => [root.clientWidth, root.scrollWidth]);
  expect(wide, `${page.url()} runs over the side`).toBeLessThanOrEqual(shown ?? 0);
  const small = await page
    .locator("main button, main a.button, main input:not([type=hidden], [type=checkbox])")
    .evaluateAll((found) => found.filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML));
  expect(small, "room for fingers").toEqual([]);
  // axe is a script: without scripts it cannot look.
  if (!scripts) return;
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter((rule) => rule.impact === "serious" || rule.impact === "critical");
  expect(serious.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target}: ${node.failureSummary}`))).toEqual([]);
}
