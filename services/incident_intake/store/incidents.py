"""Incidents and their numbers in the store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.incident_intake.domain.incident import FIELDS, Incident, type_prefix
from services.incident_intake.store.search import incidents_saying
from services.incident_intake.tables import IncidentRow, NumberSeriesRow
from shared.contracts.events.grading import CasualtyWindow, CommandTransfer, Figure, Grading
from shared.contracts.events.intake import (
    STANDING,
    IncidentSource,
    IncidentStatus,
    Observation,
    RelayChannel,
    UnitReport,
)
from shared.contracts.levels import IncidentGrade
from shared.kernel.geo import SourceCrs
from shared.kernel.words import terms
from shared.storage.prepared import Prepared

_TABLE = IncidentRow.__table__  # type: ignore[attr-defined]
_SERIES = NumberSeriesRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c

_INSERT = Prepared(insert(_TABLE), FIELDS)
_UPDATE = update(_TABLE).where(_C.id == bindparam("key"), _C.version == bindparam("seen"))
_BY_ID = Prepared(select(_TABLE).where(_C.id == bindparam("key")))
_MERGE = Prepared(select(_C.id, _C.merged_into).where(_C.id == bindparam("key")))
_MERGED_INTO = select(_C.id).where(_C.merged_into == bindparam("key"))
_NEXT = {
    name: Prepared(
        dialect.insert(_SERIES)
        .values(day=bindparam("day"), last=1)
        .on_conflict_do_update(index_elements=["day"], set_={"last": _SERIES.c.last + 1})
        .returning(_SERIES.c.last)
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
OPEN = tuple(status for status in IncidentStatus if status in STANDING)
_WORDS = (
    "status", "source", "source_crs", "grade", "possible_grade", "clock_grade", "status_before_merge", "relay_channel",
)  # fmt: skip
_RECORDS: dict[str, type[Grading | CasualtyWindow | CommandTransfer | UnitReport | Observation]] = {
    "grading": Grading,
    "casualty_window": CasualtyWindow,
    "command_transfer": CommandTransfer,
    "unit_report": UnitReport,
    "observation": Observation,
}


def _to_row(incident: Incident) -> dict[str, object]:
    row = {name: getattr(incident, name) for name in FIELDS}
    for name in _WORDS:
        value = row[name]
        row[name] = None if value is None else value.value
    row["sensitive_reasons"] = list(incident.sensitive_reasons)
    row["figures"] = [one.model_dump(mode="json") for one in incident.figures] or None
    for name in _RECORDS:
        record = getattr(incident, name)
        row[name] = None if record is None else record.model_dump(mode="json", exclude_defaults=True)
    return row


def from_row(row: Row[tuple[object, ...]]) -> Incident:
    """The incident in a full row of the table."""
    return _incident(dict(row._mapping))  # noqa: SLF001 — SQLAlchemy's public name for a row as a mapping


def _incident(values: dict[str, Any]) -> Incident:
    values["status"] = IncidentStatus(values["status"])
    values["source"] = IncidentSource(values["source"])
    values["source_crs"] = SourceCrs(values["source_crs"])
    for name in ("grade", "possible_grade", "clock_grade"):
        values[name] = values[name] and IncidentGrade(values[name])
    values["status_before_merge"] = values["status_before_merge"] and IncidentStatus(values["status_before_merge"])
    values["relay_channel"] = values["relay_channel"] and RelayChannel(values["relay_channel"])
    values["sensitive_reasons"] = tuple(values["sensitive_reasons"])
    values["figures"] = tuple(Figure.model_validate(one) for one in values["figures"] or ())
    for name, model in _RECORDS.items():
        values[name] = None if values[name] is None else model.model_validate(values[name])
    return Incident(**values)


def next_serial(connection: Connection, day: str) -> int:
    """The next number of a civil day: gap-free, since it is undone with the report that asked for it."""
    return int(_NEXT[connection.dialect.name].execute(connection, {"day": day}).scalar_one())


def insert_incident(connection: Connection, incident: Incident) -> None:
    """Keep a new incident."""
    _INSERT.execute(connection, _to_row(incident))


def update_incident(connection: Connection, incident: Incident) -> None:
    """Keep the next version of an incident; the version before it must be the stored one."""
    row = _to_row(incident)
    done = connection.execute(_UPDATE, {**row, "key": incident.id, "seen": incident.version - 1})
    assert done.rowcount == 1


def replace_incident(connection: Connection, incident: Incident) -> None:
    """Keep what another site has told of an incident, whatever was known before."""
    connection.execute(delete(_TABLE).where(_C.id == incident.id))
    insert_incident(connection, incident)


def find_incident(connection: Connection, incident_id: str) -> Incident | None:
    """The incident with this id, if there is one."""
    row = next(iter(_BY_ID.rows(connection, {"key": incident_id})), None)
    return None if row is None else _incident(row._asdict())  # a named tuple's public name


def find_incidents(connection: Connection, incident_ids: Sequence[str]) -> list[Incident]:
    """Those of them that are here, in no order."""
    rows = connection.execute(select(_TABLE).where(_C.id.in_(incident_ids))) if incident_ids else ()
    return [from_row(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Merge:
    """An incident and the one into which it was merged, if it was."""

    id: str
    merged_into: str | None


def find_merge(connection: Connection, incident_id: str) -> Merge | None:
    """The same as `find_incident`, for who need not know more of it."""
    row = _MERGE.execute(connection, {"key": incident_id}).first()
    return None if row is None else Merge(*row)


def find_continuation(connection: Connection, incident_id: str, site: str) -> str | None:
    """Number of the open incident of this site that goes on beside the given one."""
    wanted = (_C.continues == incident_id, _C.home_site == site, _C.status.in_([status.value for status in OPEN]))
    return connection.execute(select(_C.number).where(*wanted).limit(1)).scalar()


def merged_beneath(connection: Connection, incident_id: str) -> list[str]:
    """Ids of all incidents that were merged into this one, directly or through others."""
    found: list[str] = []
    waiting = [incident_id]
    while waiting:
        below = [row.id for row in connection.execute(_MERGED_INTO, {"key": waiting.pop()})]
        found += below
        waiting += below
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """What a list asks for; empty parts ask for everything."""

    statuses: tuple[IncidentStatus, ...] = ()
    grade: IncidentGrade | None = None
    type_code: str | None = None
    township: str | None = None
    text: str | None = None
    sensitive: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    home_site: str | None = None


def list_incidents(
    connection: Connection, wanted: IncidentFilter, *, after: tuple[datetime, str] | None, limit: int
) -> list[Incident]:
    """Incidents, newest report first, after the given sort key."""
    query = select(_TABLE).where(*_conditions(connection, wanted))
    if after is not None:
        moment, last_id = after
        query = query.where(or_(_C.received_at < moment, and_(_C.received_at == moment, _C.id < last_id)))
    rows = connection.execute(query.order_by(_C.received_at.desc(), _C.id.desc()).limit(limit))
    return [from_row(row) for row in rows]


def _conditions(connection: Connection, wanted: IncidentFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.statuses:
        yield _C.status.in_([status.value for status in wanted.statuses])
    if wanted.grade is not None:
        yield _C.grade == wanted.grade.value
    if wanted.type_code is not None:
        yield _C.type_code.startswith(type_prefix(wanted.type_code), autoescape=True)
    if wanted.township is not None:
        yield _C.township == wanted.township
    if wanted.sensitive is not None:
        yield _C.sensitive == wanted.sensitive
    if wanted.since is not None:
        yield _C.received_at >= wanted.since
    if wanted.until is not None:
        yield _C.received_at < wanted.until
    if wanted.home_site is not None:
        yield _C.home_site == wanted.home_site
    if wanted.text:
        columns = (_C.number, _C.title, _C.place_text, _C.description)
        written = [func.lower(column).contains(wanted.text.lower(), autoescape=True) for column in columns]
        # What was reported this second is not in the index yet; what is there is found by its initials as well.
        words = terms(wanted.text)
        yield or_(*written, *([_C.id.in_(incidents_saying(connection, words))] if words else []))


_RECENT = (
    select(_C.id, _C.number, _C.title, _C.status, _C.type_code, _C.lon, _C.lat)
    .where(_C.received_at >= bindparam("since"))
    .order_by(_C.received_at.desc())
    .limit(50)  # bounds what a flood of reports costs each of them
    .subquery()
)
_NEAR = Prepared(
    select(_RECENT.c.id, _RECENT.c.number, _RECENT.c.title, _RECENT.c.lon, _RECENT.c.lat)
    .where(
        or_(*(_RECENT.c.status == status.value for status in OPEN)),  # an IN list would be expanded anew each time
        _RECENT.c.type_code.startswith(bindparam("start")),
        _RECENT.c.lon.between(bindparam("west"), bindparam("east")),
        _RECENT.c.lat.between(bindparam("south"), bindparam("north")),
    )
    .limit(5)
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An open incident that lies near."""

    id: str
    number: str
    title: str
    lon: float
    lat: float


def open_near(
    connection: Connection, type_start: str, lon: float, lat: float, *, degrees: tuple[float, float], since: datetime
) -> list[Neighbour]:
    """Open incidents of a class within a box of ± `degrees` (east-west, north-south), among the 50 newest."""
    east, north = degrees
    box = {"west": lon - east, "east": lon + east, "south": lat - north, "north": lat + north}
    rows = _NEAR.execute(connection, {"since": since, "start": type_start, **box})
    return [Neighbour(row.id, row.number, row.title, row.lon, row.lat) for row in rows]
