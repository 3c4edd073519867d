"""Destroying personal data (突发事件应对法 §85): what stays is how many, how often read, and who did it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call
from services.incident_intake.handlers.calls.context import tell_call
from services.incident_intake.handlers.context import Intake, write_line
from services.incident_intake.store.callers import destroy_due, has_due
from services.incident_intake.store.calls import due_alone, emptied, update_call
from services.incident_intake.store.incidents import find_incident
from services.incident_intake.store.personal_data import (
    Destruction,
    Waiting,
    add_destruction,
    count_readings,
    due_at,
)
from shared.contracts.events.acts import Act
from shared.kernel.access import Actor
from shared.storage.system import append_facts


async def destroy_callers(intake: Intake) -> int:
    """Destroy what is due and say so on the timelines; returns how many records went."""
    now = intake.deps.clock.now()
    if not await intake.deps.database.read(lambda connection: has_due(connection, now)):
        return 0
    gone = await intake.deps.database.write(lambda connection: _destroy(connection, intake, now))
    intake.metrics.callers_destroyed.inc(gone)
    return gone


def _destroy(connection: Connection, intake: Intake, now: datetime) -> int:
    due, alone = due_at(connection, now), due_alone(connection, now)
    destroy_due(connection, now)
    for call in alone:
        empty_call(connection, intake, call, now, actor=None)
    return note_destruction(connection, intake, due, now, actor=None) + len(alone)


def empty_call(
    connection: Connection, intake: Intake, call: Call, now: datetime, *, actor: Actor | None, reason: str | None = None
) -> None:
    """Destroy what a call without an incident holds of a person, what was said with it; searches forget it too."""
    after = emptied(call)
    update_call(connection, after)
    tell_call(connection, intake, "updated", after, now=now, actor=actor)
    told = intake.deps.acted(
        "intake", Act.PERSONAL_DATA_DESTROYED, actor, now=now, target=call.number, detail={"records": 1}
    )
    append_facts(connection, told)
    done = Destruction(
        incident_id=call.id, at=now, due_at=call.destroy_after, records=1,
        readings=count_readings(connection, [call.id]).get(call.id, 0), decided_by=actor.name if actor else None,
        reason=reason,
    )  # fmt: skip
    add_destruction(connection, done)


def note_destruction(
    connection: Connection,
    intake: Intake,
    gone: Iterable[Waiting],
    now: datetime,
    *,
    actor: Actor | None,
    reason: str | None = None,
) -> int:
    """Keep what is left of destroyed data: a line, a row of statistics, an entry of the audit book.

    Args:
        actor: who decided it; None when their time had come.
    """
    name = actor.name if actor else None
    total = 0
    for one in gone:
        readings = count_readings(connection, [one.incident_id]).get(one.incident_id, 0)
        write_line(
            connection, one.incident_id, "updated", code="timeline.caller_destroyed", now=now, actor_name=name,
            records=one.records, reason=reason,
        )  # fmt: skip
        done = Destruction(
            incident_id=one.incident_id, at=now, due_at=one.due_at, records=one.records, readings=readings,
            decided_by=name, reason=reason,
        )  # fmt: skip
        add_destruction(connection, done)
        incident = find_incident(connection, one.incident_id)
        told = intake.deps.acted(
            "intake", Act.PERSONAL_DATA_DESTROYED, actor, now=now,
            target=incident.number if incident else one.incident_id, detail={"records": one.records},
        )  # fmt: skip
        append_facts(connection, told)
        total += one.records
    return total
