"""Ending an incident and going back on it: recover, close, reopen, merge, split. Each says why."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.checks import Hint
from services.incident_intake.domain.incident import Incident, needs_grade, require_step
from services.incident_intake.handlers.calls.moving import recount_calls
from services.incident_intake.handlers.carrying import carry_figures, give_figures_back
from services.incident_intake.handlers.context import Intake, home_incident, require_version, tell, write_line
from services.incident_intake.handlers.views import incident_view
from services.incident_intake.schemas import CloseIncident, MergeIncident, RecoverIncident, WithReason
from services.incident_intake.store.callers import find_caller, set_destruction
from services.incident_intake.store.incidents import find_incident, merged_beneath, update_incident
from shared.contracts.events.intake import IncidentStatus
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid


def close_incident(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: CloseIncident, now: datetime
) -> Answer:
    """End an incident; from now on its callers' data wait for destruction (突发事件应对法 §85).

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.changed`, `incident.merged`, `incident.already_closed`.
    """
    before = home_incident(connection, intake, actor, incident_id)
    require_version(connection, before, cmd.version, _view(connection, intake, before))
    if before.status is IncidentStatus.CLOSED:
        raise Conflict("incident.already_closed", number=before.number)
    require_step(before, IncidentStatus.CLOSED)
    after = _next(before, now, status=IncidentStatus.CLOSED, closed_at=now)
    update_incident(connection, after)
    ends = now + intake.config.caller_retention.value
    set_destruction(connection, [after.id, *merged_beneath(connection, after.id)], ends)
    write_line(connection, after.id, "closed", now=now, actor_name=actor.name, summary=cmd.summary)
    tell(connection, intake, "closed", after, now=now, actor=actor, changed=["status", "closed_at"], remark=cmd.summary)
    hints = [Hint("/grade", "incident.grade_missing")] if after.grade is None and needs_grade(after.type_code) else []
    return Answer(200, _view(connection, intake, after, hints))


def recover_incident(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: RecoverIncident, now: datetime
) -> Answer:
    """处置→善后: the danger is over, what is left is care and clearing up; clocks and list keep it.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.changed`, `incident.merged`, `incident.already_closed`, `incident.recovering_already`.
    """
    before = home_incident(connection, intake, actor, incident_id)
    require_version(connection, before, cmd.version, _view(connection, intake, before))
    if before.status is IncidentStatus.CLOSED:
        raise Conflict("incident.already_closed", number=before.number)
    if before.status is IncidentStatus.RECOVERING:
        raise Conflict("incident.recovering_already", number=before.number)
    require_step(before, IncidentStatus.RECOVERING)
    after = _next(before, now, status=IncidentStatus.RECOVERING)
    update_incident(connection, after)
    write_line(connection, after.id, "recovering", now=now, actor_name=actor.name, note=cmd.note)
    tell(connection, intake, "updated", after, now=now, actor=actor, changed=["status"], remark=cmd.note)
    return Answer(200, _view(connection, intake, after))


def reopen_incident(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: WithReason, now: datetime
) -> Answer:
    """Take an ending back, or go from 善后 back to handling.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.merged`, `incident.not_closed`.
    """
    before = home_incident(connection, intake, actor, incident_id)
    if before.status in {IncidentStatus.REPORTED, IncidentStatus.ACTIVE}:
        raise Conflict("incident.not_closed", number=before.number)
    require_step(before, IncidentStatus.ACTIVE)
    after = _next(before, now, status=IncidentStatus.ACTIVE, closed_at=None)
    update_incident(connection, after)
    set_destruction(connection, [after.id, *merged_beneath(connection, after.id)], None)
    write_line(connection, after.id, "reopened", now=now, actor_name=actor.name, reason=cmd.reason)
    tell(
        connection, intake, "reopened", after, now=now, actor=actor, changed=["status", "closed_at"], remark=cmd.reason
    )
    return Answer(200, _view(connection, intake, after))


def merge_incident(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: MergeIncident, now: datetime
) -> Answer:
    """Say that this incident is the same as another. Nothing of it is deleted, and `split` takes it back (4.2).

    Raises:
        NotFound: `incident.not_found`.
        Invalid: `incident.merge_into_self`, `incident.merge_target_unknown`.
        Conflict: `incident.merged`, `incident.already_closed`, `incident.merge_target_ended`.
    """
    before = home_incident(connection, intake, actor, incident_id)
    target = _target(connection, actor, before, cmd.into)
    if before.status is IncidentStatus.CLOSED:
        raise Conflict("incident.already_closed", number=before.number)
    require_step(before, IncidentStatus.MERGED)
    after = _next(before, now, status=IncidentStatus.MERGED, merged_into=target.id, status_before_merge=before.status)
    update_incident(connection, after)
    write_line(
        connection, after.id, "merged", now=now, actor_name=actor.name,
        into=target.id, into_number=target.number, reason=cmd.reason,
    )  # fmt: skip
    write_line(
        connection, target.id, "merged", code="timeline.absorbed", now=now, actor_name=actor.name,
        other_id=after.id, number=after.number, title=after.title, reason=cmd.reason,
    )  # fmt: skip
    carry_figures(connection, intake, target.id, before, now, actor=actor)
    recount_calls(connection, intake, actor, after.id, now)
    tell(
        connection, intake, "merged", after, now=now, actor=actor, changed=["status", "merged_into"], remark=cmd.reason
    )
    return Answer(200, _view(connection, intake, after))


def _target(connection: Connection, actor: Actor, before: Incident, into: str) -> Incident:
    pointer = "/into"
    if into == before.id:
        raise Invalid("incident.merge_into_self", faults=(FieldFault(pointer, "incident.merge_into_self"),))
    target = find_incident(connection, into)
    bound = actor.bound_territory
    if target is None or (bound is not None and target.township != bound):
        raise Invalid("incident.merge_target_unknown", faults=(FieldFault(pointer, "incident.merge_target_unknown"),))
    if target.status in {IncidentStatus.CLOSED, IncidentStatus.MERGED}:
        raise Conflict("incident.merge_target_ended", number=target.number, status=target.status.value)
    return target


def split_incident(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: WithReason, now: datetime
) -> Answer:
    """Take a merge back: the incident stands again as it stood before.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.not_merged`.
    """
    before = home_incident(connection, intake, actor, incident_id)
    if before.status is not IncidentStatus.MERGED or before.merged_into is None:
        raise Conflict("incident.not_merged", number=before.number)
    status = before.status_before_merge or IncidentStatus.REPORTED
    after = _next(before, now, status=status, merged_into=None, status_before_merge=None)
    update_incident(connection, after)
    if status is not IncidentStatus.CLOSED:  # one that was over when it was merged still is
        set_destruction(connection, [after.id, *merged_beneath(connection, after.id)], None)
    write_line(connection, after.id, "split", now=now, actor_name=actor.name, reason=cmd.reason)
    write_line(
        connection, before.merged_into, "split", code="timeline.released", now=now, actor_name=actor.name,
        other_id=after.id, number=after.number, title=after.title, reason=cmd.reason,
    )  # fmt: skip
    give_figures_back(connection, intake, before.merged_into, after, now, actor=actor)
    recount_calls(connection, intake, actor, after.id, now)
    tell(connection, intake, "split", after, now=now, actor=actor, changed=["status", "merged_into"], remark=cmd.reason)
    return Answer(200, _view(connection, intake, after))


def _next(before: Incident, now: datetime, **values: object) -> Incident:
    return replace(before, version=before.version + 1, updated_at=now, **values)  # type: ignore[arg-type]


def _view(
    connection: Connection, intake: Intake, incident: Incident, hints: list[Hint] | None = None
) -> dict[str, object]:
    caller = find_caller(connection, incident.id)
    return incident_view(incident, caller, exercise=intake.deps.exercise, hints=hints or ())
