// Measures the chart of an instrument in a browser: node end2end/chart.mjs http://127.0.0.1:8000
//
// The page and its client are the server's; candles and prices are given, so that there are as many as are asked for. Figures, not tests:
// medians of five runs. What they are held against is in docs/PERFORMANCE.md.

import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";

const url = (process.argv[2] ?? "http://127.0.0.1:8000").replace(/\/$/, "");
const RUNS = 5;
const UPDATES = 100;
const COUNTS = [1_000, 5_000, 1_000_000];

const system = "/usr/bin/chromium";
const browser = await chromium.launch({
  executablePath: process.env.FINFLOW_CHROMIUM ?? (existsSync(system) ? system : undefined),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

try {
  console.log("candles     open    an update  (script)   a step of panning   main thread, ms, medians");
  for (const count of COUNTS) {
    for (const query of ["?kind=line&chosen=1", "?study=sma-20&study=bollinger-20-2&study=rsi-14&study=macd-12-26-9"]) {
      const runs = [];
      for (let run = 0; run < RUNS; run++) runs.push(await measure(count, query));
      const of = (name) => median(runs.map((run) => run[name]));
      const told = [of("open"), of("update"), of("script"), of("pan")].map((figure) => figure.toFixed(2).padStart(9));
      console.log(`${String(count).padStart(9)} ${told.join("  ")}   ${query}`);
    }
  }
} finally {
  await browser.close();
}

/** What opening, an update and a step of panning cost the main thread. */
async function measure(count, query) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.addInitScript(() => {
    // Prices are given by hand.
    window.EventSource = class extends EventTarget {
      constructor() {
        super();
        window.prices = this;
      }
      close() {}
    };
  });
  const told = candles(count);
  const body = JSON.stringify(told);
  await page.addInitScript((newest) => (window.newest = newest), told.time.at(-1));
  await page.route("**/chart.json*", (route) => route.fulfill({ contentType: "application/json", body }));
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const of = (name) => metrics.find((metric) => metric.name === name)?.value ?? 0;
    return { task: of("TaskDuration") * 1_000, script: of("ScriptDuration") * 1_000 };
  };
  await page.goto(`${url}/market/AAPL/${query}`);
  const before = await spent();
  await page.locator(".plot[data-drawn]").waitFor();
  await frames(page, 2, "none");
  const open = (await spent()).task - before.task;
  const during = async (what) => {
    const start = await spent();
    await frames(page, UPDATES, what);
    const end = await spent();
    return { task: (end.task - start.task) / UPDATES, script: (end.script - start.script) / UPDATES };
  };
  // What the frames alone cost is not the chart's.
  const still = await during("none");
  const update = await during("price");
  await page.locator(".plot").focus();
  for (let times = 0; times < 2; times++) await page.keyboard.press("+");
  const pan = await during("pan");
  await page.close();
  return { open, update: update.task - still.task, script: update.script - still.script, pan: pan.task - still.task };
}

/** So many frames, each with what is asked for before it. */
function frames(page, count, what) {
  return page.evaluate(
    async ([count, what]) => {
      const plot = document.querySelector(".plot");
      for (let at = 0; at < count; at++) {
        if (what === "price") {
          const price = 100 + Math.sin(at) * 0.05;
          const data = JSON.stringify({ time: window.newest + at, price, others: [] });
          window.prices.dispatchEvent(new MessageEvent("message", { data }));
        }
        if (what === "pan") plot.dispatchEvent(new WheelEvent("wheel", { deltaX: at % 20 < 10 ? -12 : 12, bubbles: true, cancelable: true }));
        await new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
      }
    },
    [count, what],
  );
}

/** A walk of candles of a minute that ends at 100 in a minute that is under way. */
function candles(count) {
  const step = 60_000;
  const first = 1_700_000_000_000 - (1_700_000_000_000 % step);
  const told = { name: "AAPL", step_ms: step, decimals: 2, earliest: null, to_now: true, live: "/given", time: [], open: [], high: [], low: [], close: [], volume: [], others: [], marks: [] };
  let price = 100;
  let seed = 7;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5;
  for (let at = 0; at < count; at++) {
    const open = price;
    // It wanders, and comes home.
    price = 100 + (price - 100) * 0.999 + random();
    if (at === count - 1) price = 100;
    told.time.push(first + at * step);
    told.open.push(+open.toFixed(2));
    told.high.push(+(Math.max(open, price) + 0.3).toFixed(2));
    told.low.push(+(Math.min(open, price) - 0.3).toFixed(2));
    told.close.push(+price.toFixed(2));
    told.volume.push(10 + (at % 50));
  }
  return told;
}

function median(values) {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}
