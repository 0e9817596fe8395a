// Browser tests against a running server: `cargo xtask test browser` starts one on a free port, `cargo leptos end-to-end`
// one on port 8000. What a page says without JavaScript is promised too: only *.hydrate.spec.ts may need the client.

import { existsSync } from "node:fs";
import { defineConfig, devices, type ReporterDescription } from "@playwright/test";

const system = "/usr/bin/chromium";
const named = process.env.FINFLOW_CHROMIUM ?? (existsSync(system) ? system : undefined);
const report = process.env.FINFLOW_REPORT;

const reporters: ReporterDescription[] = [["list"]];
if (report) {
  reporters.push(["json", { outputFile: report }]);
}

export default defineConfig({
  testDir: "tests",
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  retries: 0,
  workers: 2,
  timeout: 90_000,
  // Patience, not a measure: a busy machine with an unoptimised client takes its time.
  expect: { timeout: 20_000 },
  reporter: reporters,
  use: {
    ...devices["Desktop Chrome"],
    baseURL: process.env.BASE_URL ?? "http://127.0.0.1:8000",
    trace: "retain-on-failure",
    launchOptions: {
      // Without a name Playwright takes its own.
      executablePath: named,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "no-js", use: { javaScriptEnabled: false }, testIgnore: "**/*.hydrate.spec.ts" },
    { name: "client" },
  ],
});
