// A server of a test's own, to be stopped and started while a page looks at it.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@playwright/test";

const target = join(__dirname, "../../target");
const program = process.env.FINFLOW_BIN ?? join(target, "debug/finflow");
const site = process.env.LEPTOS_SITE_ROOT ?? join(target, "site");

export class OwnServer {
  private child?: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), "finflow-"));

  private constructor(private readonly port: number) {}

  /** Starts one on a free port. */
  static async begin(): Promise<OwnServer> {
    const server = new OwnServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Its data, which outlives a stop. */
  private get database(): string {
    return join(this.folder, "finflow.db");
  }

  /** Starts it on its port, and waits until it is ready. */
  async start(): Promise<void> {
    const environment = { FINFLOW_ADDR: `127.0.0.1:${this.port}`, LEPTOS_SITE_ROOT: site, FINFLOW_LOG: "warn", FINFLOW_DATABASE_URL: `sqlite:${this.database}` };
    const child = spawn(program, ["serve"], { env: { ...process.env, ...environment }, stdio: ["ignore", "ignore", "inherit"] });
    this.child = child;
    const ready = async () => {
      expect(child.exitCode, "the server ended").toBeNull();
      return fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false);
    };
    await expect.poll(ready, { timeout: 20_000, intervals: [50] }).toBe(true);
  }

  /** Asks it to stop, and waits until it has; returns its exit code. */
  async stop(): Promise<number | null> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null) {
      return child?.exitCode ?? null;
    }
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const [code] = await ended;
    return code;
  }

  /** Ends it, whatever state the test left it in. */
  end(): void {
    this.child?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, "close");
  return port;
}
