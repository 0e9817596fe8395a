// Updates as fast as the page takes them: hours of ticks in seconds. In the browser, on the page's own socket, so that
// nothing but the page's own handling is measured.

import { expect, type Page } from "@playwright/test";

interface Flood {
  sockets: WebSocket[];
  memory?: WebAssembly.Memory;
  last?: string;
  /** Sends so many updates, `batch` between one frame and the next, valued `step` milliseconds apart. */
  send(count: number, batch: number, step: number): Promise<void>;
}

/** Lets updates be made up; before the page's first navigation. */
export async function prepare(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const flood: Flood = { sockets: [], send };
    Object.assign(window, { flood });
    window.WebSocket = class extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols);
        flood.sockets.push(this);
        this.addEventListener("message", ({ data }) => {
          if (data.includes('"price_update"')) {
            flood.last = data;
          }
        });
      }
    };
    const compile = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...given) => {
      const made = await compile.apply(WebAssembly, given);
      flood.memory = made.instance.exports.memory as WebAssembly.Memory;
      return made;
    };

    let valued = 0;
    async function send(count: number, batch: number, step: number): Promise<void> {
      const socket = flood.sockets.at(-1);
      if (!socket || !flood.last) {
        throw new Error("no socket, or no update yet");
      }
      const update = JSON.parse(flood.last);
      delete update.id;
      valued = Math.max(valued, Date.parse(update.timestamp));
      for (let sent = 0; sent < count; ) {
        for (let one = 0; one < batch && sent < count; one += 1, sent += 1) {
          valued += step;
          update.seq += 1;
          update.timestamp = new Date(valued).toISOString();
          let total = 0;
          for (const [index, holding] of update.data.investments.entries()) {
            // Up and down around where it was, some of them each time.
            if ((update.seq + index) % 4 === 0) {
              holding.current_price = Math.round(holding.current_price * 100 + (update.seq % 2 ? 1 : -1) * (index + 1)) / 100;
              holding.value = Math.round(holding.current_price * holding.quantity * 100) / 100;
              holding.quoted_at = update.timestamp;
            }
            total += Math.round(holding.value * 100);
          }
          update.data.total_value = total / 100;
          socket.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(update) }));
        }
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    }
  });
}

export function flood(page: Page, count: number, batch = 100, step = 100): Promise<void> {
  return page.evaluate(([count, batch, step]) => (window as unknown as { flood: Flood }).flood.send(count, batch, step), [count, batch, step]);
}

export interface Memory {
  heap: number;
  nodes: number;
  listeners: number;
  wasm: number;
}

/** What the page holds, after the garbage is gone. */
export async function memory(page: Page): Promise<Memory> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.enable");
  // Twice: what the first round finalises, the second takes away.
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  const metric = (name: string) => metrics.find((one) => one.name === name)?.value ?? Number.NaN;
  const wasm = await page.evaluate(() => (window as unknown as { flood: Flood }).flood.memory?.buffer.byteLength ?? 0);
  await session.detach();
  expect(wasm).toBeGreaterThan(0);
  return { heap: metric("JSHeapUsedSize"), nodes: metric("Nodes"), listeners: metric("JSEventListeners"), wasm };
}
