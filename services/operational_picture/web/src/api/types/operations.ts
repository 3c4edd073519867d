import type { Instant } from "./common";

export interface DeadLetter {
  seq: number;
  consumer: string;
  subject: string;
  at: Instant;
  reason: string;
  attempts: number | null;
  data: unknown;
}

export interface ServiceStatus {
  site: string;
  exercise: boolean;
  version: string;
  broker: { connected: boolean; since: Instant | null };
  outbox: { service: string; depth: number; oldest_seconds: number | null }[];
  view: { seq: number; lag_seconds: number };
  dead_letters: number;
  disk_free_bytes: number;
  clock: Instant | Record<string, unknown>;
}
