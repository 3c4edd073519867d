import type { Instant } from "./common";
import type { DutyHandover } from "./duty";

export type DutyPost = "duty_leader" | "chief_officer" | "duty_officer" | "government_leader";

export interface Person {
  id: string;
  name: string;
  organisation: string | null;
  phone: string | null;
  phone2: string | null;
  account: string | null;
  deputy_id: string | null;
  version: number;
}

export type PersonDraft = Partial<Omit<Person, "id" | "version">> & { name: string };

export interface Shift {
  id: string;
  post: DutyPost;
  person_id: string;
  person_name: string;
  starts_at: Instant;
  ends_at: Instant;
  period_kind: string;
  note: string | null;
  cancelled: boolean;
  version: number;
}

export interface ShiftDraft {
  post: DutyPost;
  person_id: string;
  starts_at: Instant;
  ends_at: Instant;
  note?: string | null;
}

export interface OnDutyPerson {
  person_id: string;
  name: string;
  phone: string | null;
  organisation: string | null;
  account: string | null;
  deputy: string | null;
  shift_id: string;
  starts_at: Instant;
  ends_at: Instant;
}

export interface OnDutyPost {
  post: DutyPost;
  label: string;
  people: OnDutyPerson[];
}

export interface RosterGap {
  post: DutyPost;
  code: string;
  detail?: string;
  required: number;
  present: number;
  basis: string;
  verified: boolean;
  starts_at?: Instant;
  ends_at?: Instant;
}

/** The shift has changed by the roster and nobody has begun to hand the post over. */
export interface UnhandedPost {
  post: DutyPost;
  post_label: string;
  at: Instant;
  from_names: string[];
  to_names: string[];
}

export interface OnDuty {
  at: Instant;
  period_kind: string;
  holiday_name: string | null;
  /** Under way: until the incoming person has signed, `responsible` is the outgoing one. */
  handovers: Pick<DutyHandover, "id" | "post" | "post_label" | "from_name" | "to_name" | "at" | "state" | "responsible">[];
  unhanded: UnhandedPost[];
  posts: OnDutyPost[];
  gaps: RosterGap[];
}

export interface DutyCard {
  date: string;
  weekday: string | number;
  period_kind: string | null;
  posts: OnDutyPost[];
  gaps: RosterGap[];
  contacts: { name: string; phone: string | null; organisation?: string | null }[];
}
