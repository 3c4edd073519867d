"""Commands on assignments."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.chain import CLOCK_TOLERANCE, apply_report, recall_status, unit_status
from services.resource_dispatch.domain.held import Assignment, IncidentCopy, Unit
from services.resource_dispatch.handlers.command.joining import join_evacuation
from services.resource_dispatch.handlers.units import own_unit, record_unit, require_field_right, unit_or_refuse
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.schemas import NewAssignment, Recall, StatusCommand, assignment_view
from services.resource_dispatch.store.assignments import (
    active_of_unit,
    count_of_incident,
    find_assignment,
    insert_assignment,
    save_assignment,
)
from services.resource_dispatch.store.command import active_of_incident
from services.resource_dispatch.store.elsewhere import find_seen
from services.resource_dispatch.store.incidents import find_incident
from shared.contracts.events.command import EvacuationFact
from shared.contracts.events.dispatch import AssignmentFact, AssignmentStatus, StatusReport, StatusSource, UnitStatus
from shared.contracts.events.intake import IncidentStatus
from shared.http.hosting import Deps
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.homes import HUB, site_name
from shared.kernel.ids import new_id
from shared.storage.system import append_facts


def order(
    connection: Connection,
    deps: Deps,
    metrics: DispatchMetrics,
    actor: Actor,
    cmd: NewAssignment,
    now: datetime,
    *,
    request_id: str | None = None,
) -> dict[str, Any]:
    """Send a unit of this site to an incident of any site.

    Args:
        request_id: the other site's request that this order answers.

    Raises:
        NotFound: `incident.unknown_here` (its fact has not arrived), `unit.unknown`.
        Conflict: `unit.busy` naming the incident that has it, `unit.unavailable`, `incident.closed`, `home.elsewhere`.
    """
    incident = find_incident(connection, cmd.incident_id)
    if incident is None:
        raise NotFound("incident.unknown_here")
    if incident.status in {IncidentStatus.CLOSED, IncidentStatus.MERGED}:
        raise Conflict("incident.closed", number=incident.number)
    unit = own_unit(connection, deps, cmd.unit_id)
    _require_free(connection, unit, metrics)
    ordered = _ordered(connection, deps, actor, cmd, incident, unit, now)
    assignment = Assignment(ordered.model_copy(update={"request_id": request_id}), 1)
    insert_assignment(connection, assignment)
    _tell(connection, deps, assignment, "ordered", now=now, actor=actor, remark=cmd.note)
    state = unit.state.model_copy(update={"active_assignment_id": assignment.state.id})
    _move_unit(connection, deps, Unit(state, unit.version), now=now, actor=actor)
    join_evacuation(connection, deps, incident.id, now, actor)
    metrics.ordered.labels(unit.state.relation.value).inc()
    return assignment_view(assignment)


def _require_free(connection: Connection, unit: Unit, metrics: DispatchMetrics) -> None:
    active = active_of_unit(connection, unit.state.id)
    if active is not None:
        metrics.conflicts.inc()
        raise Conflict(
            "unit.busy",
            unit=unit.state.name,
            incident_id=active.state.incident_id,
            incident_number=active.state.incident_number,
            assignment_id=active.state.id,
        )
    if unit.state.status is not UnitStatus.STANDBY:
        metrics.conflicts.inc()
        raise Conflict("unit.unavailable", unit=unit.state.name, status=unit.state.status.value)


def _ordered(
    connection: Connection,
    deps: Deps,
    actor: Actor,
    cmd: NewAssignment,
    incident: IncidentCopy,
    unit: Unit,
    now: datetime,
) -> AssignmentFact:
    # Each site counts its own orders only, so all but the centre's bear the site's name.
    place = "" if deps.site == HUB else deps.site.upper()
    number = f"{incident.number}-{place}{count_of_incident(connection, incident.id) + 1:02d}"
    return AssignmentFact(
        id=new_id(),
        number=number,
        incident_id=incident.id,
        incident_number=incident.number,
        incident_title=incident.title,
        unit_id=unit.state.id,
        unit_name=unit.state.name,
        relation=unit.state.relation,
        status=AssignmentStatus.ORDERED,
        active=True,
        ordered_at=now,
        ordered_by=actor.name,
        note=_with_warning(connection, incident, cmd.note),
        home_site=deps.site,
    )


def _with_warning(connection: Connection, incident: IncidentCopy, note: str | None) -> str | None:
    """While everybody is being called out, whoever is sent must know it before driving in."""
    leaving = active_of_incident(connection, EvacuationFact, incident.id)
    if leaving is None:
        return note
    place = leaving.state.assembly_text or label("notification_text.assembly_on_map")
    warning = label("assignment_note.evacuating", number=leaving.state.number, place=place, reason=leaving.state.reason)
    return f"{warning} {note or ''}".strip()


def report_status(
    connection: Connection,
    deps: Deps,
    metrics: DispatchMetrics,
    actor: Actor,
    assignment_id: str,
    cmd: StatusCommand,
    now: datetime,
) -> dict[str, Any]:
    """A status from the field. A late one is kept and moves nothing; `applied` tells which.

    Raises:
        NotFound: `assignment.unknown`.
        Conflict: the chain does not allow it, or `home.elsewhere`.
        Invalid: it is said to have happened in the future.
    """
    assignment = _own_assignment(connection, assignment_id)
    unit = unit_or_refuse(connection, assignment.state.unit_id)
    require_field_right(actor, unit)
    occurred_at = cmd.occurred_at or now
    if occurred_at > now + CLOCK_TOLERANCE.value:
        raise Invalid("time.in_future", faults=(FieldFault("/occurred_at", "time.in_future"),))
    report = StatusReport(
        status=cmd.status,
        occurred_at=occurred_at,
        recorded_at=now,
        actor_name=actor.name,
        source=cmd.source,
        note=cmd.note,
    )
    state = apply_report(assignment.state, report, correction=cmd.correction)
    late = state.reported is not None and state.reported.late
    metrics.reports.labels("late" if late else "in_order").inc()
    following = _follow(connection, deps, Assignment(state, assignment.version), unit, "status_changed", now, actor)
    return {**assignment_view(following), "applied": not late}


def recall(
    connection: Connection, deps: Deps, actor: Actor, assignment_id: str, cmd: Recall, now: datetime
) -> dict[str, Any]:
    """Call a unit back: ended at once if it has not left, else it is returning.

    Raises:
        NotFound: `assignment.unknown`.
        Conflict: `assignment.nothing_to_recall`, `home.elsewhere`.
    """
    assignment = _own_assignment(connection, assignment_id)
    unit = unit_or_refuse(connection, assignment.state.unit_id)
    report = StatusReport(
        status=recall_status(assignment.state.status),
        occurred_at=now,
        recorded_at=now,
        actor_name=actor.name,
        source=StatusSource.DESK,
        note=cmd.reason,
    )
    state = apply_report(assignment.state, report, correction=True)
    following = _follow(connection, deps, Assignment(state, assignment.version), unit, "recalled", now, actor)
    return assignment_view(following)


def _own_assignment(connection: Connection, assignment_id: str) -> Assignment:
    assignment = find_assignment(connection, assignment_id)
    if assignment is not None:
        return assignment
    seen = find_seen(connection, assignment_id)
    if seen is None:
        raise NotFound("assignment.unknown")
    raise Conflict("home.elsewhere", site=seen.promise.home_site, site_name=site_name(seen.promise.home_site))


def _follow(
    connection: Connection, deps: Deps, assignment: Assignment, unit: Unit, fact: str, now: datetime, actor: Actor
) -> Assignment:
    following = Assignment(assignment.state, assignment.version + 1)
    was_active = unit.state.active_assignment_id == assignment.state.id
    busy_elsewhere = following.state.active and not was_active and active_of_unit(connection, unit.state.id) is not None
    if busy_elsewhere:  # a correction would give the unit a second active assignment
        raise Conflict("unit.busy", unit=unit.state.name)
    save_assignment(connection, following)
    remark = following.state.reported.note if following.state.reported else None
    _tell(connection, deps, following, fact, now=now, actor=actor, remark=remark)
    if was_active or following.state.active:
        status = unit_status(following.state.status)
        active_id = following.state.id if following.state.active else None
        changed_at = now if status is not unit.state.status else unit.state.status_since
        state = unit.state.model_copy(
            update={"status": status, "status_since": changed_at, "active_assignment_id": active_id}
        )
        if state != unit.state:
            _move_unit(connection, deps, Unit(state, unit.version), now=now, actor=actor)
    if following.state.active:
        join_evacuation(connection, deps, following.state.incident_id, now, actor)
    return following


def _move_unit(connection: Connection, deps: Deps, unit: Unit, *, now: datetime, actor: Actor) -> None:
    changed = ["status", "active_assignment_id"]
    record_unit(connection, deps, unit, fact="status_changed", changed=changed, now=now, actor=actor)


def _tell(
    connection: Connection,
    deps: Deps,
    assignment: Assignment,
    fact: str,
    *,
    now: datetime,
    actor: Actor,
    remark: str | None,
) -> None:
    payload = assignment.state.model_copy(update={"changed": ["status"], "actor_name": actor.name, "remark": remark})
    kind = f"dispatch.assignment.{fact}.v1"
    append_facts(connection, deps.draft(kind, payload.id, assignment.version, payload, now=now, actor=actor))
