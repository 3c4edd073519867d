"""The present state as one sheet of paper shows it: what is open, who is out, who is cut, who is on duty, who waits."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.operational_picture.domain.changes import Key, everything
from services.operational_picture.domain.picture import Picture
from shared.contracts.events.intake import STANDING
from shared.kernel.clock import parse_time

Row = Mapping[str, Any]
_WAITING = frozenset({"pending", "calling", "exhausted"})
_GRADES = ("I", "II", "III", "IV")
_AT_REST = frozenset({"standby", "unavailable"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed; rows are the public properties of features.

    Args:
        printed_at: now.
        as_of: until when everything stored is in it.
        incidents: open ones, the gravest first.
        forces: number of units sent to an incident, by its id.
        unit_states: how many units are in each state.
        units: those that are out, with the title of their incident.
        cut: townships whose site is not heard.
        connected: how many townships are heard.
        on_duty: names by post.
        calls: that nobody has answered, the oldest first.
        warnings: in force.
        marks: plotted and not lifted, with the title of their incident, the oldest first.
    """

    site_name: str
    exercise: bool
    printed_at: datetime
    as_of: datetime
    incidents: tuple[Row, ...]
    forces: Mapping[str, int]
    unit_states: Mapping[str, int]
    units: tuple[tuple[Row, str], ...]
    cut: tuple[Row, ...]
    connected: int
    on_duty: Mapping[str, tuple[str, ...]]
    calls: tuple[Row, ...]
    warnings: tuple[Row, ...]
    marks: tuple[tuple[Row, str], ...] = ()


def draw_sheet(picture: Picture, key: Key, now: datetime, as_of: datetime) -> Sheet:
    """The sheet as this key may see it.

    Args:
        as_of: until when everything stored is known to be in the picture.
    """
    rows = _by_kind(picture, key)
    assignments = [row for row in rows["assignment"] if row.get("active")]
    return Sheet(
        site_name=picture.site_name,
        exercise=picture.exercise,
        printed_at=now,
        as_of=as_of,
        incidents=_incidents(rows["incident"]),
        forces=Counter(str(row.get("incident_id")) for row in assignments),
        unit_states=Counter(str(row.get("status")) for row in rows["unit"]),
        units=_out(rows["unit"], assignments),
        cut=tuple(row for row in rows["territory"] if row["state"] == "disconnected"),
        connected=sum(row["state"] in {"connected", "degraded"} for row in rows["territory"]),
        on_duty=_on_duty(rows["shift"], now),
        calls=_calls(rows["notification"]),
        warnings=tuple(row for row in rows["warning"] if row.get("state") == "current"),
        marks=_marks(rows["mark"], rows["incident"]),
    )


def _by_kind(picture: Picture, key: Key) -> defaultdict[str, list[Row]]:
    """The kind stands in the feature's id: in the properties a unit and a notification have kinds of their own."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for feature in everything(picture, key).features:
        kind, _, ident = str(feature["id"]).partition(":")
        found[kind].append({**feature["properties"], "id": ident})
    return found


def _incidents(rows: Iterable[Row]) -> tuple[Row, ...]:
    found = [row for row in rows if row.get("status") in STANDING]
    found.sort(key=lambda row: str(row.get("received_at") or ""), reverse=True)
    found.sort(key=lambda row: _GRADES.index(row["grade"]) if row.get("grade") in _GRADES else len(_GRADES))
    return tuple(found)


def _out(units: Iterable[Row], assignments: Iterable[Row]) -> tuple[tuple[Row, str], ...]:
    titles = {str(row.get("unit_id")): str(row.get("incident_title") or "") for row in assignments}
    out = [(row, titles.get(str(row["id"]), "")) for row in units]
    return tuple(
        sorted(
            ((row, title) for row, title in out if title or row.get("status") not in _AT_REST),
            key=lambda pair: (pair[1], str(pair[0].get("name"))),
        )
    )


def _on_duty(shifts: Iterable[Row], now: datetime) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in shifts:
        if row.get("cancelled") or not parse_time(row["starts_at"]) <= now < parse_time(row["ends_at"]):
            continue
        post = str(row["post"])
        found[post] = (*found.get(post, ()), str(row["person_name"]))
    return found


def _calls(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted((row for row in rows if row.get("state") in _WAITING), key=lambda row: str(row["created_at"])))


def _marks(rows: Iterable[Row], incidents: Iterable[Row]) -> tuple[tuple[Row, str], ...]:
    titles = {str(row["id"]): str(row.get("title") or "") for row in incidents}
    return tuple(
        (row, titles.get(str(row.get("incident_id")), "") or str(row.get("incident_number") or ""))
        for row in sorted(rows, key=lambda row: str(row.get("drawn_at") or ""))
    )
