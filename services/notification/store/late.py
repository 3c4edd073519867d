"""Reports that were heard late, kept until they are decided."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from services.notification.tables import LATE
from shared.contracts.envelope import Envelope, decode, encode
from shared.storage.prepared import Prepared

_HERE = LATE.c.incident_id == bindparam("key")
_FIND = Prepared(select(LATE).where(_HERE))
_INSERT = Prepared(insert(LATE), tuple(LATE.c.keys()))
_REPLACE = Prepared(update(LATE).where(_HERE), ("version", "body", "due_at", "latest_at"))
_DROP = Prepared(delete(LATE).where(_HERE))


@dataclass(frozen=True, slots=True)
class LateReport:
    """A report that waits.

    Args:
        cause: the newest fact by which the incident stands: reported, reopened or split off.
        due_at: when it is decided.
        latest_at: news of the incident puts it off until then at most.
    """

    cause: Envelope
    due_at: datetime
    latest_at: datetime


def find_late(connection: Connection, incident_id: str) -> LateReport | None:
    """The incident's report, if one waits."""
    found = _FIND.rows(connection, {"key": incident_id})
    if not found:
        return None
    (row,) = found
    return LateReport(decode(bytes(row.body)), row.due_at, row.latest_at)


def insert_late(connection: Connection, late: LateReport) -> None:
    """A new one."""
    _INSERT.execute(connection, {"incident_id": late.cause.subject, **_values(late)})


def replace_late(connection: Connection, late: LateReport) -> None:
    """Change the one of this incident."""
    _REPLACE.execute(connection, {"key": late.cause.subject, **_values(late)})


def drop_late(connection: Connection, incident_id: str) -> None:
    """It is decided."""
    _DROP.execute(connection, {"key": incident_id})


def _values(late: LateReport) -> dict[str, object]:
    return {
        "version": late.cause.aggregateversion,
        "body": encode(late.cause),
        "due_at": late.due_at,
        "latest_at": late.latest_at,
    }
