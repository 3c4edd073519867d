"""An incident as a value: what it is, what it is called, and which step it may take next."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any

from shared.contracts.events.grading import CasualtyWindow, CommandTransfer, Figure, Grading
from shared.contracts.events.intake import IncidentSource, IncidentStatus, Observation, RelayChannel, UnitReport
from shared.contracts.levels import IncidentGrade
from shared.kernel.district import incident_types, townships
from shared.kernel.errors import Conflict
from shared.kernel.geo import SourceCrs

MAX_TITLE = 200
_EXCERPT = 40
_UNTITLED = "待核实事件"

TRANSITIONS: dict[IncidentStatus, frozenset[IncidentStatus]] = {
    IncidentStatus.REPORTED: frozenset(
        {IncidentStatus.ACTIVE, IncidentStatus.RECOVERING, IncidentStatus.CLOSED, IncidentStatus.MERGED}
    ),
    IncidentStatus.ACTIVE: frozenset({IncidentStatus.RECOVERING, IncidentStatus.CLOSED, IncidentStatus.MERGED}),
    IncidentStatus.RECOVERING: frozenset({IncidentStatus.ACTIVE, IncidentStatus.CLOSED, IncidentStatus.MERGED}),
    IncidentStatus.CLOSED: frozenset({IncidentStatus.ACTIVE}),
    IncidentStatus.MERGED: frozenset({IncidentStatus.REPORTED, IncidentStatus.ACTIVE, IncidentStatus.RECOVERING}),
}
"""From a status to those that may follow; `closed`, `recovering` and `merged` are left by acts that say why."""

CASUALTY_FIELDS = ("dead", "missing", "serious", "injured", "trapped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """The state of one incident, without its caller. Points are WGS 84; counts are None when not known."""

    id: str
    number: str
    version: int
    type_code: str | None
    title: str
    status: IncidentStatus
    grade: IncidentGrade | None
    possible_grade: IncidentGrade | None
    sensitive: bool
    sensitive_reasons: tuple[str, ...]
    occurred_at: datetime
    received_at: datetime
    closed_at: datetime | None
    updated_at: datetime
    source: IncidentSource
    home_site: str
    lon: float | None
    lat: float | None
    source_crs: SourceCrs
    place_text: str | None
    township: str | None
    dead: int | None
    missing: int | None
    serious: int | None
    injured: int | None
    trapped: int | None
    description: str | None
    merged_into: str | None
    status_before_merge: IncidentStatus | None
    created_by: str
    created_by_name: str
    on_behalf_of_site: str | None = None
    relay_channel: RelayChannel | None = None
    continues: str | None = None
    loss_yuan: int | None = None
    burnt_hectares: float | None = None
    acute_poisoned: int | None = None
    first_public_at: datetime | None = None
    first_public_where: str | None = None
    grading: Grading | None = None
    clock_grade: IncidentGrade | None = None
    figures: tuple[Figure, ...] = ()
    casualty_window: CasualtyWindow | None = None
    command_transfer: CommandTransfer | None = None
    unit_report: UnitReport | None = None
    observation: Observation | None = None

    @property
    def type_name(self) -> str | None:
        """The name of the type in the classification, None for a code that it does not know."""
        return type_name(self.type_code)


FIELDS = tuple(field.name for field in fields(Incident))

_PUBLIC_NAMES = {
    "lon": "location.lon",
    "lat": "location.lat",
    "source_crs": "location.source_crs",
    "place_text": "location.text",
    "township": "location.township",
    **{name: f"casualties.{name}" for name in CASUALTY_FIELDS},
}
_BOOKKEEPING = {
    "version", "updated_at", "status_before_merge", "grading", "clock_grade", "figures", "casualty_window",
    "command_transfer", "unit_report", "observation",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, by its name on the wire (`casualties.dead`)."""

    field: str
    before: object
    after: object


def changes(before: Incident, after: Incident) -> list[FieldChange]:
    """What differs between two states of an incident, bookkeeping left out."""
    found = [
        FieldChange(_PUBLIC_NAMES.get(name, name), getattr(before, name), getattr(after, name))
        for name in FIELDS
        if name not in _BOOKKEEPING and getattr(before, name) != getattr(after, name)
    ]
    return [*found, *_by_name(before, after, {one.field for one in found})]


def _by_name(before: Incident, after: Incident, told: set[str]) -> list[FieldChange]:
    """What is too large for a line: its name alone. A new grade says enough of how it was found."""
    old, new = before.grading or Grading(), after.grading or Grading()
    has_other_reason = (old.manual_grade, old.reason, old.said) != (new.manual_grade, new.reason, new.said)
    late = before.casualty_window.late if before.casualty_window else []
    differs = {
        "grading": has_other_reason and not told & {"grade", "possible_grade"},
        "figures": before.figures != after.figures,
        "casualty_window": late != (after.casualty_window.late if after.casualty_window else []),
        "command_transfer": before.command_transfer != after.command_transfer,
    }
    return [FieldChange(name, None, None) for name, is_other in differs.items() if is_other]


@cache
def _type_names() -> dict[str, str]:
    return {kind.code: kind.name for kind in incident_types()}


@cache
def township_names() -> dict[str, str]:
    """Township code to name."""
    return {township.code: township.name for township in townships()}


def type_name(code: str | None) -> str | None:
    """The name of a type code, None when the classification does not know it."""
    return None if code is None else _type_names().get(code)


def needs_grade(type_code: str | None) -> bool:
    """Whether the law's four grades apply: to natural, accident and health classes, not to 14… (突发事件应对法 §3)."""
    return type_code is None or type_code.startswith(("11", "12", "13"))


def type_prefix(code: str) -> str:
    """The start that all codes beneath this one share: class `11000` → `11`, group `11A00` → `11A`."""
    if code in {"10000", "00000"}:
        return ""
    return code[:2] if code.endswith("000") else code[:3] if code.endswith("00") else code


def default_title(type_code: str | None, place_text: str | None, township: str | None, description: str | None) -> str:
    """A title from what is known: type and place, else the start of the description."""
    place = place_text or township_names().get(township or "")
    parts = [part for part in (type_name(type_code), place) if part]
    if not parts and description:
        parts = [description[:_EXCERPT]]
    return " · ".join(parts)[:MAX_TITLE] or type_code or _UNTITLED


def incident_number(prefix: str, hub: str, site: str, day: date, serial: int) -> str:
    """`DX-20250129-0007` at the hub, `DX-YUFA-20250129-0002` elsewhere; serials restart with each civil day."""
    place = "" if site == hub else f"{site.upper()}-"
    return f"{prefix}-{place}{day:%Y%m%d}-{serial:04d}"


def require_step(incident: Incident, target: IncidentStatus) -> None:
    """Let an incident go to `target`, or say why it may not.

    Raises:
        Conflict: `incident.merged`, or `incident.transition_refused` with `from`, `to` and `allowed`.
    """
    if incident.status is IncidentStatus.MERGED:
        raise Conflict("incident.merged", merged_into=incident.merged_into)
    allowed = TRANSITIONS[incident.status]
    if target not in allowed:
        raise refused_step(incident.status, target, allowed)


def refused_step(status: IncidentStatus, target: IncidentStatus, allowed: Iterable[IncidentStatus]) -> Conflict:
    """The error that names the step and those that would be allowed."""
    steps: dict[str, Any] = {"from": status.value, "to": target.value, "allowed": sorted(one.value for one in allowed)}
    return Conflict("incident.transition_refused", **steps)
