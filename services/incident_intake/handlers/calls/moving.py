"""Calls follow where their incident counts: after a merge in the one that goes on, after a split in their own again."""

from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.handlers.calls.context import tell_call
from services.incident_intake.handlers.context import Intake
from services.incident_intake.store.calls import calls_of, update_call
from services.incident_intake.store.incidents import merged_beneath
from shared.kernel.access import Actor


def recount_calls(connection: Connection, intake: Intake, actor: Actor | None, incident_id: str, now: datetime) -> None:
    """Tell of every call of the incident anew. The calls stay with it: nothing is lost by a merge."""
    for call in calls_of(connection, [incident_id, *merged_beneath(connection, incident_id)]):
        after = call.next()
        update_call(connection, after)
        tell_call(connection, intake, "updated", after, now=now, actor=actor)
