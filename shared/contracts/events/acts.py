"""Facts about acts that somebody answers for, where the act itself leaves no other name: told to the audit book."""

from enum import StrEnum
from typing import ClassVar

from shared.contracts.events.base import Fact

Detail = str | int | bool | None


class Act(StrEnum):
    """What was done."""

    UNITS_IMPORTED = "units_imported"
    PEOPLE_IMPORTED = "people_imported"
    SHIFTS_IMPORTED = "shifts_imported"
    POLICY_CHANGED = "policy_changed"
    GRADING_RULES_CHANGED = "grading_rules_changed"
    CALLER_READ = "caller_read"
    LIST_EXPORTED = "list_exported"
    ARCHIVE_EXPORTED = "archive_exported"
    PERSONAL_DATA_EXTENDED = "personal_data_extended"
    PERSONAL_DATA_DESTROYED = "personal_data_destroyed"
    DEAD_LETTER_RETRIED = "dead_letter_retried"
    DEAD_LETTER_DISCARDED = "dead_letter_discarded"
    SITE_ADDED = "site_added"
    SITE_REMOVED = "site_removed"
    REPORT_SIGNED = "report_signed"
    REPORT_SENT = "report_sent"
    REPORT_REVISED = "report_revised"
    REPORT_RULES_CHANGED = "report_rules_changed"
    TEMPLATE_CHANGED = "template_changed"
    TEMPLATE_RESET = "template_reset"
    WARNING_ISSUED = "warning_issued"
    WARNING_LIFTED = "warning_lifted"
    DUPLICATE_WINDOW_CHANGED = "duplicate_window_changed"
    GUIDANCE_CHANGED = "guidance_changed"
    WARNINGS_IMPORTED = "warnings_imported"
    PERSON_ADDED = "person_added"
    PERSON_CHANGED = "person_changed"
    SHIFT_ADDED = "shift_added"
    SHIFT_CHANGED = "shift_changed"
    SHIFT_CANCELLED = "shift_cancelled"
    CALENDAR_CHANGED = "calendar_changed"
    DUTY_SETTING_CHANGED = "duty_setting_changed"
    HANDOVER_SIGNED = "handover_signed"
    HANDOVER_CANCELLED = "handover_cancelled"
    RELIEF_DECIDED = "relief_decided"
    ROLL_CALL_STARTED = "roll_call_started"
    ACTIVATION_STARTED = "activation_started"
    ACTIVATION_ADJUSTED = "activation_adjusted"
    ACTIVATION_ENDED = "activation_ended"
    EVACUATION_ORDERED = "evacuation_ordered"
    EVACUATION_ENDED = "evacuation_ended"
    ORDER_ISSUED = "order_issued"
    UNIT_ADDED = "unit_added"
    UNIT_CHANGED = "unit_changed"
    FACILITIES_IMPORTED = "facilities_imported"
    FACILITY_ADDED = "facility_added"
    FACILITY_CHANGED = "facility_changed"
    FACILITY_RETIRED = "facility_retired"
    SITE_RENAMED = "site_renamed"
    CARD_TRUSTED = "card_trusted"
    BUNDLE_EXPORTED = "bundle_exported"
    BUNDLE_IMPORTED = "bundle_imported"
    BACKUP_MADE = "backup_made"
    BACKUP_RESTORED = "backup_restored"
    CERTIFICATE_MADE = "certificate_made"
    BROKER_PROVISIONED = "broker_provisioned"
    BROKER_KEYS_WRITTEN = "broker_keys_written"


class ActFact(Fact):
    """Sent by the service in which it was done. Heard by the same site's identity, which writes the audit book.

    `detail` names and counts things; never personal data, which stays where it is kept. The account is the envelope's
    `actorid`; without one it was done at the machine itself.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"{context}.act.done.v1" for context in ("intake", "dispatch", "roster", "notify", "ops", "report")
    )

    act: Act
    target: str | None = None
    success: bool = True
    detail: dict[str, Detail] = {}
    home_site: str
