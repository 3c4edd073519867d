import type { Instant } from "./common";
import type { IncidentGrade } from "./incident";

export type FigureField =
  | "dead" | "missing" | "serious" | "injured" | "trapped" | "acute_poisoned" | "loss_yuan" | "burnt_hectares";
export type GradingWay = "rules" | "by_hand" | "not_graded" | "untyped";
export type Commander = "district" | "city";

/** Where the grade comes from. */
export interface Grading {
  way: GradingWay;
  confirmed: IncidentGrade | null;
  possible: IncidentGrade | null;
  manual: boolean;
  manual_grade: IncidentGrade | null;
  reason: string | null;
  said: IncidentGrade | null;
  rule_id: string | null;
  metric: string | null;
  at_least: number | null;
  basis: string | null;
  source: string | null;
  verified: boolean;
  command: Commander | null;
  /** Dead and missing together, as they are reported upwards. */
  reported_deaths: number | null;
}

/** One number as one source gave it. */
export interface Figure {
  id: string;
  field: string;
  value: number;
  source: string;
  source_name: string | null;
  reported_at: Instant;
  recorded_at: Instant;
  occurred_at: Instant | null;
  chosen: boolean;
  chosen_by: string | null;
  settled: boolean;
  counted: boolean;
  note: string | null;
  recorded_by: string | null;
  from_incident: string | null;
}

export interface CasualtyWindow {
  days: number;
  basis: string;
  verified: boolean;
  ends_at: Instant;
  late: Figure[];
}

export interface CommandTransfer {
  due_since: Instant;
  done_at: Instant | null;
  done_by: string | null;
  to_whom: string | null;
  note: string | null;
}

/** What a person says the figures are, or became at `occurred_at`. */
export interface CasualtyStatement extends Partial<Record<FigureField, number | null>> {
  occurred_at?: Instant;
  source?: string;
  source_name?: string;
  note?: string;
  version?: number;
}

export interface FigureDraft {
  field: FigureField;
  value: number;
  source: string;
  source_name?: string;
  reported_at?: Instant;
  note?: string;
}

interface Sourced {
  basis: string;
  source: string;
  verified: boolean;
}

export interface GradingRow extends Sourced {
  id: string;
  group: string;
  scope: string[];
  metric: string;
  grade: IncidentGrade;
  at_least: number;
}

export interface GradingException extends Sourced {
  scope: string[];
  way: GradingWay;
}

export interface WindowRow extends Sourced {
  scope: string[];
  days: number;
}

export interface GradeLimit extends Sourced {
  grade: IncidentGrade;
}

export interface GradingRules {
  rows: GradingRow[];
  exceptions: GradingException[];
  windows: WindowRow[];
  sensitive: GradeLimit;
  command: GradeLimit;
  version: number;
  updated_at: Instant | null;
  updated_by: string | null;
}

export type GradingRulesChange = Omit<GradingRules, "version" | "updated_at" | "updated_by"> & { version?: number };
