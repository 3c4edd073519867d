import type { Instant } from "./common";

export type RelayChannel = "satellite" | "sms" | "beidou" | "radio";

/** One of the sixteen fields as it was read, in the order of speech. */
export interface LineField {
  name: string;
  label: string;
  text: string | null;
  spoken: string | null;
  fault: string | null;
  expected: string;
}

export interface BriefIncident {
  id: string;
  number: string;
  title: string;
  occurred_at: Instant;
}

export type LineOutcome = "new" | "update" | "repeated" | "known" | "unclear" | "number_used";

export interface LineReading {
  raw: string;
  fields: LineField[];
  faults: string[];
  checksum: { given: string; expected: string; ok: boolean };
  site: string | null;
  township_name: string | null;
  occurred_at: Instant | null;
  sequence: number | null;
  /** What it would become, or became; null when it cannot be read. */
  outcome: LineOutcome | null;
  incident: BriefIncident | null;
  own_log: { id: string; number: string; site: string } | null;
  candidates: BriefIncident[];
}

export interface LineGap {
  unit: string;
  site: string;
  township_name: string;
  sequences: number[];
}

export interface LineSource {
  text?: string;
  fields?: Record<string, string>;
  received_at?: Instant;
}

export interface LinesTaken extends LineSource {
  channel: RelayChannel;
  confirmed?: boolean;
  incident_id?: string;
  separate?: boolean;
  renumbered?: boolean;
}

export interface SpokenField {
  name: string;
  label: string;
  text: string;
  spoken: string;
}

export interface OrderToRead {
  number: string;
  ordered_at: Instant;
  unit: string;
  event?: string;
  place?: string;
  task?: string;
  by?: string;
}
