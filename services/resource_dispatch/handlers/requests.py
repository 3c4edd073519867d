"""Asking another site for its unit, and answering such a request."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.held import IncidentCopy, Request, Unit
from services.resource_dispatch.domain.requests import VALID_AT_MOST, VALID_FOR, answered
from services.resource_dispatch.handlers.assignments import order
from services.resource_dispatch.handlers.units import unit_or_refuse
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.schemas import NewAssignment, NewRequest, RequestAnswer, request_view
from services.resource_dispatch.store.incidents import find_incident
from services.resource_dispatch.store.requests import due_requests, find_request, keep_request, open_request
from shared.contracts.events.dispatch import RequestFact, RequestState
from shared.contracts.events.intake import IncidentStatus
from shared.http.hosting import Deps
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.homes import site_name
from shared.kernel.ids import new_id
from shared.storage.system import append_facts


def ask_for_unit(connection: Connection, deps: Deps, actor: Actor, cmd: NewRequest, now: datetime) -> dict[str, Any]:
    """Ask the unit's home to send it. Nothing is ordered by this; it expires by itself.

    Raises:
        NotFound: `incident.unknown_here`, `unit.unknown`.
        Conflict: `home.own`, `incident.closed`, `request.open_already`.
        Invalid: `request.valid_until_passed`.
    """
    incident = find_incident(connection, cmd.incident_id)
    if incident is None:
        raise NotFound("incident.unknown_here")
    if incident.status in {IncidentStatus.CLOSED, IncidentStatus.MERGED}:
        raise Conflict("incident.closed", number=incident.number)
    unit = unit_or_refuse(connection, cmd.unit_id)
    home = unit.state.home_site
    if home == deps.site:
        raise Conflict("home.own")
    if open_request(connection, cmd.unit_id, cmd.incident_id, now) is not None:
        raise Conflict("request.open_already", site=home, site_name=site_name(home))
    request = Request(_made(deps, actor, cmd, incident, unit, now), 1)
    _keep_and_tell(connection, deps, request, "made", now, actor)
    return request_view(request, now)


def _made(deps: Deps, actor: Actor, cmd: NewRequest, incident: IncidentCopy, unit: Unit, now: datetime) -> RequestFact:
    valid_until = cmd.valid_until or now + VALID_FOR.value
    if not now < valid_until <= now + VALID_AT_MOST.value:
        hours = int(VALID_AT_MOST.value.total_seconds() // 3600)
        fault = FieldFault("/valid_until", "request.valid_until_passed", hours=hours)
        raise Invalid("request.valid_until_passed", faults=(fault,), hours=hours)
    return RequestFact(
        id=new_id(),
        state=RequestState.REQUESTED,
        from_site=deps.site,
        to_site=unit.state.home_site,
        unit_id=unit.state.id,
        unit_name=unit.state.name,
        incident_id=incident.id,
        incident_number=incident.number,
        incident_title=incident.title,
        note=cmd.note,
        requested_at=now,
        requested_by=actor.name,
        valid_until=valid_until,
        home_site=unit.state.home_site,
        succession=[deps.site],
        actor_name=actor.name,
        remark=cmd.note,
    )


def accept_request(
    connection: Connection,
    deps: Deps,
    metrics: DispatchMetrics,
    actor: Actor,
    request_id: str,
    cmd: RequestAnswer,
    now: datetime,
) -> dict[str, Any]:
    """Send the unit that another site asked for: order and answer in one transaction.

    Raises:
        NotFound: `request.unknown`.
        Conflict: `request.not_yours`, `request.answered`, `request.expired`, or why the unit cannot be sent.
    """
    request = _request_to_us(connection, deps, request_id)
    answered(request.state, RequestState.ACCEPTED, now=now)  # refused before anybody is sent
    wanted = NewAssignment(
        incident_id=request.state.incident_id, unit_id=request.state.unit_id, note=request.state.note
    )
    assignment = order(connection, deps, metrics, actor, wanted, now, request_id=request_id)
    following = answered(
        request.state, RequestState.ACCEPTED, now=now, by=actor.name, text=cmd.note, assignment_id=assignment["id"]
    )
    kept = _keep_and_tell(connection, deps, Request(following, request.version + 1), "accepted", now, actor)
    return {**request_view(kept, now), "assignment": assignment}


def decline_request(
    connection: Connection, deps: Deps, actor: Actor, request_id: str, cmd: RequestAnswer, now: datetime
) -> dict[str, Any]:
    """Say no, best with a reason.

    Raises:
        NotFound: `request.unknown`.
        Conflict: `request.not_yours`, `request.answered`, `request.expired`.
    """
    request = _request_to_us(connection, deps, request_id)
    following = answered(request.state, RequestState.DECLINED, now=now, by=actor.name, text=cmd.note)
    kept = _keep_and_tell(connection, deps, Request(following, request.version + 1), "declined", now, actor)
    return request_view(kept, now)


def expire_requests(connection: Connection, deps: Deps, now: datetime) -> int:
    """Answer for good what nobody answered in time, also what arrived too late; returns how many."""
    due = due_requests(connection, deps.site, now)
    for request in due:
        following = answered(request.state, RequestState.EXPIRED, now=now)
        _keep_and_tell(connection, deps, Request(following, request.version + 1), "expired", now, None)
    return len(due)


def _request_to_us(connection: Connection, deps: Deps, request_id: str) -> Request:
    request = find_request(connection, request_id)
    if request is None:
        raise NotFound("request.unknown")
    if request.state.to_site != deps.site:
        raise Conflict("request.not_yours", site=request.state.to_site, site_name=site_name(request.state.to_site))
    if request.state.state is RequestState.EXPIRED:  # whoever noticed it first, the answer or the job
        raise Conflict("request.expired", valid_until=request.state.valid_until.isoformat())
    if request.state.state is not RequestState.REQUESTED:
        state = request.state.state.value
        raise Conflict("request.answered", state=state, state_name=label(f"request_state.{state}"))
    return request


def _keep_and_tell(
    connection: Connection, deps: Deps, request: Request, fact: str, now: datetime, actor: Actor | None
) -> Request:
    keep_request(connection, request)
    kind = f"dispatch.request.{fact}.v1"
    append_facts(connection, deps.draft(kind, request.state.id, request.version, request.state, now=now, actor=actor))
    return request
