import type { Instant } from "./common";

export type UnitKind =
  | "fire_rescue" | "flood" | "hazmat" | "forest_fire" | "engineering" | "power" | "gas" | "water" | "drainage"
  | "communications" | "medical" | "police" | "militia_support" | "social" | "township" | "department" | "other";
/** Decides the verb the button bears: 派遣 / 协调 / 通报 / 请求支援. */
export type UnitRelation = "dispatch" | "coordinate" | "notify" | "request_support";
export type UnitStatus =
  | "standby" | "accepted" | "en_route" | "on_scene" | "working" | "assembling" | "returning" | "back" | "unavailable";
export type AssignmentStatus =
  | "ordered" | "accepted" | "en_route" | "on_scene" | "working" | "assembling" | "returning" | "back"
  | "recalled" | "declined";
export type StatusSource = "field" | "radio" | "beidou" | "desk";

export interface UnitContact {
  name: string | null;
  phone: string | null;
}

export interface Unit {
  id: string;
  name: string;
  kind: UnitKind;
  status: UnitStatus;
  home_site: string;
  township: string | null;
  lon: number | null;
  lat: number | null;
  position_at: Instant | null;
  capabilities: string[];
  contact: UnitContact;
  members: number | null;
  relation: UnitRelation;
  active_assignment_id: string | null;
  version: number;
  note: string | null;
}

export interface UnitReason {
  code: string;
  detail: string;
}

export interface UnitCandidate extends Unit {
  distance_m: number | null;
  able: boolean;
  reasons: (string | UnitReason)[];
}

export interface UnitQuery {
  kind?: UnitKind;
  status?: UnitStatus;
  capability?: string;
  near?: string;
  for_incident?: string;
  after?: string;
  limit?: number;
}

export interface AssignmentStep {
  status: AssignmentStatus;
  occurred_at: Instant;
  recorded_at: Instant;
  actor_name: string | null;
  source: StatusSource;
  late: boolean;
  note: string | null;
}

export interface Assignment {
  id: string;
  number: string;
  incident_id: string;
  incident_number: string | null;
  incident_title: string | null;
  unit_id: string;
  unit_name: string;
  status: AssignmentStatus;
  ordered_at: Instant;
  ordered_by: string | null;
  note: string | null;
  history: AssignmentStep[];
  active: boolean;
  version: number;
}

export interface AssignmentReport {
  status: AssignmentStatus;
  occurred_at?: Instant;
  note?: string;
  source?: StatusSource;
}

/** applied=false: recorded as late, the state did not move. */
export type AssignmentAnswer = Assignment & { applied?: boolean };
