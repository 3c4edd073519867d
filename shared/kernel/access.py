"""Who may do what: one typed table of role × action. Every route names the action it needs."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is in the duty system; an account may have several."""

    DUTY_OFFICER = "duty_officer"
    DUTY_LEADER = "duty_leader"
    DISPATCHER = "dispatcher"
    TERRITORY_OFFICER = "territory_officer"
    TEAM_LEADER = "team_leader"
    OPS = "ops"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Action(StrEnum):
    """One thing that a route does."""

    INCIDENT_READ = "incident_read"
    INCIDENT_WRITE = "incident_write"
    INCIDENT_CLOSE = "incident_close"
    CALLER_READ = "caller_read"
    WARNING_READ = "warning_read"
    WARNING_IMPORT = "warning_import"
    UNIT_READ = "unit_read"
    UNIT_WRITE = "unit_write"
    ASSIGNMENT_WRITE = "assignment_write"
    UNIT_STATUS = "unit_status"
    ROSTER_READ = "roster_read"
    ROSTER_WRITE = "roster_write"
    HANDOVER_SIGN = "handover_sign"
    ROLL_CALL = "roll_call"
    NOTIFICATION_READ = "notification_read"
    NOTIFICATION_ACK = "notification_ack"
    NOTIFICATION_CANCEL = "notification_cancel"
    PICTURE_READ = "picture_read"
    ACCOUNT_ADMIN = "account_admin"
    AUDIT_READ = "audit_read"
    OPS_READ = "ops_read"
    OPS_WRITE = "ops_write"
    REPORT_READ = "report_read"
    REPORT_WRITE = "report_write"
    REPORT_SIGN = "report_sign"
    WARNING_ISSUE = "warning_issue"
    SETTINGS_WRITE = "settings_write"
    PERSONAL_DATA = "personal_data"
    ARCHIVE_EXPORT = "archive_export"
    COMMAND_WRITE = "command_write"
    FACILITY_WRITE = "facility_write"
    FACILITY_CONTACT = "facility_contact"
    SESSION_OWN = "session_own"
    ACTIVATION_SIGN = "activation_sign"


_EVERYONE = frozenset({Action.SESSION_OWN, Action.PICTURE_READ, Action.INCIDENT_READ, Action.WARNING_READ})
_STAFF = _EVERYONE | {
    Action.UNIT_READ,
    Action.ROSTER_READ,
    Action.NOTIFICATION_READ,
    Action.NOTIFICATION_ACK,
    Action.REPORT_READ,
    Action.FACILITY_CONTACT,
}
_DESK = _STAFF | {
    Action.INCIDENT_WRITE,
    Action.INCIDENT_CLOSE,
    Action.CALLER_READ,
    Action.WARNING_IMPORT,
    Action.ASSIGNMENT_WRITE,
    Action.UNIT_STATUS,
    Action.NOTIFICATION_CANCEL,
    Action.REPORT_WRITE,
    Action.WARNING_ISSUE,
    Action.COMMAND_WRITE,
    Action.HANDOVER_SIGN,
    Action.ROLL_CALL,
}

ALLOWED: dict[Role, frozenset[Action]] = {
    Role.DUTY_OFFICER: _DESK,
    Role.DUTY_LEADER: _DESK
    | {
        Action.ROSTER_WRITE,
        Action.AUDIT_READ,
        Action.REPORT_SIGN,
        Action.SETTINGS_WRITE,
        Action.PERSONAL_DATA,
        Action.ARCHIVE_EXPORT,
        Action.FACILITY_WRITE,
        Action.ACTIVATION_SIGN,
    },
    Role.DISPATCHER: _STAFF
    | {Action.ASSIGNMENT_WRITE, Action.UNIT_STATUS, Action.UNIT_WRITE, Action.COMMAND_WRITE, Action.FACILITY_WRITE},
    Role.TERRITORY_OFFICER: _STAFF | {Action.INCIDENT_WRITE, Action.UNIT_STATUS, Action.REPORT_WRITE},
    Role.TEAM_LEADER: _EVERYONE
    | {Action.UNIT_READ, Action.UNIT_STATUS, Action.NOTIFICATION_READ, Action.NOTIFICATION_ACK},
    Role.OPS: frozenset(
        {
            Action.SESSION_OWN,
            Action.PICTURE_READ,
            Action.OPS_READ,
            Action.OPS_WRITE,
            Action.UNIT_READ,
            Action.ROSTER_READ,
        }
    ),
    Role.AUDITOR: frozenset({Action.SESSION_OWN, Action.AUDIT_READ, Action.OPS_READ, Action.ARCHIVE_EXPORT}),
    Role.ADMIN: frozenset(Action),
}
"""The administrator may do everything: on the first evening there is nobody else."""


def may(roles: frozenset[Role], action: Action) -> bool:
    """Whether any of the roles allows the action."""
    return any(action in ALLOWED[role] for role in roles)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the account behind a request, as it was when its session was last checked.

    Args:
        territory: township code for a territory officer, who sees and takes only that township's incidents.
        unit_id: for a team leader, the one unit whose status may be reported.
        person_id: the person of the roster behind the account, if any.
    """

    account_id: str
    username: str
    name: str
    roles: frozenset[Role]
    territory: str | None = None
    person_id: str | None = None
    unit_id: str | None = None
    must_change_password: bool = False

    def may(self, action: Action) -> bool:
        """Whether this account's roles allow the action."""
        return may(self.roles, action)

    @property
    def bound_territory(self) -> str | None:
        """The township this account is limited to, or None when a wider role lifts the limit."""
        return self.territory if self.roles <= {Role.TERRITORY_OFFICER, Role.TEAM_LEADER} else None
