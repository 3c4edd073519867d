"""Warnings in the store: a whole record each, with columns beside it for what is looked up."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from services.incident_intake.domain.cap_alert import CapReference
from services.incident_intake.domain.warning import WarningRecord, WarningState
from services.incident_intake.tables import WarningReferenceRow, WarningRow

_TABLE = WarningRow.__table__  # type: ignore[attr-defined]
_REFERENCES = WarningReferenceRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWarning:
    """A warning with what this site has made of it. `state` is the one last told to others."""

    id: str
    version: int
    state: WarningState
    superseded_by: str | None
    record: WarningRecord
    faults: list[dict[str, Any]]
    geometry: dict[str, Any] | None
    received_at: datetime
    home_site: str


_KEY_LENGTH = 200


def _key(text: str) -> str:
    """The text as it is looked up: PostgreSQL indexes no long text, and a hostile message may have one."""
    return text if len(text) <= _KEY_LENGTH else sha256(text.encode()).hexdigest()


_COLUMNS = [_C[name] for name in StoredWarning.__slots__]


def _from_row(row: Row[tuple[Any, ...]]) -> StoredWarning:
    values = dict(row._mapping)  # noqa: SLF001 — SQLAlchemy's public name for a row as a mapping
    values["state"] = WarningState(values["state"])
    values["record"] = WarningRecord.model_validate(values["record"])
    return StoredWarning(**values)


def _to_row(warning: StoredWarning) -> dict[str, Any]:
    alert = warning.record.alert
    return {
        "id": warning.id,
        "identifier": _key(alert.identifier),
        "sender": _key(alert.sender),
        "sent": alert.sent,
        "version": warning.version,
        "state": warning.state.value,
        "expires_at": warning.record.expires_at,
        "superseded_by": warning.superseded_by,
        "record": warning.record.model_dump(mode="json"),
        "faults": warning.faults,
        "geometry": warning.geometry,
        "received_at": warning.received_at,
        "home_site": warning.home_site,
    }


def insert_warning(connection: Connection, warning: StoredWarning) -> None:
    """Keep a new message and what it refers to."""
    connection.execute(insert(_TABLE), _to_row(warning))
    references: tuple[CapReference, ...] = warning.record.alert.references
    for identifier in {_key(reference.identifier) for reference in references}:
        connection.execute(insert(_REFERENCES), {"warning_id": warning.id, "identifier": identifier})


def update_warning(connection: Connection, warning: StoredWarning) -> None:
    """Keep what another message, or time, did to a message."""
    connection.execute(update(_TABLE).where(_C.id == warning.id).values(_to_row(warning)))


def related(connection: Connection, identifier: str, referred: Collection[str]) -> list[StoredWarning]:
    """Messages with this identifier, those that it refers to, and those that refer to it."""
    referring = select(_REFERENCES.c.warning_id).where(_REFERENCES.c.identifier == _key(identifier))
    where = or_(_C.identifier.in_([_key(one) for one in (identifier, *referred)]), _C.id.in_(referring))
    return [_from_row(row) for row in connection.execute(select(*_COLUMNS).where(where))]


def find_warning(connection: Connection, warning_id: str) -> StoredWarning | None:
    """The warning with this id, if there is one."""
    row = connection.execute(select(*_COLUMNS).where(_C.id == warning_id)).first()
    return None if row is None else _from_row(row)


def find_by_identifier(connection: Connection, identifier: str) -> StoredWarning | None:
    """The latest message with this identifier."""
    query = select(*_COLUMNS).where(_C.identifier == _key(identifier)).order_by(_C.sent.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _from_row(row)


def known_identifiers(connection: Connection, wanted: Collection[str]) -> set[str]:
    """Those of the identifiers that exist."""
    found = connection.execute(select(_C.identifier).where(_C.identifier.in_([_key(one) for one in wanted])))
    return set(found.scalars())


def list_warnings(
    connection: Connection, *, current_at: datetime | None, after: tuple[datetime, str] | None, limit: int
) -> list[StoredWarning]:
    """Warnings, latest sent first; with `current_at` only those that warn of something at that moment."""
    query = select(*_COLUMNS)
    if current_at is not None:
        alive = or_(_C.expires_at.is_(None), _C.expires_at > current_at)
        query = query.where(_C.state == WarningState.CURRENT.value, alive)
    if after is not None:
        moment, last_id = after
        query = query.where(or_(_C.sent < moment, and_(_C.sent == moment, _C.id < last_id)))
    return [_from_row(row) for row in connection.execute(query.order_by(_C.sent.desc(), _C.id.desc()).limit(limit))]


def due_warnings(connection: Connection, now: datetime, *, limit: int = 100) -> list[StoredWarning]:
    """Warnings that have been told to be current and are not any more."""
    query = select(*_COLUMNS).where(_C.state == WarningState.CURRENT.value, _C.expires_at <= now).limit(limit)
    return [_from_row(row) for row in connection.execute(query)]
