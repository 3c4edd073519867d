/** Mirrors shared/kernel/access.py, only to hide buttons that would be refused; the server decides. */
import type { Action, Role } from "@/api/types";

const EVERYONE: Action[] = ["session_own", "picture_read", "incident_read", "warning_read"];
const STAFF: Action[] = [...EVERYONE, "unit_read", "roster_read", "notification_read", "notification_ack"];
const DESK: Action[] = [
  ...STAFF, "incident_write", "incident_close", "caller_read", "warning_import", "assignment_write", "unit_status",
  "notification_cancel",
];
const LEADER: Action[] = [...DESK, "roster_write", "audit_read"];
const EVERYTHING: Action[] = [...LEADER, "unit_write", "account_admin", "ops_read", "ops_write"];

export const ALLOWED: Readonly<Record<Role, ReadonlySet<Action>>> = {
  duty_officer: new Set(DESK),
  duty_leader: new Set(LEADER),
  dispatcher: new Set<Action>([...STAFF, "assignment_write", "unit_status", "unit_write"]),
  territory_officer: new Set<Action>([...STAFF, "incident_write", "unit_status"]),
  team_leader: new Set<Action>([...EVERYONE, "unit_read", "unit_status", "notification_read", "notification_ack"]),
  ops: new Set<Action>(["session_own", "picture_read", "ops_read", "ops_write", "unit_read", "roster_read"]),
  auditor: new Set<Action>(["session_own", "audit_read", "ops_read"]),
  admin: new Set(EVERYTHING),
};
