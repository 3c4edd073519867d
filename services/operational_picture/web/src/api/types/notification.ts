import type { Instant } from "./common";
import type { DutyPost } from "./roster";

export type NotificationKind = "incident" | "manual" | "report_clock" | "step" | "roll_call" | "relief" | "evacuation"
  | "order" | "activation";
export type NotificationState = "pending" | "calling" | "acknowledged" | "cancelled" | "exhausted";
export type TargetState = "waiting" | "sent" | "delivered" | "failed" | "acknowledged";

export interface Attempt {
  at: Instant;
  channel: string;
  outcome: string;
  detail: string | null;
}

export interface Target {
  step: number;
  post: DutyPost | null;
  person_id: string | null;
  person_name: string | null;
  phone_masked: string | null;
  account: string | null;
  channel: string;
  state: TargetState;
  attempts: Attempt[];
}

export interface Notification {
  id: string;
  incident_id: string | null;
  incident_number: string | null;
  title: string;
  kind: NotificationKind;
  level: string | null;
  state: NotificationState;
  created_at: Instant;
  acknowledged_at: Instant | null;
  acknowledged_by: string | null;
  ack_note: string | null;
  next_due_at: Instant | null;
  step: number;
  steps_total: number;
  exercise: boolean;
  targets: Target[];
  version: number;
  home_site: string;
}

export interface NotificationDraft {
  incident_id?: string | null;
  title: string;
  post?: DutyPost;
  person_ids?: string[];
}

export interface PolicyStep {
  after_seconds: number;
  posts: DutyPost[];
  channels: string[];
  /** B 角 of those people are called too. */
  deputies: boolean;
}

export interface NotificationPolicy {
  steps: PolicyStep[];
  basis: string;
  verified: boolean;
  version: number;
  updated_at: Instant | null;
  updated_by: string | null;
  /** The ways of calling that this installation has. */
  available: string[];
}

export type PolicyChange = Pick<NotificationPolicy, "steps" | "basis" | "verified"> & { version?: number };
