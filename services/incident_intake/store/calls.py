"""Calls in the store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, insert, or_, select, update

from services.incident_intake.domain.call import CALL_COLUMNS, PERSONAL, Call, ToldOther, Transfer
from services.incident_intake.tables.calls import CallRow
from shared.contracts.events.calls import CallOutcome
from shared.contracts.events.intake import IncidentSource
from shared.kernel.clock import parse_time
from shared.kernel.geo import SourceCrs
from shared.storage.prepared import Prepared

_TABLE = CallRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c
_INSERT = Prepared(insert(_TABLE), CALL_COLUMNS)
_BY_ID = select(_TABLE).where(_C.id == bindparam("key"))
_UPDATE = update(_TABLE).where(_C.id == bindparam("key"), _C.version == bindparam("seen"))
_NOTHING_PERSONAL: dict[str, None] = dict.fromkeys(PERSONAL)


def _to_row(call: Call) -> dict[str, Any]:
    row = {name: getattr(call, name) for name in CALL_COLUMNS}
    row["outcome"], row["source"], row["source_crs"] = call.outcome.value, call.source.value, call.source_crs.value
    row["told_others"] = [other.json() for other in call.told_others]
    row["transfer"] = call.transfer.json() if call.transfer else None
    return row


def _from_row(row: Any) -> Call:
    values = dict(row._mapping)  # noqa: SLF001 — SQLAlchemy's public name for a row as a mapping
    values["outcome"] = CallOutcome(values["outcome"])
    values["source"] = IncidentSource(values["source"])
    values["source_crs"] = SourceCrs(values["source_crs"])
    told = (ToldOther(one["who"], parse_time(one["at"]) if one["at"] else None) for one in values["told_others"])
    values["told_others"] = tuple(told)
    values["transfer"] = Transfer.of(values["transfer"]) if values["transfer"] else None
    return Call(**values)


def insert_call(connection: Connection, call: Call) -> None:
    """Keep a new call."""
    _INSERT.execute(connection, _to_row(call))


def update_call(connection: Connection, call: Call) -> None:
    """Keep the next version of a call; the version before it must be the stored one."""
    done = connection.execute(_UPDATE, {**_to_row(call), "key": call.id, "seen": call.version - 1})
    assert done.rowcount == 1


def find_call(connection: Connection, call_id: str) -> Call | None:
    """The call with this id, if there is one."""
    row = connection.execute(_BY_ID, {"key": call_id}).first()
    return None if row is None else _from_row(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """What a list of calls asks for; empty parts ask for everything."""

    digits: str | None = None
    incident_ids: tuple[str, ...] | None = None
    outcome: CallOutcome | None = None
    township: str | None = None
    since: datetime | None = None


def _conditions(wanted: CallFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.digits is not None:
        yield _C.phone_digits == wanted.digits
    if wanted.incident_ids is not None:
        yield _C.incident_id.in_(wanted.incident_ids)
    if wanted.outcome is not None:
        yield _C.outcome == wanted.outcome.value
    if wanted.township is not None:
        yield _C.township == wanted.township
    if wanted.since is not None:
        yield _C.received_at >= wanted.since


def list_calls(connection: Connection, wanted: CallFilter, *, after: str | None, limit: int) -> list[Call]:
    """Calls, the last one recorded first (ids grow with time), after the given id."""
    query = select(_TABLE).where(*_conditions(wanted))
    if after is not None:
        query = query.where(_C.id < after)
    return [_from_row(row) for row in connection.execute(query.order_by(_C.id.desc()).limit(limit))]


def calls_of(connection: Connection, incident_ids: Sequence[str]) -> list[Call]:
    """All calls that these incidents opened or got, by the time they came in."""
    if not incident_ids:
        return []
    query = select(_TABLE).where(_C.incident_id.in_(incident_ids)).order_by(_C.received_at, _C.id)
    return [_from_row(row) for row in connection.execute(query)]


def find_calls(connection: Connection, call_ids: Sequence[str]) -> dict[str, Call]:
    """Those of them that are here, by id."""
    rows = connection.execute(select(_TABLE).where(_C.id.in_(call_ids))) if call_ids else ()
    return {row.id: _from_row(row) for row in rows}


def set_call_destruction(connection: Connection, incident_ids: Sequence[str], moment: datetime | None) -> None:
    """Say when the callers' data of these incidents' calls are to be destroyed; None while it goes on."""
    connection.execute(update(_TABLE).where(_C.incident_id.in_(incident_ids)).values(destroy_after=moment))


def destroy_calls_due(connection: Connection, now: datetime) -> None:
    """Empty the callers' data whose time has come; the record that a call was made stays."""
    connection.execute(update(_TABLE).where(_C.destroy_after <= now).values(destroy_after=None, **_NOTHING_PERSONAL))


def destroy_calls_of(connection: Connection, incident_ids: Sequence[str]) -> None:
    """The same for all calls of these incidents, whenever their time."""
    wanted = update(_TABLE).where(_C.incident_id.in_(incident_ids))
    connection.execute(wanted.values(destroy_after=None, **_NOTHING_PERSONAL))


def due_alone(connection: Connection, now: datetime) -> list[Call]:
    """Calls without an incident whose callers' data must be destroyed now."""
    wanted = select(_TABLE).where(_C.destroy_after <= now, _C.incident_id.is_(None)).order_by(_C.id)
    return [_from_row(row) for row in connection.execute(wanted)]


def waiting_alone(connection: Connection, *, after: tuple[datetime, str] | None, limit: int) -> list[Call]:
    """Calls without an incident that wait for destruction, the earliest first, after the given (due, id)."""
    query = select(_TABLE).where(_C.destroy_after.is_not(None), _C.incident_id.is_(None))
    if after is not None:
        moment, last = after
        query = query.where(or_(_C.destroy_after > moment, and_(_C.destroy_after == moment, _C.id > last)))
    return [_from_row(row) for row in connection.execute(query.order_by(_C.destroy_after, _C.id).limit(limit))]


def emptied(call: Call) -> Call:
    """The call as it is after destruction: that it was made, when, and what became of it."""
    return call.next(said=None, destroy_after=None, **_NOTHING_PERSONAL)


def has_calls_due(connection: Connection, now: datetime) -> bool:
    """Whether the data of any call's caller must be destroyed now."""
    return connection.execute(select(_C.id).where(_C.destroy_after <= now).limit(1)).first() is not None
