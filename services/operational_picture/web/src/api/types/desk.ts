import type { CallRecord } from "./call";
import type { Instant } from "./common";
import type { IncidentRecord } from "./incident";

export interface DuplicateReason {
  code: string;
  params: Record<string, unknown>;
  text: string;
  /** It speaks against their being one. */
  against: boolean;
}

interface Likeness {
  score: number;
  reasons: DuplicateReason[];
  distance_m: number | null;
  minutes: number;
}

export type SimilarIncident = Likeness & { incident: IncidentRecord };
export type SimilarCall = Likeness & { call: CallRecord };

export interface DuplicateWindow {
  metres: number;
  minutes: number;
  basis: string;
  verified: boolean;
  version: number;
  updated_at: Instant | null;
  updated_by: string | null;
}

export interface Duplicates {
  items: SimilarIncident[];
  calls: SimilarCall[];
  window: DuplicateWindow;
}

export type Phase = "接" | "报" | "传" | "跟";

export interface Question {
  id: string;
  text: string;
  options: string[];
  /** The field of the report that the answer is, as `casualties.trapped`. */
  field: string | null;
  critical: boolean;
}

/** What must be true for a step to become due by itself. */
export interface StepWhen {
  night: boolean;
  below_c: number | null;
}

export interface ChecklistStep {
  id: string;
  phase: Phase;
  text: string;
  minutes: number;
  basis: string;
  verified: boolean;
  when: StepWhen | null;
}

export interface Guidance {
  type_code: string;
  type_name: string | null;
  title: string;
  questions: Question[];
  checklist: ChecklistStep[];
  is_default: boolean;
  has_default: boolean;
  version: number;
  updated_at: Instant | null;
  updated_by: string | null;
}

export interface AskedQuestion extends Question {
  answer: string | null;
  at: Instant | null;
  by: string | null;
}

export interface StepState extends ChecklistStep {
  /** Null while what it waits for has not come true. */
  due_at: Instant | null;
  applied_at: Instant | null;
  why: string | null;
  state: "open" | "done" | "not_applicable";
  at: Instant | null;
  by: string | null;
  reason: string | null;
  overdue: boolean;
}

export interface IncidentGuidance {
  incident_id: string;
  type_code: string;
  title: string;
  questions: AskedQuestion[];
  steps: StepState[];
  version: number;
}
