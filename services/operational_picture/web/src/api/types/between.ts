/** What sites ask of each other, and what a person must look at between them. */
import type { Instant } from "./common";

export type RequestState = "requested" | "accepted" | "declined" | "expired";
export type CheckFinding = "reached_well" | "reached_needs_help" | "sent_someone" | "back_by_itself";

export interface UnitRequest {
  id: string;
  state: RequestState;
  from_site: string;
  to_site: string;
  unit_id: string;
  unit_name: string;
  incident_id: string;
  incident_number: string | null;
  incident_title: string | null;
  note: string | null;
  requested_at: Instant;
  requested_by: string | null;
  valid_until: Instant;
  answered_at: Instant | null;
  answered_by: string | null;
  answer: string | null;
  assignment_id: string | null;
}

/** Stands in the incident it is about; its state is the word of the incident's home. */
export interface Handover {
  id: string;
  state: RequestState;
  from_site: string;
  to_site: string;
  requested_at: Instant;
  requested_by: string | null;
  valid_until: Instant;
  reason: string | null;
  answered_at: Instant | null;
  answered_by: string | null;
  answer: string | null;
  /** Who took the request back; its state is "expired" then. */
  withdrawn_by?: string | null;
  /** When the new home began to write; an accepted request without it waits for that, and nobody writes. */
  taken_over_at?: Instant | null;
}

/** A request to this site, with what was answered here. */
export interface HandoverOffer extends Handover {
  answer_here: "accepted" | "declined" | null;
  incident_id: string;
  incident_number: string;
  incident_title: string;
}

export interface ConflictSide {
  id: string;
  home_site: string;
  number: string;
  title: string;
  occurred_at: Instant;
  incident_id: string;
  unit_id: string | null;
  unit_name: string | null;
}

export interface SiteConflict {
  id: string;
  conflict_kind: "same_incident" | "unit_promised_twice";
  state: "open" | "decided";
  left: ConflictSide;
  right: ConflictSide;
  metres: number | null;
  minutes: number | null;
  found_at: Instant;
  home_site: string;
}

export interface SiteCheck {
  id: string;
  site: string;
  site_name: string;
  state: "open" | "closed";
  silent_since: Instant;
  opened_at: Instant;
  home_site: string;
}
