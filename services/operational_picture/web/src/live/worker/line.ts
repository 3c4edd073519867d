/** Holds the line to the server: opens the stream, watches for silence, tries again with growing, jittered pauses. */
import { UNATTENDED } from "@/api/attention";
import type { LinkState } from "../messages";
import { readEvents, type StreamEvent } from "./sse";

const SILENCE_MS = 12_000;
/** Heartbeats come at least each 5 s; a line quieter than this is suspect after a sleep. */
const QUIET_MS = 6_000;
const FIRST_PAUSE_MS = 800;
const LONGEST_PAUSE_MS = 15_000;
/** So long without a picture is no hiccup: the screens say 断开. */
const DOWN_AFTER_MS = 10_000;

export interface LineEvents {
  cursor(): string | null;
  event(event: StreamEvent): void;
  link(state: LinkState, since: number): void;
  refused(status: number): void;
}

class Refused extends Error {
  constructor(readonly status: number) {
    super(`refused ${status}`);
  }
}

export class Line {
  private attempt: AbortController | null = null;
  private running = false;
  private failures = 0;
  private lostAt: number | null = null;
  private lastByteAt = Date.now();
  private downTimer: ReturnType<typeof setTimeout> | undefined;
  private shown: LinkState | null = null;
  private endPause: (() => void) | null = null;

  constructor(private readonly on: LineEvents) {}

  async run(): Promise<void> {
    this.running = true;
    this.show("reconnecting");
    while (this.running) {
      try {
        await this.followOnce();
      } catch (error) {
        if (error instanceof Refused) return this.giveUp(error.status);
      }
      if (!this.running) return;
      this.lost();
      await this.pause();
    }
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.downTimer);
    this.restart();
  }

  /** Drops the present stream, if any, and connects anew without a pause. */
  restart(): void {
    this.attempt?.abort();
    this.endPause?.();
  }

  /** The network or the window came back: no reason to sit out the pause, or to trust a line that slept. */
  wake(): void {
    this.failures = 0;
    if (Date.now() - this.lastByteAt > QUIET_MS) this.restart();
  }

  private async followOnce(): Promise<void> {
    const attempt = (this.attempt = new AbortController());
    let watchdog = setTimeout(() => attempt.abort(), SILENCE_MS);
    const alive = (): void => {
      this.lastByteAt = Date.now();
      clearTimeout(watchdog);
      watchdog = setTimeout(() => attempt.abort(), SILENCE_MS);
    };
    try {
      const body = await this.open(attempt.signal);
      for await (const event of readEvents(body, alive)) {
        this.heard();
        this.on.event(event);
      }
    } finally {
      clearTimeout(watchdog);
      attempt.abort();
    }
  }

  private async open(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const cursor = this.on.cursor();
    const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
    // A stream that comes back by itself is nobody's act.
    const headers = { Accept: "text/event-stream", [UNATTENDED]: "1" };
    const response = await fetch(`/api/picture/stream${query}`, { headers, signal, cache: "no-store" });
    if (response.status === 401 || response.status === 403) throw new Refused(response.status);
    if (!response.ok || !response.body) throw new Error(`stream answered ${response.status}`);
    return response.body;
  }

  private heard(): void {
    this.failures = 0;
    this.lostAt = null;
    clearTimeout(this.downTimer);
    this.show("connected");
  }

  private lost(): void {
    this.failures += 1;
    if (this.lostAt !== null) return;
    this.lostAt = this.lastByteAt;
    this.show("reconnecting");
    this.downTimer = setTimeout(() => this.show("down"), this.lostAt + DOWN_AFTER_MS - Date.now());
  }

  private giveUp(status: number): void {
    this.running = false;
    this.lostAt ??= Date.now();
    clearTimeout(this.downTimer);
    this.show("down");
    this.on.refused(status);
  }

  private show(state: LinkState): void {
    if (state === this.shown) return;
    this.shown = state;
    this.on.link(state, this.lostAt ?? Date.now());
  }

  private pause(): Promise<void> {
    const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.failures - 1, 6));
    const jittered = full * (0.7 + Math.random() * 0.6);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, jittered);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
