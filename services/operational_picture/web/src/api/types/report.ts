/** Information reporting (信息报送): reports to superiors, their clocks, the rules and the templates. */
import type { IncidentGrade } from "./incident";
import type { Instant } from "./common";

export type ReportKind = "initial" | "follow_up" | "final" | "special" | "bulletin" | "daily" | "support_request";
export type ReportState = "draft" | "review" | "signed" | "sent" | "receipted";
export type SendChannel = "phone" | "fax" | "network" | "written";
export type ReportLeg = "unit_district" | "township_district" | "district_city";
export type ClockChannel = "phone" | "written" | "detail" | "follow_up" | "final" | "daily";
export type ClockFrom = "occurred" | "received" | "closed" | "daily";
export type ReportClockState = "running" | "met" | "met_late" | "overdue" | "cancelled";
export type ReportValue = string | number | null;
export type ReportValues = Record<string, ReportValue>;

export interface ReportGap {
  field: string;
  label: string;
}

/** What a follow-up says anew; numbers are marked. */
export interface ReportChange {
  field: string;
  label: string;
  before: string | number | null;
  after: string | number | null;
  numeric: boolean;
}

export type SupportReply = "granted" | "partly" | "refused";

/** What superiors answered to a request for support. */
export interface SupportAnswer {
  reply: SupportReply;
  by: string;
  at: Instant;
  note: string | null;
}

export interface PhoneReport {
  at: Instant;
  to: string;
  by_name: string | null;
}

/** What the facts of the incident say since the draft was made. */
export interface ReportNews {
  field: string;
  label: string;
  value: string | number | null;
}

export interface ReportStep {
  at: Instant;
  actor_name: string | null;
  act: string;
  from: string | null;
  to: string;
  note: string | null;
}

export interface Report {
  id: string;
  incident_id: string | null;
  incident_number: string | null;
  incident_title: string | null;
  kind: ReportKind;
  serial: number;
  title: string;
  state: ReportState;
  version: number;
  revision: number;
  fields: ReportValues;
  gaps: ReportGap[];
  changes: ReportChange[];
  newer: ReportNews[];
  day: string | null;
  township: string | null;
  township_name: string | null;
  document_number: string | null;
  signer_name: string | null;
  signed_at: Instant | null;
  sent_at: Instant | null;
  sent_to: string | null;
  sent_channel: SendChannel | null;
  receipted_at: Instant | null;
  receipted_by: string | null;
  phone: PhoneReport | null;
  answer: SupportAnswer | null;
  /** 晚于舆情; told_at is null while nobody has been told. */
  behind_public: { first_public_at: Instant; told_at: Instant | null } | null;
  created_by_name: string;
  created_at: Instant;
  updated_at: Instant;
  supersedes: string | null;
  superseded_by: string | null;
  home_site: string;
  exercise: boolean;
  /** The steps that it may go now, "phone" and "revise" among them. */
  allowed: string[];
  /** The site that reports since the incident was handed over, if it is another one than this report's. */
  reported_by: string | null;
  history: ReportStep[];
}

export interface ReportClock {
  id: string;
  incident_id: string | null;
  incident_number: string | null;
  incident_title: string | null;
  township: string | null;
  township_name: string | null;
  day: string | null;
  rule_id: string;
  leg: ReportLeg;
  channel: ClockChannel;
  clock_from: ClockFrom;
  starts_at: Instant;
  due_at: Instant;
  state: ReportClockState;
  met_at: Instant | null;
  report_id: string | null;
  basis: string;
  verified: boolean;
  minutes: number;
  /** Where it goes on since the incident was handed over; it counts here no more, a delay stays one. */
  passed_to: string | null;
  passed_to_name: string | null;
  passed_at: Instant | null;
}

/** Who reports on an incident, and which kinds of reports its former homes have told already. */
export interface Reporter {
  site: string;
  site_name: string;
  is_here: boolean;
  /** This site was a home of it and has handed it over. */
  was_here: boolean;
  told: ReportKind[];
}

export interface ReportQuery {
  incident_id?: string;
  kind?: readonly ReportKind[];
  state?: readonly ReportState[];
  since?: Instant;
  until?: Instant;
  q?: string;
  after?: string;
  limit?: number;
}

export interface ReportRule {
  id: string;
  leg: ReportLeg;
  channel: ClockChannel;
  clock_from: ClockFrom;
  /** Of a daily rule: minutes after midnight. */
  minutes: number;
  remind_minutes: number;
  basis: string;
  verified: boolean;
  enabled: boolean;
  grade_at_least: IncidentGrade | null;
  grade_below: IncidentGrade | null;
  [more: string]: unknown;
}

/** What stands on every paper. */
export interface ReportHeading {
  issuer: string;
  main_to: string;
  copy_to: string;
  copy_to_accident: string;
  phone: string;
  number_words: string;
}

export interface ReportRules {
  rules: ReportRule[];
  heading: ReportHeading;
  version: number;
  updated_at: Instant | null;
  updated_by: string | null;
}

export interface ReportTemplate {
  kind: ReportKind;
  /** The product's own is in force. */
  is_default: boolean;
  version: number;
  filename: string | null;
  uploaded_at: Instant | null;
  uploaded_by: string | null;
}

export interface ReportFailures {
  late: ReportClock[];
  missed: ReportClock[];
  /** What units owed the district: no failure of ours. */
  units: ReportClock[];
  totals: { due: number; in_time: number; late: number; missed: number };
  /** False: there were more than one answer holds. */
  complete: boolean;
}
