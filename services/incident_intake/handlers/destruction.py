"""Destroying callers' data when their time has come (突发事件应对法 §85)."""

from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.handlers.context import Intake, write_line
from services.incident_intake.store.callers import destroy_due, has_due


async def destroy_callers(intake: Intake) -> int:
    """Destroy what is due and say so on the timelines; returns how many callers went."""
    now = intake.deps.clock.now()
    if not await intake.deps.database.read(lambda connection: has_due(connection, now)):
        return 0
    gone = await intake.deps.database.write(lambda connection: _destroy(connection, now))
    intake.metrics.callers_destroyed.inc(gone)
    return gone


def _destroy(connection: Connection, now: datetime) -> int:
    incidents = destroy_due(connection, now)
    for incident_id in incidents:
        write_line(connection, incident_id, "updated", code="timeline.caller_destroyed", now=now, actor_name=None)
    return len(incidents)
