"""Requests between sites in the store."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from services.resource_dispatch.domain.held import Request
from services.resource_dispatch.tables import RequestRow
from shared.contracts.events.dispatch import RequestFact, RequestState

_TABLE = RequestRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c
_FIXED = ("id", "from_site", "to_site", "unit_id", "incident_id", "requested_at", "valid_until")


def _request(row: Row[Any]) -> Request:
    return Request(RequestFact.model_validate(row.record), row.version)


def find_request(connection: Connection, request_id: str) -> Request | None:
    """The request with this id."""
    row = connection.execute(select(_TABLE).where(_C.id == request_id)).first()
    return None if row is None else _request(row)


def keep_request(connection: Connection, request: Request) -> bool:
    """Keep the request unless something newer is known; returns whether it was news."""
    state = request.state
    record = state.model_dump(mode="json", exclude={"changed", "actor_name", "remark"})
    values = {"state": state.state.value, "version": request.version, "record": record}
    known = connection.execute(select(_C.version).where(_C.id == state.id)).scalar()
    if known is None:
        connection.execute(insert(_TABLE), {**{name: getattr(state, name) for name in _FIXED}, **values})
        return True
    if known >= request.version:
        return False
    connection.execute(update(_TABLE).where(_C.id == state.id).values(**values))
    return True


def open_request(connection: Connection, unit_id: str, incident_id: str, now: datetime) -> Request | None:
    """The request for this unit and incident that still waits for an answer."""
    wanted = (_C.unit_id == unit_id, _C.incident_id == incident_id, _C.state == RequestState.REQUESTED.value)
    row = connection.execute(select(_TABLE).where(*wanted, _C.valid_until >= now)).first()
    return None if row is None else _request(row)


def due_requests(connection: Connection, site: str, now: datetime) -> list[Request]:
    """Requests to this site that nobody has answered in time."""
    due = (_C.state == RequestState.REQUESTED.value, _C.to_site == site, _C.valid_until < now)
    return [_request(row) for row in connection.execute(select(_TABLE).where(*due).limit(100))]


def list_requests(
    connection: Connection,
    *,
    from_site: str | None,
    to_site: str | None,
    incident_id: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Request]:
    """Requests, the newest first, after the given (requested_at, id)."""
    query = select(_TABLE)
    for column, value in ((_C.from_site, from_site), (_C.to_site, to_site), (_C.incident_id, incident_id)):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        moment, last = after
        query = query.where(or_(_C.requested_at < moment, and_(_C.requested_at == moment, _C.id < last)))
    return [
        _request(row) for row in connection.execute(query.order_by(_C.requested_at.desc(), _C.id.desc()).limit(limit))
    ]
