import type { Instant } from "./common";
import type { UnitRelation } from "./dispatch";

export type EvacuationState = "open" | "ended";
export type EvacuationTeamState = "called" | "confirmed";
export type ConfirmSource = "team" | "radio" | "desk";

export interface HeadCount {
  at: Instant;
  recorded_at: Instant;
  headcount: number;
  missing: number;
  source: ConfirmSource;
  by_name: string | null;
  note: string | null;
}

export interface EvacuationTeam {
  assignment_id: string;
  assignment_number: string;
  unit_id: string;
  unit_name: string;
  relation: UnitRelation;
  home_site: string;
  members: number | null;
  ordered_at: Instant | null;
  /** Came while it ran, with a time of its own to count. */
  joined_at: Instant | null;
  due_at: Instant | null;
  state: EvacuationTeamState;
  headcount: number | null;
  missing: number;
  confirmed_at: Instant | null;
  late: boolean;
  counts: HeadCount[];
}

export interface Evacuation {
  id: string;
  number: string;
  incident_id: string;
  incident_number: string;
  incident_title: string;
  reason: string;
  assembly_mark_id: string | null;
  assembly_text: string | null;
  all_teams: boolean;
  state: EvacuationState;
  ordered_at: Instant;
  ordered_by: string | null;
  due_at: Instant;
  minutes: number;
  basis: string;
  verified: boolean;
  teams: EvacuationTeam[];
  called: number;
  confirmed: number;
  headcount: number;
  unaccounted: number;
  is_overdue: boolean;
  rounds: number;
  ended_at: Instant | null;
  ended_by: string | null;
  end_reason: string | null;
  home_site: string;
  version: number;
}

/** Whom an evacuation would call now, and how long they would have. */
export interface EvacuationPlan {
  items: EvacuationTeam[];
  minutes: number;
  basis: string;
  verified: boolean;
}

export type CommandPostState = "open" | "closed";

export interface CommandGroup {
  id: string;
  name: string;
  leader_name: string | null;
  /** Only in the answer of the API, for those who command there. */
  phone?: string | null;
}

export interface Attendance {
  id: string;
  name: string;
  organisation: string;
  group_id: string | null;
  signed_at: Instant;
  left_at: Instant | null;
}

export interface CommandPost {
  id: string;
  incident_id: string;
  incident_number: string;
  incident_title: string;
  name: string;
  state: CommandPostState;
  lon: number | null;
  lat: number | null;
  text: string | null;
  commander_name: string;
  commander_post: string | null;
  set_up_at: Instant;
  groups: CommandGroup[];
  attendance: Attendance[];
  present: number;
  closed_at: Instant | null;
  close_reason: string | null;
  home_site: string;
  version: number;
}

export type ReceiverState = "sent" | "received" | "done" | "refused";

export interface ReceiverWord {
  state: ReceiverState;
  at: Instant;
  recorded_at: Instant;
  by_name: string | null;
  note: string | null;
}

export interface OrderReceiver {
  key: string;
  name: string;
  assignment_id: string | null;
  unit_id: string | null;
  state: ReceiverState;
  at: Instant | null;
  note: string | null;
  words: ReceiverWord[];
}

export interface CommandOrder {
  id: string;
  number: string;
  incident_id: string;
  incident_number: string;
  incident_title: string;
  post_id: string | null;
  content: string;
  issued_at: Instant;
  issued_by: string;
  due_at: Instant | null;
  receivers: OrderReceiver[];
  is_settled: boolean;
  receipt_due_at: Instant | null;
  is_unreceipted: boolean;
  is_overdue: boolean;
  home_site: string;
  version: number;
}

/** 应急响应级别: neither the incident's grade nor a warning's colour. */
export type ResponseLevel = "1" | "2" | "3" | "4";
export type ActivationState = "active" | "ended";

export interface ActivationStep {
  at: Instant;
  level: ResponseLevel;
  expected_until: Instant;
  by_name: string | null;
  reason: string | null;
  authority_reference: string | null;
}

export interface Activation {
  id: string;
  incident_id: string | null;
  incident_number: string | null;
  incident_title: string | null;
  plan_text: string | null;
  matter: string;
  level: ResponseLevel;
  state: ActivationState;
  measures: string;
  areas: string[];
  authority_reference: string | null;
  started_at: Instant;
  started_by: string | null;
  expected_until: Instant;
  /** The expected end passed and nobody has extended or ended it yet. */
  is_overdue: boolean;
  steps: ActivationStep[];
  ended_at: Instant | null;
  ended_by: string | null;
  end_reason: string | null;
  home_site: string;
  version: number;
}
