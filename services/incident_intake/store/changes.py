"""What each version of an incident changed: rows are added, never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from services.incident_intake.tables.changes import ChangeRow
from shared.storage.prepared import Prepared

_TABLE = ChangeRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c
_COLUMNS = ("incident_id", "version", "at", "fact", "actor_name", "changed")
_INSERT = {
    name: Prepared(kind.insert(_TABLE).on_conflict_do_nothing(), _COLUMNS)
    for name, kind in (("sqlite", sqlite), ("postgresql", postgresql))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step of an incident, to `version`; `changed` are names of fields on the wire, never their values."""

    incident_id: str
    version: int
    at: datetime
    fact: str
    actor_name: str | None
    changed: tuple[str, ...]


def add_change(connection: Connection, change: Change) -> None:
    """Append one step."""
    row = {name: getattr(change, name) for name in _COLUMNS} | {"changed": list(change.changed)}
    _INSERT[connection.dialect.name].execute(connection, row)


def changes_since(connection: Connection, incident_id: str, version: int, *, limit: int) -> list[Change]:
    """The last steps after a version, oldest first; those that another site made while it was its home are not here.

    Args:
        limit: how many at most; the latest are kept.
    """
    since = select(_TABLE).where(_C.incident_id == incident_id, _C.version > version)
    rows = connection.execute(since.order_by(_C.version.desc()).limit(limit)).all()
    return [
        Change(
            incident_id=row.incident_id, version=row.version, at=row.at, fact=row.fact, actor_name=row.actor_name,
            changed=tuple(row.changed),
        )
        for row in reversed(rows)
    ]  # fmt: skip
