"""When a thing stops being shown. What is over stays for a while, what never counted vanishes at once."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.operational_picture.domain.limits import PictureLimits
from shared.kernel.clock import parse_time

AT_ONCE: Final = datetime.min.replace(tzinfo=UTC)
_OVER: Final = frozenset({"superseded", "cancelled", "expired"})
_SETTLED: Final = {
    "conflict": frozenset({"decided"}),
    "check": frozenset({"closed"}),
    "command_post": frozenset({"closed"}),
    "evacuation": frozenset({"ended"}),
    "activation": frozenset({"ended"}),
}
_ANSWERED: Final = frozenset({"acknowledged", "cancelled"})


def leaves_at(
    kind: str, properties: Mapping[str, Any], recorded_at: datetime, limits: PictureLimits
) -> datetime | None:
    """The moment from which it is not shown any more, `AT_ONCE`, or None while nothing ends it.

    An exhausted call stays: it alarms until a person takes it over.
    """
    match kind:
        case "incident":
            return _incident(properties, recorded_at, limits)
        case "warning":
            return AT_ONCE if properties["state"] in _OVER else _moment(properties["expires"])
        case "assignment":
            return None if properties["active"] is not False else recorded_at + limits.ended_assignment_stays.value
        case "notification":
            return recorded_at + limits.answered_call_stays.value if properties["state"] in _ANSWERED else None
        case "shift":
            return AT_ONCE if properties["cancelled"] is True else _after(properties["ends_at"], limits)
        case _:
            return _settled(kind, properties, recorded_at, limits)


def _settled(kind: str, properties: Mapping[str, Any], recorded_at: datetime, limits: PictureLimits) -> datetime | None:
    """What a person settles stays until then, a request until it has run out; and a while longer, to be seen."""
    until = None
    if kind == "call":
        return _call(properties, recorded_at, limits)
    if kind == "mark":
        return AT_ONCE if properties["removed_at"] is not None else None
    if kind == "wind":
        return (_moment(properties["at"]) or recorded_at) + limits.wind_stays.value
    if kind == "request":
        until = _moment(properties["answered_at"]) or _moment(properties["valid_until"])
    elif kind == "order":
        until = (_moment(properties["issued_at"]) or recorded_at) + limits.order_stays.value
    elif kind in _SETTLED and properties["state"] in _SETTLED[kind]:
        until = recorded_at
    return until + limits.settled_stays.value if until is not None else None


def _incident(properties: Mapping[str, Any], recorded_at: datetime, limits: PictureLimits) -> datetime | None:
    if properties["status"] == "merged":
        return AT_ONCE  # it lives on in the incident that it was merged into
    if properties["status"] == "closed":
        return (_moment(properties["closed_at"]) or recorded_at) + limits.closed_incident_stays.value
    return None


def _call(properties: Mapping[str, Any], recorded_at: datetime, limits: PictureLimits) -> datetime | None:
    """What waits for a decision stays; what belongs to an incident shows for a while where many called."""
    match properties["outcome"]:
        case "transferred" | "false_alarm":
            return recorded_at + limits.settled_stays.value
        case "new" | "linked":
            return (_moment(properties["received_at"]) or recorded_at) + limits.linked_call_stays.value
        case _:
            return None


def _moment(text: object) -> datetime | None:
    """The time in a payload; one that cannot be read must not hide the thing it belongs to."""
    try:
        return parse_time(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _after(text: object, limits: PictureLimits) -> datetime | None:
    end = _moment(text)
    stays: timedelta = limits.ended_shift_stays.value
    return None if end is None else end + stays
