import type { Instant } from "./common";

export interface DeadLetter {
  seq: number;
  consumer: string;
  subject: string;
  at: Instant;
  /** What happened and what to do, in Chinese. */
  detail: string;
  attempts: number | null;
  data: unknown;
}

/** One thing that was looked at when the process started. */
export interface StartCheck {
  subject: string;
  ok: boolean;
  code: string;
  detail: string;
}

export interface LastStart {
  at: Instant;
  clean: boolean;
  last_seen: Instant | null;
  refused: string[];
  checks: StartCheck[];
}

export interface PowerState {
  source: string;
  on_battery: boolean;
  minutes_left: number | null;
  low: boolean;
  at: Instant;
  print_hint: string | null;
}

/** What everybody must know of the machine below, with what to do. */
export interface Notice {
  code: string;
  level: "danger" | "caution";
  title: string;
  text: string;
}

export interface ServiceStatus {
  site: string;
  exercise: boolean;
  version: string;
  broker: { connected: boolean; since: Instant | null; notice?: string | null };
  notices: Notice[];
  outbox: { service: string; depth: number; oldest_seconds: number | null }[];
  view: { seq: number; lag_seconds: number };
  dead_letters: number;
  disk_free_bytes: number;
  disk: { state: "ok" | "low" | "full"; free_bytes: number; total_bytes: number; reserve_bytes: number };
  last_start: LastStart | null;
  power: PowerState | null;
  clock_jump: { seconds: number; noticed_at: Instant; accepted: boolean } | null;
  clock: Instant | Record<string, unknown>;
}
