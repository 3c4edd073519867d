"""Callers in the store, and the record of who has read them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, insert, or_, select, update

from services.incident_intake.domain.caller import CALLER_COLUMNS, Caller
from services.incident_intake.store.calls import destroy_calls_due, has_calls_due, set_call_destruction
from services.incident_intake.tables import CallerAccessRow, CallerRow
from shared.kernel.ids import new_id
from shared.storage.prepared import Prepared

_TABLE = CallerRow.__table__  # type: ignore[attr-defined]
_ACCESS = CallerAccessRow.__table__  # type: ignore[attr-defined]
_COLUMNS = [_TABLE.c[name] for name in CALLER_COLUMNS]
_INSERT = Prepared(insert(_TABLE), ("incident_id", *CALLER_COLUMNS))
_BY_INCIDENT = select(*_COLUMNS).where(_TABLE.c.incident_id == bindparam("key"))


def insert_caller(connection: Connection, incident_id: str, caller: Caller) -> None:
    """Keep the caller of a new incident."""
    row = {"incident_id": incident_id, **{name: getattr(caller, name) for name in CALLER_COLUMNS}}
    _INSERT.execute(connection, row)


def replace_caller(connection: Connection, incident_id: str, caller: Caller | None) -> None:
    """Put another caller in the place of the present one, or none."""
    connection.execute(delete(_TABLE).where(_TABLE.c.incident_id == incident_id))
    if caller is not None:
        insert_caller(connection, incident_id, caller)


def find_caller(connection: Connection, incident_id: str) -> Caller | None:
    """The caller of an incident, if known and not destroyed yet."""
    row = connection.execute(_BY_INCIDENT, {"key": incident_id}).first()
    return None if row is None else Caller(**row._mapping)  # noqa: SLF001 — SQLAlchemy's public name


def find_callers(connection: Connection, incident_ids: Sequence[str]) -> dict[str, Caller]:
    """The callers of several incidents, by incident."""
    query = select(_TABLE.c.incident_id, *_COLUMNS).where(_TABLE.c.incident_id.in_(incident_ids))
    found = [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001
    return {values.pop("incident_id"): Caller(**values) for values in found}


def set_destruction(connection: Connection, incident_ids: Sequence[str], moment: datetime | None) -> None:
    """Say when these callers' data are to be destroyed, those of all calls too; None while the incident goes on."""
    connection.execute(update(_TABLE).where(_TABLE.c.incident_id.in_(incident_ids)).values(destroy_after=moment))
    set_call_destruction(connection, incident_ids, moment)


def destroy_due(connection: Connection, now: datetime) -> list[str]:
    """Destroy the callers whose time has come, those of calls too; returns their incidents."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")  # overwrites the bytes, not only the page's index
    destroy_calls_due(connection, now)
    gone = connection.execute(delete(_TABLE).where(_TABLE.c.destroy_after <= now).returning(_TABLE.c.incident_id))
    return [row.incident_id for row in gone]


def has_due(connection: Connection, now: datetime) -> bool:
    """Whether any caller's data must be destroyed now."""
    due = select(_TABLE.c.incident_id).where(_TABLE.c.destroy_after <= now).limit(1)
    return connection.execute(due).first() is not None or has_calls_due(connection, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerAccess:
    """One person's reading of one caller."""

    at: datetime
    incident_id: str
    incident_number: str
    account_id: str
    username: str
    actor_name: str
    id: str = field(default_factory=new_id)


def add_access(connection: Connection, access: CallerAccess) -> None:
    """Append the reading."""
    connection.execute(insert(_ACCESS), {name: getattr(access, name) for name in CallerAccess.__slots__})


def read_since(connection: Connection, incident_id: str, account_id: str, moment: datetime) -> bool:
    """Whether this account's reading of this caller was recorded at or after the moment."""
    where = and_(_ACCESS.c.incident_id == incident_id, _ACCESS.c.account_id == account_id, _ACCESS.c.at >= moment)
    return connection.execute(select(_ACCESS.c.id).where(where).limit(1)).first() is not None


def list_accesses(connection: Connection, *, after: tuple[datetime, str] | None, limit: int) -> list[CallerAccess]:
    """Readings, newest first, after the given sort key."""
    query = select(_ACCESS)
    if after is not None:
        moment, last_id = after
        query = query.where(or_(_ACCESS.c.at < moment, and_(_ACCESS.c.at == moment, _ACCESS.c.id < last_id)))
    rows = connection.execute(query.order_by(_ACCESS.c.at.desc(), _ACCESS.c.id.desc()).limit(limit))
    return [CallerAccess(**row._mapping) for row in rows]  # noqa: SLF001
