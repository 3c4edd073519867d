"""The unit where it happened reports by itself: within the hour, whoever told of it before (国务院令 493 号 §9)."""

from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.handlers.calls.taking import record_call
from services.incident_intake.handlers.context import Intake, home_incident
from services.incident_intake.handlers.views import incident_view
from services.incident_intake.schemas import ReportCaller
from services.incident_intake.schemas.calls import RecordCall, TakeUnitReport
from services.incident_intake.store.callers import find_caller
from shared.contracts.events.intake import IncidentSource, IncidentStatus
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict


def take_unit_report(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: TakeUnitReport, now: datetime
) -> Answer:
    """Take down what the unit reports: a call of its own, which names the moment on the incident.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `home.elsewhere`, `incident.merged`, `incident.unit_reported`.
        Invalid: a time cannot be true.
    """
    before = home_incident(connection, intake, actor, incident_id)
    if before.status is IncidentStatus.MERGED:
        raise Conflict("incident.merged", merged_into=before.merged_into)
    if before.unit_report is not None:
        raise Conflict("incident.unit_reported", number=before.number, at=wire_time(before.unit_report.at))
    who = ReportCaller(name=cmd.by_name, organisation=cmd.organisation, phone=cmd.phone)
    call = RecordCall(
        source=IncidentSource.ENTERPRISE, caller=who, said=cmd.said, received_at=cmd.at, incident_id=before.id
    )
    record_call(connection, intake, actor, call, now)
    after = home_incident(connection, intake, actor, incident_id)
    caller = find_caller(connection, after.id)
    return Answer(201, incident_view(after, caller, exercise=intake.deps.exercise))
