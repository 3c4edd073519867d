"""Personal data of the caller: shown masked unless somebody's duty needs them (突发事件应对法 §85)."""

from dataclasses import dataclass, fields
from datetime import datetime

PURPOSE = "incident_handling"
"""What callers' data may be used for, and nothing else (突发事件应对法 §85)."""

MASK = "*"
_SHOWN = 7
_SHORT_PHONE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who called. `destroy_after` is None until the incident has ended."""

    name: str | None
    phone: str | None
    organisation: str | None
    note: str | None
    purpose: str = PURPOSE
    recorded_at: datetime
    destroy_after: datetime | None = None


CALLER_FIELDS = ("name", "phone", "organisation", "note")
CALLER_COLUMNS = tuple(field.name for field in fields(Caller))


def mask_name(name: str | None) -> str | None:
    """The surname's first character, the rest hidden."""
    return None if not name else name[0] + MASK * max(1, len(name) - 1)


def mask_phone(phone: str | None) -> str | None:
    """First three and last four digits; a short number shows its last two at most."""
    if not phone:
        return None
    if len(phone) <= _SHORT_PHONE:
        return MASK * min(len(phone), max(3, len(phone) - 2)) + phone[3:][-2:]
    return phone[:3] + MASK * (len(phone) - _SHOWN) + phone[-4:]


def masked(caller: Caller) -> dict[str, str | None]:
    """The caller as anybody may see; the note is left out, since it may say anything about a person."""
    return {
        "name": mask_name(caller.name),
        "phone": mask_phone(caller.phone),
        "organisation": caller.organisation,
        "note": None,
    }


def unmasked(caller: Caller) -> dict[str, str | None]:
    """The caller as given. INVARIANT: every use of this is written to `caller_access`."""
    return {name: getattr(caller, name) for name in CALLER_FIELDS}
