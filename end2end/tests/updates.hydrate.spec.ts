// Start, stop, how often; and what a change looks like.

import { expect, test, type Page } from "@playwright/test";
import { chip, choose, openLive, start, stop } from "../support/page";
import { Wire, gaps } from "../support/wire";

test("Stop ends the stream at once, Start brings it back", async ({ page }) => {
  const wire = new Wire(page);
  await openLive(page);
  await choose(page, "1 s");
  await wire.next(1);

  await stop(page).click();
  await expect(chip(page)).toHaveText(/Paused/);
  await expect(stop(page)).toHaveAttribute("aria-disabled", "true");
  await expect.poll(() => wire.asked("stop_updates").length).toBe(1);
  // One update may have crossed the request on its way. After that there is no event to wait for: nothing may come.
  await page.waitForTimeout(200);
  const before = wire.received.length;
  await page.waitForTimeout(2_500);
  expect(wire.received.slice(before)).toEqual([]);
  await expect(chip(page)).toHaveText(/Paused/);

  await start(page).click();
  await expect(chip(page)).toHaveText(/Live/);
  await expect(start(page)).toHaveAttribute("aria-disabled", "true");
  await wire.next(2);
  expect(wire.asked("start_updates").at(-1)?.interval_ms).toBe(1_000);
  expect(wire.opened, "the same socket all the while").toBe(1);
});

test("a button that does not apply does nothing", async ({ page }) => {
  const wire = new Wire(page);
  await openLive(page);
  const before = wire.sent.length;
  await start(page).click({ force: true });
  await stop(page).click();
  await stop(page).click({ force: true });
  await expect(chip(page)).toHaveText(/Paused/);
  await expect.poll(() => wire.sent.slice(before).map((message) => message.type)).toEqual(["stop_updates"]);
});

test("another interval changes the rate of the one stream", async ({ page }) => {
  const wire = new Wire(page);
  await openLive(page);
  for (const name of ["1 s", "2 s", "1 s"]) {
    await choose(page, name);
  }
  await expect.poll(() => wire.asked("start_updates").map((message) => message.interval_ms)).toEqual([5_000, 1_000, 2_000, 1_000]);
  await wire.next(1);
  const fast = await wire.next(4);
  for (const gap of gaps(fast)) {
    expect(gap).toBeGreaterThan(700);
    expect(gap).toBeLessThan(1_400);
  }
  await choose(page, "2 s");
  await wire.next(1);
  const slow = await wire.next(2);
  for (const gap of gaps(slow)) {
    expect(gap).toBeGreaterThan(1_600);
    expect(gap).toBeLessThan(2_600);
  }
  expect(wire.opened).toBe(1);
});

test("two tabs are independent", async ({ page, context }) => {
  const other = await context.newPage();
  const [here, there] = [new Wire(page), new Wire(other)];
  await openLive(page);
  await openLive(other);
  await choose(page, "1 s");
  await choose(other, "1 s");
  await stop(page).click();
  await expect(chip(page)).toHaveText(/Paused/);
  // Two updates there are two intervals in which nothing came here.
  await there.next(1);
  const before = here.updates().length;
  await there.next(2);
  expect(here.updates().length).toBe(before);
  await expect(chip(other)).toHaveText(/Live/);
  await expect(other.getByRole("radio", { name: "1 s", exact: true })).toBeChecked();
});

test("a column sorts by keyboard, and says so", async ({ page }) => {
  await openLive(page);
  const column = (name: string) => page.getByRole("columnheader", { name, exact: true });
  const symbols = () => page.locator("tbody").getByRole("rowheader").allInnerTexts();
  await expect(column("Value")).toHaveAttribute("aria-sort", "descending");

  await column("Symbol").getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(column("Symbol")).toHaveAttribute("aria-sort", "ascending");
  await expect(column("Value")).toHaveAttribute("aria-sort", "none");
  const ascending = [...(await symbols())].sort();
  expect(await symbols()).toEqual(ascending);

  await page.keyboard.press("Space");
  await expect(column("Symbol")).toHaveAttribute("aria-sort", "descending");
  expect(await symbols()).toEqual(ascending.reverse());
  await expect(column("Symbol").getByRole("button")).toBeFocused();

  await column("Value").getByRole("button").press("Enter");
  await expect(column("Value")).toHaveAttribute("aria-sort", "descending");
  const values = (await page.locator("tbody .col-value").allInnerTexts()).map((text) => Number(text.replaceAll(",", "")));
  expect(values).toEqual([...values].sort((a, b) => b - a));
});

test("a changed price is marked for a moment", async ({ page }) => {
  await countMarks(page);
  await openLive(page);
  await choose(page, "1 s");
  await expect.poll(() => marks(page), { timeout: 10_000 }).toBeGreaterThan(0);
  // For a moment: it goes by itself.
  await stop(page).click();
  await expect.poll(() => page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test("nothing moves for those who asked for less motion", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await countMarks(page);
  await openLive(page);
  await choose(page, "1 s");
  await expect.poll(() => page.locator(".price[class*=rose], .price[class*=fell]").count(), { timeout: 10_000 }).toBeGreaterThan(3);
  expect(await marks(page)).toBe(0);
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

/** Counts the motions that prices start. */
async function countMarks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Object.assign(window, { marks: 0 });
    document.addEventListener("animationstart", (event) => {
      if ((event.target as Element).matches(".holdings .price")) {
        (window as unknown as { marks: number }).marks += 1;
      }
    });
  });
}

function marks(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as { marks: number }).marks);
}
