"""A call of the unit where it happened is that unit's own report (国务院令 493 号 §9); the first one counts."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call
from services.incident_intake.handlers.context import Intake, tell, write_line
from services.incident_intake.store.incidents import find_incident, update_incident
from shared.contracts.events.intake import IncidentSource, UnitReport
from shared.kernel.access import Actor


def note_unit_report(
    connection: Connection, intake: Intake, actor: Actor, call: Call, incident_id: str, now: datetime
) -> None:
    """Keep on the incident when the unit itself reported, if this call is that and none is kept yet."""
    before = find_incident(connection, incident_id)
    if before is None or call.source is not IncidentSource.ENTERPRISE or before.unit_report is not None:
        return
    told = UnitReport(at=call.received_at, organisation=call.organisation)
    after = replace(before, unit_report=told, version=before.version + 1, updated_at=now)
    update_incident(connection, after)
    write_line(
        connection, after.id, "call", code="timeline.unit_reported", now=now, at=told.at, actor_name=actor.name,
        organisation=told.organisation, number=call.number,
    )  # fmt: skip
    tell(connection, intake, "updated", after, now=now, actor=actor, changed=["unit_report"])
