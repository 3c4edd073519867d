"""A call as a value: one person or device told us something, once. It is kept whole whatever becomes of it."""

import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Self

from services.incident_intake.domain.caller import mask_name, mask_phone
from shared.contracts.events.calls import CallOutcome
from shared.contracts.events.intake import IncidentSource
from shared.kernel.clock import parse_time, wire_time
from shared.kernel.geo import SourceCrs

_SHORTEST_WITH_AREA = 10


@dataclass(frozen=True, slots=True)
class ToldOther:
    """Whom the caller had told before us, and when (电话接报登记要素)."""

    who: str
    at: datetime | None = None

    def json(self) -> dict[str, str | None]:
        """As it is kept and answered."""
        return {"who": self.who, "at": wire_time(self.at) if self.at else None}


@dataclass(frozen=True, slots=True)
class Transfer:
    """The call was passed on at once to whose duty it is (移送, 突发事件应对法 §60)."""

    to: str
    at: datetime
    by: str
    reason: str
    answered_by: str | None = None

    def json(self) -> dict[str, str | None]:
        """As it is kept and answered."""
        return {**asdict(self), "at": wire_time(self.at)}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """The same from the store."""
        return cls(**{**kept, "at": parse_time(kept["at"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. `name` to `post` are personal data, destroyed after the end; the rest is the bureau's record.

    Args:
        incident_id: the incident that was taken with it, or to which a person linked it.
        phone_digits: the number as it is compared, without anything but digits.
        closed_reason: why it was a false alarm.
        destroy_after: when the caller's data are to be destroyed; None while it goes on.
    """

    id: str
    number: str
    version: int
    incident_id: str | None
    outcome: CallOutcome
    received_at: datetime
    recorded_at: datetime
    recorded_by: str
    recorded_by_name: str
    source: IncidentSource
    name: str | None
    phone: str | None
    phone_digits: str | None
    organisation: str | None
    post: str | None
    said: str | None
    type_code: str | None
    lon: float | None
    lat: float | None
    source_crs: SourceCrs
    place_text: str | None
    township: str | None
    told_others: tuple[ToldOther, ...]
    transfer: Transfer | None
    closed_reason: str | None
    destroy_after: datetime | None

    @property
    def opened(self) -> str | None:
        """The incident that was taken with this call."""
        return self.incident_id if self.outcome is CallOutcome.NEW else None

    def taken_by(self, incident_id: str) -> "Call":
        """The same call, which has now opened an incident."""
        return self.next(incident_id=incident_id, outcome=CallOutcome.NEW, destroy_after=None)

    def next(self, **values: object) -> "Call":
        """The next version of the call."""
        return replace(self, version=self.version + 1, **values)  # type: ignore[arg-type]


CALL_COLUMNS = tuple(field.name for field in fields(Call))
PERSONAL = ("name", "phone", "phone_digits", "organisation", "post")


def phone_digits(phone: str | None) -> str | None:
    """The number as calls are compared by it: digits of any width only, without the country's code."""
    if not phone:
        return None
    digits = "".join(char for char in unicodedata.normalize("NFKC", phone) if char.isascii() and char.isdigit())
    for start in ("0086", "86"):
        if digits.startswith(start) and len(digits) - len(start) >= _SHORTEST_WITH_AREA:
            digits = digits.removeprefix(start)
            break
    return digits or None


def call_number(prefix: str, hub: str, site: str, day: date, serial: int) -> str:
    """`DX-J20250129-0007` at the hub, `DX-YUFA-J20250129-0002` elsewhere; serials restart with each civil day."""
    place = "" if site == hub else f"{site.upper()}-"
    return f"{prefix}-{place}J{day:%Y%m%d}-{serial:04d}"


def series_of(day: date) -> str:
    """The series of numbers from which calls of that day take theirs, beside that of incidents."""
    return f"J{day:%y%m%d}"


def first_number(incident_number: str) -> str:
    """The number of the call with which an incident was taken: the incident's own, so that it costs no counter."""
    return f"{incident_number}-J"


def masked_caller(call: Call) -> dict[str, str | None]:
    """The caller as anybody may see."""
    return {
        "name": mask_name(call.name),
        "phone": mask_phone(call.phone),
        "organisation": call.organisation,
        "post": call.post,
    }


def open_caller(call: Call) -> dict[str, str | None]:
    """The caller as given. INVARIANT: every use of this is written to `caller_access`."""
    return {"name": call.name, "phone": call.phone, "organisation": call.organisation, "post": call.post}


def has_caller(call: Call) -> bool:
    """Whether anything is known of who called."""
    return any((call.name, call.phone, call.organisation, call.post))


def tally(calls: Iterable[Call]) -> dict[str, int]:
    """How many calls came to what."""
    counts = dict.fromkeys((outcome.value for outcome in CallOutcome), 0)
    for call in calls:
        counts[call.outcome.value] += 1
    return counts
