"""Personal data that wait for destruction, decisions about them, and what is left of those destroyed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Subquery,
    and_,
    delete,
    exists,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)

from services.incident_intake.domain.call import PERSONAL
from services.incident_intake.store.calls import destroy_calls_of
from services.incident_intake.tables import CallerAccessRow, CallerRow
from services.incident_intake.tables.calls import CallRow
from services.incident_intake.tables.personal_data import DestructionRow, RetentionRow
from shared.contracts.events.calls import CallOutcome
from shared.kernel.ids import new_id

_CALLER = CallerRow.__table__  # type: ignore[attr-defined]
_CALL = CallRow.__table__  # type: ignore[attr-defined]
_ACCESS = CallerAccessRow.__table__  # type: ignore[attr-defined]
_RETENTION = RetentionRow.__table__  # type: ignore[attr-defined]
_DESTRUCTION = DestructionRow.__table__  # type: ignore[attr-defined]

Key = tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Personal data of one incident: how many records, and when the first of them is to be destroyed."""

    incident_id: str
    records: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """A decision to keep them longer."""

    incident_id: str
    at: datetime
    before: datetime
    until: datetime
    reason: str
    assessment: str
    decided_by: str
    id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """What is left of them."""

    incident_id: str
    at: datetime
    due_at: datetime | None
    records: int
    readings: int
    decided_by: str | None
    reason: str | None
    id: str = field(default_factory=new_id)


def _kept() -> Subquery:
    """Every record of a person: the incident and when it is to be destroyed."""
    sources: list[Select[Any]] = [select(_CALLER.c.incident_id, _CALLER.c.destroy_after), _called()]
    return union_all(*sources).subquery()


def _called() -> Select[Any]:
    """Callers of an incident's calls. Who called first is the incident's own caller, unless that was taken out."""
    is_known = or_(*(_CALL.c[name].is_not(None) for name in PERSONAL))
    is_told_twice = exists().where(_CALLER.c.incident_id == _CALL.c.incident_id)
    is_further = or_(_CALL.c.outcome != CallOutcome.NEW.value, not_(is_told_twice))
    return select(_CALL.c.incident_id, _CALL.c.destroy_after).where(
        _CALL.c.incident_id.is_not(None), is_known, is_further
    )


def list_waiting(connection: Connection, *, after: Key, limit: int) -> list[Waiting]:
    """Incidents whose personal data wait for destruction, the earliest first, after the given (due, incident)."""
    kept = _kept()
    due = func.min(kept.c.destroy_after)
    query = (
        select(kept.c.incident_id, func.count(), due)
        .where(kept.c.destroy_after.is_not(None))
        .group_by(kept.c.incident_id)
    )
    if after is not None:
        moment, last = after
        query = query.having(or_(due > moment, and_(due == moment, kept.c.incident_id > last)))
    rows = connection.execute(query.order_by(literal_column("3"), kept.c.incident_id).limit(limit))
    return [Waiting(row[0], row[1], row[2]) for row in rows]


def waiting_of(connection: Connection, incident_ids: Sequence[str]) -> list[Waiting]:
    """Those of these incidents."""
    return _grouped(connection, _kept(), incident_ids=incident_ids)


def due_at(connection: Connection, now: datetime) -> list[Waiting]:
    """Those that must be destroyed now, with the records that are due."""
    return _grouped(connection, _kept(), now=now)


def _grouped(
    connection: Connection, kept: Subquery, *, incident_ids: Sequence[str] | None = None, now: datetime | None = None
) -> list[Waiting]:
    query = select(kept.c.incident_id, func.count(), func.min(kept.c.destroy_after)).group_by(kept.c.incident_id)
    query = query.where(kept.c.destroy_after.is_not(None) if now is None else kept.c.destroy_after <= now)
    if incident_ids is not None:
        query = query.where(kept.c.incident_id.in_(incident_ids))
    return [Waiting(row[0], row[1], row[2]) for row in connection.execute(query.order_by(kept.c.incident_id))]


def destroy_of(connection: Connection, incident_ids: Sequence[str]) -> None:
    """Destroy all personal data of these incidents."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")  # overwrites the bytes, not only the page's index
    connection.execute(delete(_CALLER).where(_CALLER.c.incident_id.in_(incident_ids)))
    destroy_calls_of(connection, incident_ids)


def count_readings(connection: Connection, incident_ids: Sequence[str]) -> dict[str, int]:
    """How often callers of these incidents and of their calls were read unmasked."""
    read = select(_ACCESS.c.incident_id).where(_ACCESS.c.incident_id.in_(incident_ids))
    heard = select(_CALL.c.incident_id).join(_ACCESS, _ACCESS.c.incident_id == _CALL.c.id)
    both = union_all(read, heard.where(_CALL.c.incident_id.in_(incident_ids))).subquery()
    query = select(both.c.incident_id, func.count()).group_by(both.c.incident_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def add_retention(connection: Connection, decision: Retention) -> None:
    """Append the decision."""
    connection.execute(insert(_RETENTION), {name: getattr(decision, name) for name in Retention.__slots__})


def retentions_of(connection: Connection, incident_ids: Sequence[str]) -> list[Retention]:
    """Decisions about these incidents, oldest first."""
    query = select(_RETENTION).where(_RETENTION.c.incident_id.in_(incident_ids))
    rows = connection.execute(query.order_by(_RETENTION.c.at, _RETENTION.c.id))
    return [Retention(**row._mapping) for row in rows]  # noqa: SLF001 — SQLAlchemy's public name


def add_destruction(connection: Connection, done: Destruction) -> None:
    """Append what is left."""
    connection.execute(insert(_DESTRUCTION), {name: getattr(done, name) for name in Destruction.__slots__})


def list_destructions(connection: Connection, *, after: Key, limit: int) -> list[Destruction]:
    """What was destroyed, the newest first, after the given (at, id)."""
    query = select(_DESTRUCTION)
    if after is not None:
        moment, last = after
        newer = and_(_DESTRUCTION.c.at == moment, _DESTRUCTION.c.id < last)
        query = query.where(or_(_DESTRUCTION.c.at < moment, newer))
    rows = connection.execute(query.order_by(_DESTRUCTION.c.at.desc(), _DESTRUCTION.c.id.desc()).limit(limit))
    return [Destruction(**row._mapping) for row in rows]  # noqa: SLF001


def destructions_of(connection: Connection, incident_ids: Iterable[str]) -> list[Destruction]:
    """What was destroyed of these incidents, oldest first."""
    query = select(_DESTRUCTION).where(_DESTRUCTION.c.incident_id.in_(list(incident_ids)))
    return [Destruction(**row._mapping) for row in connection.execute(query.order_by(_DESTRUCTION.c.at))]  # noqa: SLF001
