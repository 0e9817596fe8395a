// Times a running server's pages and signing in, beside live sockets: node end2end/pages.mjs http://127.0.0.1:8000 [SOCKETS]
//
// Figures, not tests: what they are held against is in docs/PERFORMANCE.md. The server must admit the sockets of one address:
// FINFLOW_MAX_SOCKETS_PER_ADDRESS. Times are a client's, from the request to the last byte; one request after the other.

import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { connect } from "node:net";

const url = new URL(process.argv[2] ?? "http://127.0.0.1:8000");
const SOCKETS = Number(process.argv[3] ?? 1_000);
const REQUESTS = 200;
const SIGN_INS = 40;
const INTERVAL_MS = 1_000;
/** Activities of the ledger, and the instruments that they are of. */
const ACTIVITIES = 1_000;
const INSTRUMENTS = 50;
const PASSWORD = "a long enough password";

const agent = new Agent({ keepAlive: true });

/** One request; its status, headers, text, and how long it took in milliseconds. */
function ask(method, path, { form, cookie } = {}) {
  const body = form && new URLSearchParams(form).toString();
  const headers = { origin: url.origin, ...(cookie && { cookie }) };
  if (body !== undefined) {
    headers["content-type"] = "application/x-www-form-urlencoded";
    headers["content-length"] = Buffer.byteLength(body);
  }
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const sent = request(new URL(path, url), { method, headers, agent }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: answer.statusCode, headers: answer.headers, text, took: performance.now() - start });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function expected(status, ...request) {
  const answer = await ask(...request);
  if (answer.status !== status) throw new Error(`${request[0]} ${request[1]}: ${answer.status}, not ${status}\n${answer.text.slice(0, 2_000)}`);
  return answer;
}

const cookieOf = (answer) => answer.headers["set-cookie"].map((one) => one.split(";")[0]).join("; ");

/** A socket that is sent updates, and says now and then that it is there. */
function watch() {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname);
    const key = randomBytes(16).toString("base64");
    socket.on("error", reject);
    socket.write(
      `GET /ws/portfolio/ HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    socket.once("data", (first) => {
      if (!first.toString("latin1").startsWith("HTTP/1.1 101")) return reject(new Error(first.toString("latin1").split("\r\n")[0]));
      let heard = 0;
      socket.on("data", (data) => (heard += data.length));
      const text = Buffer.from(JSON.stringify({ type: "start_updates", interval_ms: INTERVAL_MS }));
      // A mask of zeros leaves the text as it is.
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
      const pong = setInterval(() => socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0])), 5_000);
      resolve({
        heard: () => heard,
        close: () => {
          clearInterval(pong);
          socket.destroy();
        },
      });
    });
  });
}

/** A ledger of ten years. */
function ledger() {
  const market = ["AAPL", "AMD", "BAC", "BBY", "CVX", "GE", "HD", "JNJ", "JPM", "KO", "LLY", "MRK", "MSFT", "PEP", "PFE", "PG", "RRC", "UNH", "WMT", "XOM"];
  const symbols = [...market, ...Array.from({ length: INSTRUMENTS - market.length }, (_, at) => `OWN${at}`)];
  const rows = Array.from({ length: ACTIVITIES }, (_, at) => {
    const day = new Date(Date.UTC(2013, 0, 1) + (at * 10 * 365 * 86_400_000) / ACTIVITIES).toISOString().slice(0, 10);
    const kind = at >= INSTRUMENTS && at % 4 === 3 ? "sell" : "buy";
    return `${day},${kind},${symbols[at % INSTRUMENTS]},${kind === "buy" ? 10 : 1},${20 + (at % 97)}.25,1,USD`;
  });
  return `date,type,symbol,quantity,price,fee,currency\n${rows.join("\n")}\n`;
}

async function bring(cookie, own) {
  const boundary = randomBytes(12).toString("hex");
  const body = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="ledger.csv"\r\nContent-Type: text/csv\r\n\r\n${ledger()}\r\n--${boundary}--\r\n`,
  );
  const answer = await fetch(new URL(`${own}import/`, url), {
    method: "POST",
    redirect: "manual",
    headers: { cookie, origin: url.origin, "content-type": `multipart/form-data; boundary=${boundary}` },
    body,
  });
  const upload = answer.headers.get("location");
  if (answer.status !== 303 || !upload) throw new Error(`the ledger was not taken: ${answer.status} ${await answer.text()}`);
  // The file is read beside the request: the page says when it is done.
  for (;;) {
    const page = await expected(200, "GET", upload, { cookie });
    const apply = /action="([^"]*\/apply\/)"/.exec(page.text);
    if (apply) return expected(303, "POST", apply[1], { cookie, form: {} });
    await new Promise((go) => setTimeout(go, 100));
  }
}

const quantile = (times, share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];

async function row(name, count, once) {
  const times = [];
  for (let at = 0; at < count; at += 1) times.push(await once());
  times.sort((one, other) => one - other);
  const [middle, high] = [quantile(times, 0.5), quantile(times, 0.99)].map((time) => time.toFixed(1).padStart(7));
  console.log(`${name.padEnd(46)} p50 ${middle} ms   p99 ${high} ms`);
}

const name = `bench-${randomBytes(6).toString("hex")}`;
let cookie = cookieOf(await expected(303, "POST", "/sign-up/", { form: { name, password: PASSWORD } }));
const opened = await expected(303, "POST", "/portfolios/new/", {
  cookie,
  form: { name: "Bench", base_currency: "USD", method: "fifo" },
});
const own = opened.headers.location.split("?")[0].replace("activities/", "");
await bring(cookie, own);
const first = await expected(200, "GET", `${own}performance/?range=5y`, { cookie });
console.log(`the first page of the ledger, five years of performance: ${first.took.toFixed(1)} ms`);

const sockets = [];
for (let at = 0; at < SOCKETS; at += 50) {
  sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, SOCKETS - at) }, watch))));
}
console.log(`${sockets.length} sockets at ${INTERVAL_MS} ms; a ledger of ${ACTIVITIES} activities on ${INSTRUMENTS} instruments; ${REQUESTS} requests a row`);

await row("POST /sign-in/", SIGN_INS, async () => {
  const answer = await expected(303, "POST", "/sign-in/", { form: { name, password: PASSWORD } });
  cookie = cookieOf(answer);
  return answer.took;
});
const id = own.split("/")[2];
const pages = [
  "/", "/account/", "/account/tokens/", "/portfolios/", "/portfolios/new/", "/instruments/", "/instruments/AAPL/",
  `/live-portfolio/?portfolio=${id}`, own, `${own}figures/value/`, `${own}figures/twr/`, `${own}lots/`, `${own}activities/`, `${own}activities/new/`,
  `${own}changes/`, `${own}settings/`, `${own}import/`, `${own}what-if/`, `${own}what-if/?side1=sell&symbol1=AAPL&quantity1=5`, `${own}what-if/premise`,
  `${own}export/finflow.json`, "/portfolios/all/", `${own}performance/?range=5y`, `${own}performance/?range=all`, `${own}allocation/?by=country`,
  "/feeds/", "/again/",
];
for (const path of ["/sign-in/", "/sign-up/"]) {
  await row(`GET ${path}`, REQUESTS, async () => (await expected(200, "GET", path)).took);
}
for (const path of pages) {
  await row(`GET ${path.replace(id, "ID")}`, REQUESTS, async () => (await expected(200, "GET", path, { cookie })).took);
}
const silent = sockets.filter((socket) => socket.heard() === 0).length;
if (silent > 0) console.log(`${silent} sockets heard nothing`);
sockets.forEach((socket) => socket.close());
agent.destroy();
