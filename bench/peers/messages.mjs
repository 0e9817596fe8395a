// What Bun's and Node's servers say: the messages of the protocol, with made-up prices.
import { readFileSync } from "node:fs";

const holdings = JSON.parse(readFileSync(new URL("sample.json", import.meta.url), "utf8"));
const cents = (amount) => Math.round(amount * 100) / 100;

export const port = Number(process.env.PORT ?? 8000);
export const GREETING = JSON.stringify({ type: "connection_established", data: { protocol: 1, authenticated: false } });
export const REFUSAL = JSON.stringify({ type: "error", code: "unknown_type", message: "Unknown or malformed message" });

export function message(type, seq) {
  const timestamp = new Date().toISOString();
  let total = 0;
  let gained = 0;
  const investments = holdings.map(({ symbol, name, price, quantity }) => {
    const percent = Math.random() * 4 - 2;
    const current_price = cents(price * (1 + percent / 100));
    total += current_price * quantity;
    gained += (current_price - price) * quantity;
    return {
      symbol, name, current_price, change: cents(current_price - price), change_percent: cents(percent), quantity,
      value: cents(current_price * quantity), currency: "USD", quoted_at: timestamp, source: "simulated", received_at: timestamp,
      market_state: "open",
    };
  });
  const data = {
    portfolio_id: "sample", portfolio_name: "Sample Portfolio", base_currency: "USD", total_value: cents(total),
    total_change: cents(gained), total_change_percent: cents((gained / (total - gained)) * 100), investments,
  };
  return JSON.stringify({ type, seq, timestamp, data });
}

export function asked(text) {
  try {
    return JSON.parse(text).type;
  } catch {
    return undefined;
  }
}

/** Tells each update to `tell`, without drift: a timer that repeats by itself starts anew only when its work is done. */
export function produce(tell) {
  const interval = Number(process.env.INTERVAL_MS ?? 1000);
  let seq = 0;
  let due = performance.now();
  const tick = () => {
    seq += 1;
    tell(message("price_update", seq));
    due += interval;
    setTimeout(tick, Math.max(0, due - performance.now()));
  };
  tick();
}
