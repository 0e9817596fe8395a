// Measures a running server's pages in a browser: node end2end/measure.mjs http://127.0.0.1:8000 [many]
//
// With `many` only what a thousand holdings cost.
// Figures, not tests: medians of five runs, each in a fresh profile. What they are held against is in docs/PERFORMANCE.md.

import { existsSync } from "node:fs";
import { get } from "node:http";
import { chromium } from "@playwright/test";

const url = (process.argv[2] ?? "http://127.0.0.1:8000").replace(/\/$/, "");
const LIVE = `${url}/live-portfolio/`;
const CHART_CODE = /\/vendor\/echarts[^/]*\.js/;
const RUNS = 5;
const UPDATES = 50;
const HOLDINGS = 30;
const MANY = 1_000;
const MANY_SECONDS = 15;

const system = "/usr/bin/chromium";
const browser = await chromium.launch({
  executablePath: process.env.FINFLOW_CHROMIUM ?? (existsSync(system) ? system : undefined),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const rows = [];
try {
  console.error("measuring; some minutes");
  if (process.argv[3] === "many") {
    await many();
  } else {
    await all();
    await many();
  }
} finally {
  await browser.close();
}

const width = Math.max(...rows.map(([name]) => name.length));
for (const [name, value, unit, budget] of rows) {
  const figure = typeof value === "number" ? value.toFixed(value < 20 ? 2 : 0) : value;
  console.log(`${name.padEnd(width)}  ${figure.padStart(7)} ${unit.padEnd(2)}${budget ? `  (at most ${budget})` : ""}`);
}

async function all() {
  const loads = await times(RUNS, firstPaint);
  row("first paint, cold", median(loads.map((load) => load.painted)), "ms", "200");
  row("  of it, until the first byte", median(loads.map((load) => load.began)), "ms");
  row("  the total stands in it", loads.every((load) => load.total) ? "yes" : "NO", "");
  const lives = await times(RUNS, () => untilLive(4));
  row("hydrated and live at 4x CPU slowdown: first update shown", median(lives), "ms", "1,000");
  row("  the same at full speed", median(await times(RUNS, () => untilLive(1))), "ms");
  for (const [name, how] of [
    ["without the chart", { chart: false }],
    ["with the chart", { chart: true }],
  ]) {
    const seconds = await times(RUNS, () => oneSecond(how));
    row(`one update of ${HOLDINGS} holdings, ${name}: main thread, CPU time`, median(seconds.map((one) => one.still)), "ms", how.chart ? "8" : "2");
    row("  with the marks that fade after it", median(seconds.map((one) => one.moving)), "ms");
    const updates = await times(RUNS, () => oneUpdate(how));
    row("  handling (message to idle), by the clock", median(updates.map((one) => one.script)), "ms");
    row("  its frame (callbacks, style, layout, paint), by the clock", median(updates.map((one) => one.frame)), "ms");
  }
  const sizes = await transferred();
  row("client, brotli: wasm", sizes.wasm / 1_000, "KB");
  row("client, brotli: glue", sizes.glue / 1_000, "KB");
  row("client, brotli: both", (sizes.wasm + sizes.glue) / 1_000, "KB", "220");
  row("style sheet, brotli", sizes.style / 1_000, "KB");
  row("chart code, brotli", sizes.chart / 1_000, "KB", "180");
  row("page, brotli", sizes.page / 1_000, "KB");
}

/** A thousand holdings at one update a second, all of them moved each time. */
async function many() {
  const runs = await times(3, longestTasks);
  row(`${MANY} holdings, an update a second: longest task, CPU time`, median(runs.map((run) => run.cpu)), "ms", "50");
  row("  the same by the clock", median(runs.map((run) => run.clock)), "ms");
  row("  main thread, of a second", median(runs.map((run) => run.sum)), "ms");
}

/** A page in a profile of its own, with nothing cached. */
async function inPage(act, options = {}) {
  const context = await browser.newContext(options);
  try {
    return await act(await context.newPage());
  } finally {
    await context.close();
  }
}

function firstPaint() {
  return inPage(async (page) => {
    const response = await page.goto(LIVE);
    const html = await response.text();
    await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
    return page.evaluate((html) => {
      const sent = new DOMParser().parseFromString(html, "text/html");
      const total = /^[\d,]+\.\d\d$/.test(sent.querySelector(".total-figure")?.textContent ?? "");
      const [{ startTime: painted }] = performance.getEntriesByName("first-contentful-paint");
      const [{ responseStart: began }] = performance.getEntriesByType("navigation");
      return { painted, began, total };
    }, html);
  });
}

function untilLive(slowdown) {
  return inPage(async (page) => {
    await watchSockets(page);
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
    await page.goto(LIVE, { waitUntil: "commit" });
    await page.waitForFunction(() => window.shown, undefined, { timeout: 60_000 });
    return page.evaluate(() => window.shown);
  });
}

/** The page with thirty holdings, and a way to update them. */
async function withHoldings(page, { chart, holdings = HOLDINGS }) {
  await watchSockets(page);
  if (!chart) {
    // It is asked for, and never comes: what the server drew stays as it is.
    await page.route(CHART_CODE, () => {});
  }
  await page.goto(LIVE);
  await page.waitForFunction(() => window.shown);
  if (chart) {
    await page.waitForSelector(".value-chart canvas");
  }
  // The server's own updates would come in between.
  await page.keyboard.press("s");
  await page.waitForSelector(".connection[data-state=paused]");
  await page.evaluate((holdings) => {
    const update = JSON.parse(window.lastUpdate);
    delete update.id;
    const known = update.data.investments;
    update.data.investments = Array.from({ length: holdings }, (_, index) => {
      const one = structuredClone(known[index % known.length]);
      // Each of a size of its own, or those of one size would change places in the table at every update.
      return { ...one, symbol: `${one.symbol}${Math.floor(index / known.length) || ""}`, quantity: 2 * (holdings + index) };
    });
    let valued = Date.parse(update.timestamp);
    // Every one of them moves.
    window.nextUpdate = () => {
      valued += 1_000;
      update.seq += 1;
      update.timestamp = new Date(valued).toISOString();
      let total = 0;
      for (const [index, one] of update.data.investments.entries()) {
        const step = ((update.seq + index) % 2 ? 1 : -1) * (index + 1);
        one.current_price = Math.round(one.current_price * 100 + step) / 100;
        one.change = Math.round(one.change * 100 + step) / 100;
        one.value = Math.round(one.current_price * one.quantity * 100) / 100;
        one.quoted_at = update.timestamp;
        total += Math.round(one.value * 100);
      }
      update.data.total_value = total / 100;
      return new MessageEvent("message", { data: JSON.stringify(update) });
    };
    window.socket.dispatchEvent(window.nextUpdate());
  }, holdings);
  await page.waitForFunction((holdings) => document.querySelectorAll(".holdings tbody tr").length === holdings, holdings);
}

/** The longest task of the main thread while updates of many holdings come, by its CPU time and by the clock; and all of them. */
function longestTasks() {
  return inPage(async (page) => {
    await withHoldings(page, { chart: true, holdings: MANY });
    await page.waitForTimeout(3_000);
    const tasks = await tasksOf(page, () =>
      page.evaluate(async (seconds) => {
        for (let one = 0; one < seconds; one += 1) {
          window.socket.dispatchEvent(window.nextUpdate());
          await new Promise((resolve) => setTimeout(resolve, 1_000));
        }
      }, MANY_SECONDS),
    );
    const longest = (of) => Math.max(0, ...tasks.map(of)) / 1_000;
    const sum = tasks.reduce((sum, task) => sum + (task.tdur ?? task.dur), 0) / 1_000 / MANY_SECONDS;
    return { cpu: longest((task) => task.tdur ?? task.dur), clock: longest((task) => task.dur), sum };
  });
}

/** Milliseconds of an update: its handling, and the frame that shows it. The tints that fade after it are not in it. */
function oneUpdate(how) {
  return inPage(async (page) => {
    await withHoldings(page, how);
    const samples = await page.evaluate(async (updates) => {
      const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
      const samples = [];
      for (let one = 0; one < updates; one += 1) {
        const message = window.nextUpdate();
        // Not while the last one's tints fade: their frames are not this one's.
        await pause(700);
        // The frame begins with our callback and has ended when the next task runs.
        const frame = new Promise((resolve) =>
          requestAnimationFrame(() => {
            const began = performance.now();
            const channel = new MessageChannel();
            channel.port1.onmessage = () => resolve(performance.now() - began);
            channel.port2.postMessage(0);
          }),
        );
        const began = performance.now();
        window.socket.dispatchEvent(message);
        // Effects run in microtasks of microtasks.
        for (let turn = 0; turn < 20; turn += 1) {
          await null;
        }
        const script = performance.now() - began;
        samples.push({ script, frame: await frame });
      }
      return samples;
    }, UPDATES / 5);
    return { script: median(samples.map((one) => one.script)), frame: median(samples.map((one) => one.frame)) };
  });
}

/** Milliseconds that the main thread works for an update: a second with one, less a second with none. */
async function oneSecond(how) {
  const busy = (reducedMotion) =>
    inPage(
      async (page) => {
        await withHoldings(page, how);
        const seconds = 4;
        const idle = await traced(page, () => page.waitForTimeout(seconds * 1_000));
        const updated = await traced(page, () =>
          page.evaluate(async (seconds) => {
            for (let one = 0; one < seconds; one += 1) {
              window.socket.dispatchEvent(window.nextUpdate());
              await new Promise((resolve) => setTimeout(resolve, 1_000));
            }
          }, seconds),
        );
        return Math.max(0, updated - idle) / seconds;
      },
      { reducedMotion },
    );
  return { moving: await busy("no-preference"), still: await busy("reduce") };
}

/** Milliseconds of all tasks of the page's main thread while `act` runs; of its own CPU time, whatever else the machine does. */
async function traced(page, act) {
  const tasks = await tasksOf(page, act);
  return tasks.reduce((sum, task) => sum + (task.tdur ?? task.dur), 0) / 1_000;
}

/** The tasks of the page's main thread while `act` runs: of several pages', those of the busiest. */
async function tasksOf(page, act) {
  await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline", "devtools.timeline"] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mains = traceEvents.filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain");
  const tasks = traceEvents.filter((event) => event.name === "RunTask" && event.dur);
  const each = mains.map(({ pid, tid }) => tasks.filter((task) => task.pid === pid && task.tid === tid));
  const busy = (tasks) => tasks.reduce((sum, task) => sum + (task.tdur ?? task.dur), 0);
  return each.sort((one, other) => busy(other) - busy(one))[0] ?? [];
}

/** Notes the page's socket, its last update, and when the first one was shown. */
function watchSockets(page) {
  return page.addInitScript(() => {
    window.WebSocket = class extends WebSocket {
      constructor(address) {
        super(address);
        window.socket = this;
        this.addEventListener("message", ({ data }) => {
          if (!data.includes('"price_update"')) {
            return;
          }
          window.lastUpdate = data;
          if (!window.shown) {
            // The task after the next frame: by then it is painted.
            requestAnimationFrame(() => setTimeout(() => (window.shown ??= performance.now())));
          }
        });
      }
    };
  });
}

/** Bytes that cross the wire, compressed with brotli. */
async function transferred() {
  const page = await ask(LIVE, "identity");
  const html = page.body.toString();
  const find = (pattern) => new URL(pattern.exec(html)[0], url).href;
  const size = async (address) => (await ask(address, "br")).body.length;
  return {
    page: await size(LIVE),
    wasm: await size(find(/\/pkg\/[^"'\\]+\.wasm/)),
    glue: await size(find(/\/pkg\/[^"'\\]+\.js/)),
    style: await size(find(/\/pkg\/[^"'\\]+\.css/)),
    chart: await size(find(/\/vendor\/echarts[^"'\\]*\.js/)),
  };
}

function ask(address, encoding) {
  return new Promise((resolve, reject) => {
    const request = get(address, { headers: { "accept-encoding": encoding } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ body: Buffer.concat(parts), headers: answer.headers }));
    });
    request.on("error", reject);
  });
}

async function times(count, act) {
  const results = [];
  for (let run = 0; run < count; run += 1) {
    results.push(await act());
  }
  return results;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function row(...cells) {
  rows.push(cells);
}
