"""Timelines in the store: rows are added, never changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from services.incident_intake.tables import TimelineRow
from shared.kernel.ids import new_id
from shared.storage.prepared import Prepared

_TABLE = TimelineRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c
_COLUMNS = ("id", "incident_id", "at", "recorded_at", "kind", "code", "actor_name", "params", "late")
_INSERT = Prepared(insert(_TABLE), _COLUMNS)
_INSERT_MISSING = {
    name: Prepared(kind.insert(_TABLE).on_conflict_do_nothing(index_elements=["id"]).returning(_C.id), _COLUMNS)
    for name, kind in (("sqlite", sqlite), ("postgresql", postgresql))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One line: `at` is when it occurred, `recorded_at` when this store learnt it; `code` is in the catalogue."""

    incident_id: str
    at: datetime
    recorded_at: datetime
    kind: str
    code: str
    actor_name: str | None
    params: dict[str, object] = field(default_factory=dict)
    late: bool = False
    id: str = field(default_factory=new_id)


def add_entry(connection: Connection, entry: TimelineEntry) -> None:
    """Append one line."""
    _INSERT.execute(connection, _row(entry))


def _row(entry: TimelineEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in _COLUMNS}


def add_missing(connection: Connection, entries: Iterable[TimelineEntry]) -> int:
    """Append lines that came from another site, each once; returns how many were news."""
    insertion = _INSERT_MISSING[connection.dialect.name]
    return sum(insertion.execute(connection, _row(entry)).first() is not None for entry in entries)


def has_line(connection: Connection, incident_id: str, kind: str) -> bool:
    """Whether a line of this kind stands in the incident's timeline."""
    found = select(_C.id).where(_C.incident_id == incident_id, _C.kind == kind).limit(1)
    return connection.execute(found).first() is not None


def list_entries(
    connection: Connection, incident_id: str, *, after: tuple[datetime, str] | None, limit: int
) -> list[TimelineEntry]:
    """Lines of one incident, newest occurrence first, after the given sort key."""
    query = select(_TABLE).where(_C.incident_id == incident_id)
    if after is not None:
        moment, last_id = after
        query = query.where(or_(_C.at < moment, and_(_C.at == moment, _C.id < last_id)))
    rows = connection.execute(query.order_by(_C.at.desc(), _C.id.desc()).limit(limit))
    return [TimelineEntry(**row._mapping) for row in rows]  # noqa: SLF001 — SQLAlchemy's public name
