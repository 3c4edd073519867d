"""待销毁: what waits for destruction after the end of its incident, keeping it longer, destroying it now (突法 §85)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call
from services.incident_intake.domain.caller import PURPOSE
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.context import Intake, write_line
from services.incident_intake.handlers.destruction import empty_call, note_destruction
from services.incident_intake.handlers.finding.known import known_incidents
from services.incident_intake.schemas.finding import DestroyPersonalData, ExtendPersonalData
from services.incident_intake.store.callers import set_destruction
from services.incident_intake.store.calls import find_call, find_calls, waiting_alone
from services.incident_intake.store.incidents import find_incident, merged_beneath
from services.incident_intake.store.personal_data import (
    Destruction,
    Key,
    Retention,
    Waiting,
    add_retention,
    count_readings,
    destroy_of,
    list_destructions,
    list_waiting,
    retentions_of,
    waiting_of,
)
from shared.contracts.events.acts import Act, Detail
from shared.http.commands import Answer
from shared.http.paging import keyed_page
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.storage.system import append_facts


def waiting_page(connection: Connection, *, after: Key, limit: int) -> dict[str, Any]:
    """One page of what waits, the earliest due first."""
    found = list_waiting(connection, after=after, limit=limit + 1)
    alone = waiting_alone(connection, after=after, limit=limit + 1)
    ids = [one.incident_id for one in found]
    known, readings = known_incidents(connection, ids), count_readings(connection, [*ids, *(one.id for one in alone)])
    decisions = retentions_of(connection, ids)
    items = [
        (one.due_at, one.incident_id, _waiting_view(one, known.get(one.incident_id), readings.get(one.incident_id, 0),
                                                    decisions))
        for one in found
    ] + [
        (one.destroy_after, one.id, _alone_view(one, one.destroy_after, readings.get(one.id, 0)))
        for one in alone if one.destroy_after is not None
    ]  # fmt: skip
    items.sort(key=lambda item: item[:2])
    return keyed_page(items, limit, lambda item: item[:2], lambda item: item[2])


def destroyed_page(connection: Connection, *, after: Key, limit: int) -> dict[str, Any]:
    """One page of what was destroyed, newest first: the statistics that stay."""
    found = list_destructions(connection, after=after, limit=limit + 1)
    ids = [one.incident_id for one in found]
    known, calls = known_incidents(connection, ids), find_calls(connection, ids)
    return keyed_page(
        found,
        limit,
        lambda one: (one.at, one.id),
        lambda one: _destroyed_view(one, known.get(one.incident_id), calls.get(one.incident_id)),
    )


def extend_retention(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: ExtendPersonalData, now: datetime
) -> Answer:
    """Keep an incident's personal data longer, and those of what was merged into it.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `personal_data.not_waiting`.
        Invalid: `personal_data.until_not_later`, `personal_data.until_too_far`.
    """
    incident, waiting = _waiting(connection, incident_id)
    before = min(one.due_at for one in waiting)
    if cmd.until <= max(before, now):
        raise _bad_until("personal_data.until_not_later", before=wire_time(before))
    most = intake.config.retention_extension.value
    if cmd.until > now + most:
        raise _bad_until("personal_data.until_too_far", days=most.days)
    ids = [one.incident_id for one in waiting]
    set_destruction(connection, ids, cmd.until)
    for one in waiting:
        decision = Retention(
            incident_id=one.incident_id, at=now, before=one.due_at, until=cmd.until, reason=cmd.reason,
            assessment=cmd.assessment, decided_by=actor.name,
        )  # fmt: skip
        add_retention(connection, decision)
    write_line(
        connection, incident.id, "updated", code="timeline.retention_extended", now=now, actor_name=actor.name,
        until=wire_time(cmd.until), reason=cmd.reason,
    )  # fmt: skip
    detail: dict[str, Detail] = {"records": sum(one.records for one in waiting), "until": wire_time(cmd.until)}
    told = intake.deps.acted(
        "intake", Act.PERSONAL_DATA_EXTENDED, actor, now=now, target=incident.number, detail=detail
    )  # fmt: skip
    append_facts(connection, told)
    return Answer(200, _one_view(connection, incident))


def destroy_now(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: DestroyPersonalData, now: datetime
) -> Answer:
    """Destroy an incident's personal data before their time, and those of what was merged into it.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `personal_data.not_waiting`.
    """
    incident, waiting = _waiting(connection, incident_id)
    destroy_of(connection, [one.incident_id for one in waiting])
    records = note_destruction(connection, intake, waiting, now, actor=actor, reason=cmd.reason)
    intake.metrics.callers_destroyed.inc(records)
    return Answer(200, {"incident_id": incident.id, "number": incident.number, "records": records})


def destroy_call_now(
    connection: Connection, intake: Intake, actor: Actor, call_id: str, cmd: DestroyPersonalData, now: datetime
) -> Answer:
    """Destroy what a call without an incident holds of a person, before its time; what was said goes with it.

    Raises:
        NotFound: `call.not_found`.
        Conflict: `personal_data.not_waiting`.
    """
    call = find_call(connection, call_id)
    if call is None:
        raise NotFound("call.not_found", id=call_id)
    if call.incident_id is not None or call.destroy_after is None:
        raise Conflict("personal_data.not_waiting", number=call.number)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    empty_call(connection, intake, call, now, actor=actor, reason=cmd.reason)
    intake.metrics.callers_destroyed.inc()
    return Answer(200, {"call_id": call.id, "number": call.number, "records": 1})


def _call_head(call: Call) -> dict[str, Any]:
    return {
        "incident_id": None,
        "call_id": call.id,
        "number": call.number,
        "title": label(f"call_outcome.{call.outcome.value}"),
        "status": call.outcome.value,
        "closed_at": None,
    }


def _alone_view(call: Call, due_at: datetime, readings: int) -> dict[str, Any]:
    """A call that led to no incident: passed on, or a false alarm."""
    return {
        **_call_head(call),
        "purpose": PURPOSE,
        "records": 1,
        "readings": readings,
        "destroy_after": wire_time(due_at),
        "extensions": [],
    }


def _waiting(connection: Connection, incident_id: str) -> tuple[Incident, Sequence[Waiting]]:
    incident = find_incident(connection, incident_id)
    if incident is None:
        raise NotFound("incident.not_found", id=incident_id)
    waiting = waiting_of(connection, [incident.id, *merged_beneath(connection, incident.id)])
    if not waiting:
        raise Conflict("personal_data.not_waiting", number=incident.number)
    return incident, waiting


def _bad_until(code: str, **params: object) -> Invalid:
    return Invalid(code, faults=(FieldFault("/until", code, **params),), **params)


def _one_view(connection: Connection, incident: Incident) -> dict[str, Any]:
    ids = [incident.id, *merged_beneath(connection, incident.id)]
    waiting = waiting_of(connection, ids)
    first = next((one for one in waiting if one.incident_id == incident.id), waiting[0])
    readings = count_readings(connection, [first.incident_id]).get(first.incident_id, 0)
    return _waiting_view(first, incident, readings, retentions_of(connection, ids))


def _incident_view(incident_id: str, incident: Incident | None) -> dict[str, Any]:
    closed = incident.closed_at if incident else None
    return {
        "incident_id": incident_id,
        "call_id": None,
        "number": incident.number if incident else None,
        "title": incident.title if incident else None,
        "status": incident.status.value if incident else None,
        "closed_at": wire_time(closed) if closed else None,
    }


def _waiting_view(
    one: Waiting, incident: Incident | None, readings: int, decisions: Sequence[Retention]
) -> dict[str, Any]:
    extensions = [
        {
            "at": wire_time(each.at),
            "before": wire_time(each.before),
            "until": wire_time(each.until),
            "reason": each.reason,
            "assessment": each.assessment,
            "by": each.decided_by,
        }
        for each in decisions
        if each.incident_id == one.incident_id
    ]
    return {
        **_incident_view(one.incident_id, incident),
        "purpose": PURPOSE,
        "records": one.records,
        "readings": readings,
        "destroy_after": wire_time(one.due_at),
        "extensions": extensions,
    }


def _destroyed_view(one: Destruction, incident: Incident | None, call: Call | None) -> dict[str, Any]:
    return {
        **(_call_head(call) if call else _incident_view(one.incident_id, incident)),
        "id": one.id,
        "at": wire_time(one.at),
        "due_at": wire_time(one.due_at) if one.due_at else None,
        "records": one.records,
        "readings": one.readings,
        "by": one.decided_by,
        "reason": one.reason,
    }
