// The server goes away and comes back, the network too: the page says so, comes back by itself, and goes on as it was.

import { expect, test as base } from "@playwright/test";
import { LIVE, chip, choose, complaints, interval, stop, total } from "../support/page";
import { OwnServer } from "../support/server";
import { Wire } from "../support/wire";

const test = base.extend<{ server: OwnServer }>({
  server: async ({}, use) => {
    const server = await OwnServer.begin();
    await use(server);
    server.end();
  },
});

// What a reader may wait for: the countdown, and the page's first signs of life.
const AGAIN = { timeout: 15_000 };

test("a restarted server is found again, and all is as it was", async ({ page, server }) => {
  const wire = new Wire(page);
  await page.goto(server.url + LIVE);
  await expect(chip(page)).toHaveText(/Live/);
  await choose(page, "1 s");
  await page.getByRole("columnheader", { name: "Symbol" }).getByRole("button").click();
  await page.getByRole("button", { name: /^Theme/ }).click();
  await wire.next(1);
  const order = await page.locator("tbody").getByRole("rowheader").allInnerTexts();

  const stopped = await server.stop();
  expect(stopped, "a stop that was asked for is a success").toBe(0);
  await expect(chip(page)).toHaveText(/Reconnecting in \d+ s/, AGAIN);
  await expect(page.getByText(/^Connection lost at \d\d:\d\d:\d\d UTC/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Connect now" })).toBeVisible();
  const last = (await total(page).textContent()) ?? "";
  expect(last, "the last known figures stay").toMatch(/^\d/);

  const asked = wire.asked("start_updates").length;
  const updates = wire.updates().length;
  await server.start();
  await expect(chip(page)).toHaveText(/Live/, AGAIN);
  await expect(page.getByText(/^Connection was lost for .+, back now\.$/)).toBeVisible();
  await expect.poll(() => wire.updates().length, AGAIN).toBeGreaterThan(updates + 1);
  expect(wire.asked("start_updates").slice(asked).map((message) => message.interval_ms)).toEqual([1_000]);
  await expect(interval(page, "1 s")).toBeChecked();
  await expect(page.getByRole("columnheader", { name: "Symbol" })).toHaveAttribute("aria-sort", "ascending");
  expect(await page.locator("tbody").getByRole("rowheader").allInnerTexts()).toEqual(order);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  await expect(total(page)).not.toHaveText(last, AGAIN);
});

test("what was paused stays paused", async ({ page, server }) => {
  const wire = new Wire(page);
  await page.goto(server.url + LIVE);
  await expect(chip(page)).toHaveText(/Live/);
  await stop(page).click();
  await expect(chip(page)).toHaveText(/Paused/);

  await server.stop();
  await expect(chip(page)).toHaveText(/Reconnecting/, AGAIN);
  const asked = wire.asked("start_updates").length;
  await server.start();
  await expect(chip(page)).toHaveText(/Paused/, AGAIN);
  await expect.poll(() => wire.asked("get_portfolio_data").length, AGAIN).toBeGreaterThan(1);
  expect(wire.asked("start_updates").length).toBe(asked);
  await expect(stop(page)).toHaveAttribute("aria-disabled", "true");
});

test("Connect now does not wait for the countdown", async ({ page, server }) => {
  // Each wait as long as it may be: by the sixth, a server starts in far less than is left of it.
  await page.addInitScript(() => {
    Math.random = () => 0.999_999;
  });
  await page.goto(server.url + LIVE);
  await expect(chip(page)).toHaveText(/Live/);
  await server.stop();
  await expect(chip(page)).toHaveText(/Reconnecting in 1[456] s/, { timeout: 40_000 });
  await server.start();
  await page.getByRole("button", { name: "Connect now" }).click({ timeout: 3_000 });
  await expect(chip(page)).toHaveText(/Live/, { timeout: 3_000 });
});

test("without a network the page is offline, and waits for it", async ({ page, context, server }) => {
  const wire = new Wire(page);
  await page.goto(server.url + LIVE);
  await expect(chip(page)).toHaveText(/Live/);
  await choose(page, "1 s");
  await context.setOffline(true);
  // The browser's switch leaves an open socket alone; a network that is gone does not.
  await server.stop();
  await expect(chip(page)).toHaveText(/Offline/, AGAIN);
  await expect(page.getByText(/^This device has been offline since/)).toBeVisible();
  const opened = wire.opened;
  await server.start();
  await expect(chip(page)).toHaveText(/Offline/);
  expect(wire.opened, "no attempt without a network").toBe(opened);

  await context.setOffline(false);
  await expect(chip(page)).toHaveText(/Live/, AGAIN);
  await wire.next(1);
  await expect(interval(page, "1 s")).toBeChecked();
});

test("nothing is thrown while the server is away", async ({ page, server }) => {
  const heard = complaints(page);
  await page.goto(server.url + LIVE);
  await expect(chip(page)).toHaveText(/Live/);
  await server.stop();
  await expect(chip(page)).toHaveText(/Reconnecting in \d+ s/, AGAIN);
  await server.start();
  await expect(chip(page)).toHaveText(/Live/, AGAIN);
  // The browser itself notes each attempt that was refused; the page may add nothing.
  expect(heard.filter((line) => !/WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/.test(line))).toEqual([]);
});

test("row 29: a page of another version loads itself anew once, and then says what to do", async ({ page, server }) => {
  // An old page: what it offers is of another version, and the server tells it so.
  await page.addInitScript(() => {
    const Real = window.WebSocket;
    window.WebSocket = class extends Real {
      constructor(url: string | URL) {
        super(url, "finflow.v0.json");
      }
    };
  });
  const loads: string[] = [];
  page.on("load", () => loads.push(page.url()));
  await page.goto(server.url + LIVE);
  await expect.poll(() => loads.length, AGAIN).toBe(2);
  await expect(page.getByText("This page is older than the server. Reload it to go on.")).toBeVisible(AGAIN);
  await expect(page.getByRole("link", { name: "Reload the page" })).toBeVisible();
  await expect(total(page)).toHaveText(/^\d/);

  // Told twice more, it stays as it is.
  let told = 0;
  page.on("websocket", (socket) => socket.on("close", () => (told += 1)));
  for (const times of [1, 2]) {
    await page.getByRole("button", { name: "Connect now" }).click();
    await expect.poll(() => told, AGAIN).toBe(times);
    await expect(chip(page)).toHaveText(/Ended/);
  }
  expect(loads.length).toBe(2);
});
