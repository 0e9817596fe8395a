// What crosses the page's sockets.

import { expect, type Page } from "@playwright/test";
import { apply, exact, plain } from "./changes";

export interface Message {
  type: string;
  id?: string;
  seq?: number;
  timestamp?: string;
  interval_ms?: number;
  data?: Record<string, unknown>;
}

export class Wire {
  /** Sockets that the page opened. */
  opened = 0;
  /** Updates that came as changed fields. */
  changes = 0;
  readonly sent: Message[] = [];
  readonly received: Message[] = [];

  /** Listens to a page; before its first navigation, so that nothing is missed. */
  constructor(page: Page) {
    page.on("websocket", (socket) => {
      this.opened += 1;
      socket.on("framesent", ({ payload }) => this.sent.push(JSON.parse(String(payload))));
      // What the page agreed to get: a whole update, then what changed.
      let held: ReturnType<typeof exact> = {};
      socket.on("framereceived", ({ payload }) => {
        if (typeof payload === "string") {
          const message = exact(payload);
          if (message.type === "price_update") held = message;
          this.received.push(JSON.parse(payload));
        } else {
          apply(held, payload);
          this.changes += 1;
          this.received.push(plain(held) as Message);
        }
      });
    });
  }

  /** The updates that came, without the answers to a start. */
  updates(): Message[] {
    return this.received.filter((message) => message.type === "price_update" && !message.id);
  }

  asked(type: string): Message[] {
    return this.sent.filter((message) => message.type === type);
  }

  /** Waits for so many further updates, and returns them. */
  async next(count: number, timeout = 15_000): Promise<Message[]> {
    const from = this.updates().length;
    await expect.poll(() => this.updates().length - from, { timeout, intervals: [50] }).toBeGreaterThanOrEqual(count);
    return this.updates().slice(from);
  }
}

/** Milliseconds between the valuations of neighbours. */
export function gaps(messages: Message[]): number[] {
  const times = messages.map((message) => Date.parse(message.timestamp ?? ""));
  return times.slice(1).map((time, index) => time - times[index]);
}
