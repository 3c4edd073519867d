"""The air at the scene as somebody read it: a line of the timeline, and steps that wait for the cold look at it."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.checks import refuse, time_fault
from services.incident_intake.handlers.context import Intake, home_incident, tell, write_line
from services.incident_intake.handlers.guidance.conditions import follow_conditions
from services.incident_intake.handlers.views import incident_view
from services.incident_intake.schemas.desk import RecordObservation
from services.incident_intake.store.callers import find_caller
from services.incident_intake.store.incidents import update_incident
from shared.contracts.events.intake import IncidentStatus, Observation
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict


def record_observation(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: RecordObservation, now: datetime
) -> Answer:
    """Keep the reading; the latest by its own time holds, each stands in the timeline.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `home.elsewhere`, `incident.merged`.
        Invalid: the time cannot be true.
    """
    before = home_incident(connection, intake, actor, incident_id)
    if before.status is IncidentStatus.MERGED:
        raise Conflict("incident.merged", merged_into=before.merged_into)
    fault = time_fault("/at", cmd.at, now, intake.config)
    refuse([fault] if fault else [])
    read = Observation(temperature_c=cmd.temperature_c, at=cmd.at or now, source=cmd.source, recorded_by=actor.name)
    is_latest = before.observation is None or before.observation.at <= read.at
    after = replace(
        before, observation=read if is_latest else before.observation, version=before.version + 1, updated_at=now
    )
    update_incident(connection, after)
    write_line(
        connection, after.id, "observation", now=now, at=read.at, actor_name=actor.name,
        temperature=f"{read.temperature_c:g}", source=read.source,
    )  # fmt: skip
    tell(connection, intake, "updated", after, now=now, actor=actor, changed=["observation"])
    follow_conditions(connection, intake, now)
    view = incident_view(after, find_caller(connection, after.id), exercise=intake.deps.exercise)
    return Answer(201, view)
