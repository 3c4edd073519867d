"""Lines that people and other services add to a timeline, and what an order to a unit does to its incident."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.context import Intake, home_incident, is_late, tell, write_line
from services.incident_intake.handlers.views import entry_view
from services.incident_intake.schemas import NoteInput
from services.incident_intake.store.homes import is_offered
from services.incident_intake.store.incidents import Merge, find_incident, find_merge, update_incident
from shared.contracts.envelope import Envelope
from shared.contracts.events.dispatch import AssignmentFact
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.events.marks import MarkFact, WindFact
from shared.contracts.events.notify import NotificationFact
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict


def add_note(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: NoteInput, now: datetime
) -> Answer:
    """Add a line; other sites hear it as a follow-up that changed nothing but the timeline.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.merged`: the line belongs to the incident that goes on.
    """
    before = home_incident(connection, intake, actor, incident_id)
    if before.status is IncidentStatus.MERGED:
        raise Conflict("incident.merged", merged_into=before.merged_into)
    after = replace(before, version=before.version + 1, updated_at=now)
    update_incident(connection, after)
    entry = write_line(connection, after.id, "note", now=now, actor_name=actor.name, text=cmd.text)
    tell(connection, intake, "updated", after, now=now, actor=actor, changed=["note"], remark=cmd.text)
    return Answer(201, entry_view(entry))


def record_assignment(
    connection: Connection, intake: Intake, envelope: Envelope, fact: AssignmentFact, now: datetime
) -> None:
    """Write what a unit was ordered or reported into its incident's timeline; the first order makes it active.

    A late report is marked late and keeps the time at the scene, so that it stands where it belongs (4.3).
    """
    incident = find_incident(connection, fact.incident_id)
    found = concerned_by(connection, incident, fact.incident_id)
    report = fact.reported
    status = report.status if report else fact.status
    for incident_id in found:
        write_line(
            connection, incident_id, "assignment", told_by=envelope, code=f"timeline.assignment.{status}", now=now,
            at=report.occurred_at if report else envelope.time,
            actor_name=(report.actor_name if report else None) or fact.actor_name,
            late=bool(report and report.late) or is_late(intake, envelope, now),
            assignment_id=fact.id, number=fact.number, unit_id=fact.unit_id, unit_name=fact.unit_name,
            relation=fact.relation, status=status, note=(report.note if report else None) or fact.remark,
        )  # fmt: skip
    if incident is None or incident.home_site != intake.deps.site:
        return
    if envelope.fact == "ordered" and incident.status is IncidentStatus.REPORTED:
        _activate(connection, intake, incident, envelope, fact, now)


def _activate(
    connection: Connection,
    intake: Intake,
    incident: Incident,
    cause: Envelope,
    fact: AssignmentFact,
    now: datetime,
) -> None:
    after = replace(incident, status=IncidentStatus.ACTIVE, version=incident.version + 1, updated_at=now)
    update_incident(connection, after)
    name = fact.actor_name or fact.ordered_by
    lines = [{"field": "status", "before": incident.status, "after": after.status}]
    write_line(connection, after.id, "updated", now=now, actor_name=name, changes=lines)
    tell(connection, intake, "updated", after, now=now, actor=None, actor_name=name, changed=["status"], cause=cause)


def record_notification(
    connection: Connection, intake: Intake, envelope: Envelope, fact: NotificationFact, now: datetime
) -> None:
    """Write how far a call-out has come into its incident's timeline; whom it calls stays with notification."""
    if fact.incident_id is None or envelope.fact == "attempted":
        return
    is_answer = envelope.fact == "acknowledged"
    is_for_another = is_answer and fact.on_behalf_of_name is not None
    what = "answered_for" if is_for_another else envelope.fact
    for incident_id in concerned_by(connection, find_merge(connection, fact.incident_id), fact.incident_id):
        write_line(
            connection, incident_id, "notification", told_by=envelope, code=f"timeline.notification.{what}", now=now,
            at=(fact.acknowledged_at if is_answer else None) or envelope.time,
            actor_name=(fact.acknowledged_by if is_answer else None) or fact.actor_name,
            late=is_late(intake, envelope, now),
            notification_id=fact.id, title=fact.title, state=fact.state, step=fact.step, steps_total=fact.steps_total,
            person_name=fact.on_behalf_of_name, by_phone=fact.phone_answer, cancel_reason=fact.cancel_reason,
            note=(fact.ack_note if is_answer else None) or fact.remark,
        )  # fmt: skip


def record_mark(connection: Connection, intake: Intake, envelope: Envelope, fact: MarkFact, now: datetime) -> None:
    """Write into the incident's timeline what was plotted for it, changed or lifted, and why."""
    if fact.incident_id is None:
        return
    is_back = envelope.fact == "changed" and fact.changed == ["removed_at"]
    what = "restored" if is_back else envelope.fact
    for incident_id in concerned_by(connection, find_merge(connection, fact.incident_id), fact.incident_id):
        write_line(
            connection, incident_id, "mark", told_by=envelope, code=f"timeline.mark.{what}", now=now,
            at=fact.drawn_at if envelope.fact == "drawn" else envelope.time, actor_name=fact.actor_name,
            late=is_late(intake, envelope, now), mark_id=fact.id, mark_kind=fact.kind, name=fact.label,
            kind_name=label(f"mark_kind.{fact.kind.value}"), basis=fact.basis, reason=fact.remark,
        )  # fmt: skip


def record_wind(connection: Connection, intake: Intake, envelope: Envelope, fact: WindFact, now: datetime) -> None:
    """Write the wind that was recorded for the incident, at the time at which it blew."""
    for incident_id in concerned_by(connection, find_merge(connection, fact.incident_id), fact.incident_id):
        write_line(
            connection, incident_id, "mark", told_by=envelope, code="timeline.mark.wind", now=now, at=fact.at,
            actor_name=fact.actor_name, late=is_late(intake, envelope, now), wind=fact.text, note=fact.note,
            source_name=label(f"wind_source.{fact.source.value}"),
        )  # fmt: skip


def concerned_by(connection: Connection, incident: Incident | Merge | None, incident_id: str) -> list[str]:
    """The incident and those it was merged into, where people look.

    Another site's incident has its lines there, unless it is on its way here: what is heard meanwhile may come too
    late for the log that its former home gives along.
    """
    if incident is None:
        return [incident_id] if is_offered(connection, incident_id) else []
    found = [incident.id]
    above = incident.merged_into
    while above is not None and above not in found:
        found.append(above)
        parent = find_merge(connection, above)
        above = parent.merged_into if parent else None
    return found
