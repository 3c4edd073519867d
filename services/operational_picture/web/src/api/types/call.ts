import type { Instant } from "./common";
import type { IncidentDraft, IncidentLocation, IncidentSource, IncidentStatus } from "./incident";

/** "new": an incident was taken with it; "pending": waits for a person's decision. */
export type CallOutcome = "new" | "linked" | "transferred" | "false_alarm" | "pending";

/** A call as every screen sees it: nothing of the caller, nothing of what was said. */
export interface CallState {
  id: string;
  number: string;
  outcome: CallOutcome;
  source: IncidentSource;
  received_at: Instant;
  /** The incident in which it counts now. */
  incident_id: string | null;
  /** The incident that was taken with it. */
  opened: string | null;
  type_code: string | null;
  location: IncidentLocation;
  /** Until when a sensor's alarm is to be checked by phone. */
  verify_by: Instant | null;
  transferred_to: string | null;
  transferred_at: Instant | null;
  home_site: string;
}

export interface CallCaller {
  name: string | null;
  phone: string | null;
  organisation: string | null;
  post: string | null;
}

export interface ToldOther {
  who: string;
  at: Instant | null;
}

export interface CallTransfer {
  to: string;
  at: Instant;
  by: string;
  reason: string;
  answered_by: string | null;
}

export interface CallRecord {
  id: string;
  number: string;
  incident_id: string | null;
  incident_number: string | null;
  received_at: Instant;
  recorded_at: Instant;
  recorded_by: string;
  source: IncidentSource;
  caller: CallCaller | null;
  said: string | null;
  type_code: string | null;
  type_name: string | null;
  place_text: string | null;
  lon: number | null;
  lat: number | null;
  township: string | null;
  told_others: ToldOther[];
  outcome: CallOutcome;
  transfer: CallTransfer | null;
  closed_reason: string | null;
  verify_by: Instant | null;
  version: number;
}

export interface CallDraft {
  received_at?: Instant;
  source?: IncidentSource | null;
  caller?: Partial<CallCaller> | null;
  said?: string | null;
  type_code?: string | null;
  location?: NonNullable<IncidentDraft["location"]>;
  told_others?: ToldOther[];
  incident_id?: string;
}

/** What came from a number before. */
export interface CallerHistory {
  total: number;
  /** False: there are more than are shown. */
  is_all: boolean;
  outcomes: Record<CallOutcome, number>;
  items: (CallRecord & { incident: CallIncident | null })[];
}

export interface CallIncident {
  id: string;
  number: string;
  title: string;
  status: IncidentStatus;
  closed_at: Instant | null;
}
