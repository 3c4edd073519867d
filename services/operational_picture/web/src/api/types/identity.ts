import type { Instant } from "./common";

export type Role =
  | "duty_officer" | "duty_leader" | "dispatcher" | "territory_officer" | "team_leader" | "ops" | "auditor" | "admin";

export type Action =
  | "incident_read" | "incident_write" | "incident_close" | "caller_read"
  | "warning_read" | "warning_import" | "unit_read" | "unit_write" | "assignment_write" | "unit_status"
  | "roster_read" | "roster_write" | "handover_sign" | "roll_call" | "notification_read" | "notification_ack" | "notification_cancel"
  | "report_read" | "report_write" | "report_sign" | "warning_issue" | "settings_write" | "personal_data" | "archive_export" | "command_write"
  | "facility_write" | "facility_contact"
  | "picture_read" | "account_admin" | "audit_read" | "ops_read" | "ops_write" | "session_own"
  | "activation_sign";

export interface Account {
  id: string;
  username: string;
  name: string;
  roles: Role[];
  territory: string | null;
  person_id: string | null;
  unit_id: string | null;
  must_change_password: boolean;
  disabled: boolean;
}

export interface Session {
  account: Account;
  /** What this account's roles allow, as the server counts them. */
  actions: Action[];
  /** If nobody acts any more. */
  expires_at: Instant;
  /** Whatever is done. */
  latest_at: Instant;
  now: Instant;
  site: string;
  site_name: string;
  exercise: boolean;
}

export interface AccountDraft {
  username: string;
  name: string;
  roles: Role[];
  territory?: string | null;
  person_id?: string | null;
  unit_id?: string | null;
  password?: string;
}

export type AccountChange = Partial<Omit<AccountDraft, "username" | "password">> & { disabled?: boolean };

export interface AuditEntry {
  id: string;
  at: Instant;
  actor_name: string | null;
  action: string;
  target: string | null;
  outcome: string;
  address: string | null;
  detail: Record<string, unknown> | null;
}
