import type { Instant } from "./common";
import type { DutyPost } from "./roster";

export interface DutySignature {
  at: Instant;
  name: string;
  account: string;
}

export type DutyHandoverState = "open" | "signed_out" | "signed_in" | "cancelled";
export type HandoverItemKind = "incident" | "report_clock" | "notification" | "check";

export interface HandoverItem {
  id: string;
  kind: HandoverItemKind;
  ref: string | null;
  text: string;
  due_at: Instant | null;
  done: boolean;
  note: string | null;
  confirmed: boolean;
  /** It came after the outgoing person had signed. */
  is_added: boolean;
}

export interface DutyHandover {
  id: string;
  post: DutyPost;
  post_label: string;
  from_person_id: string;
  from_name: string;
  to_person_id: string;
  to_name: string;
  at: Instant;
  state: DutyHandoverState;
  state_label: string;
  opened_at: Instant;
  items: HandoverItem[];
  explanation: string | null;
  signed_out: DutySignature | null;
  signed_in: DutySignature | null;
  receipt_note: string | null;
  open_incidents: number;
  responsible: string;
  version: number;
}

export interface HandoverDraft {
  post: DutyPost;
  from_person: string;
  to_person: string;
  at?: Instant;
}

export type RollCallKind = "planned" | "random" | "video";
export type RollCallResult = "waiting" | "answered" | "stand_in" | "late" | "missed";

export interface RollCallUnit {
  code: string;
  name: string;
  person_id: string | null;
  person_name: string | null;
  leader_id: string | null;
  leader_name: string | null;
  result: RollCallResult;
  result_label: string;
  overdue: boolean;
  answered_at: Instant | null;
  answered_by: string | null;
  note: string | null;
}

export interface RollCallFigures {
  called: number;
  answered: number;
  stand_in: number;
  late: number;
  missed: number;
  waiting: number;
  /** Of those that are decided; null before anything is. */
  rate: number | null;
}

export interface RollCall extends RollCallFigures {
  id: string;
  kind: RollCallKind;
  kind_label: string;
  state: "running" | "finished";
  started_at: Instant;
  /** Null: the plan started it. */
  started_by: string | null;
  due_at: Instant;
  closes_at: Instant;
  timeout_seconds: number;
  basis: string;
  verified: boolean;
  seed: number | null;
  units: RollCallUnit[];
  version: number;
}

export interface RollCalls {
  items: RollCall[];
  next: string | null;
  total: RollCallFigures & { roll_calls: number };
}

export interface RollCallDraft {
  kind: RollCallKind;
  count?: number;
  targets?: string[];
}

export type ReliefState = "applied" | "agreed" | "approved" | "rejected";

export interface Relief {
  id: string;
  shift_id: string;
  post: DutyPost;
  post_label: string;
  from_name: string;
  to_person_id: string;
  to_name: string;
  from_at: Instant;
  until_at: Instant;
  reason: string;
  state: ReliefState;
  state_label: string;
  applied: DutySignature;
  agreed: DutySignature | null;
  decided: DutySignature | null;
  decision_reason: string | null;
  effective_at: Instant | null;
  version: number;
}

export interface ReliefDraft {
  shift_id: string;
  to_person_id: string;
  from_at: Instant;
  until_at?: Instant;
  reason: string;
}

/** What the bureau decided, and which version of it. */
export interface Decided {
  version: number;
  updated_at: Instant | null;
  updated_by: string | null;
}

export type DayKind = "workday" | "weekend" | "holiday" | "special_period";

export interface StaffingRule {
  day_kind: DayKind;
  post: DutyPost;
  count: number;
  basis: string;
  verified: boolean;
}

export interface Staffing extends Decided {
  rules: StaffingRule[];
}

export interface HandoverChecks extends Decided {
  checks: { id: string; text: string }[];
  basis: string;
  verified: boolean;
}

export interface RollCallPlan {
  day_kinds: DayKind[];
  start: string;
  until: string;
  every_minutes: number;
  kind: RollCallKind;
  count: number;
}

export interface RollCallRules extends Decided {
  count: number;
  timeout_seconds: number;
  close_after_seconds: number;
  plans: RollCallPlan[];
  basis: string;
  verified: boolean;
}

export interface RollCallContact {
  code: string;
  name: string;
  person_id: string | null;
  person_name: string | null;
  leader_id: string | null;
  leader_name: string | null;
}

export interface RollCallContacts extends Decided {
  contacts: RollCallContact[];
}

export interface CalendarDay {
  date: string;
  kind: string;
  name: string | null;
  basis?: string;
  published: boolean;
}
