"""What becomes of a call: linked, taken out again, passed on, a false alarm, or waiting once more."""

from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call, Transfer
from services.incident_intake.domain.checks import refuse, time_fault
from services.incident_intake.handlers.calls.context import (
    Concerned,
    concerned,
    own_call,
    require_call_version,
    tell_call,
)
from services.incident_intake.handlers.calls.unit import note_unit_report
from services.incident_intake.handlers.calls.views import call_view
from services.incident_intake.handlers.context import Intake, write_line
from services.incident_intake.handlers.remarks import note_there
from services.incident_intake.schemas.calls import LinkCall, SettleCall, TransferCall
from services.incident_intake.store.calls import update_call
from shared.contracts.events.calls import CallOutcome
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict

_WITHOUT_INCIDENT = frozenset({CallOutcome.PENDING, CallOutcome.TRANSFERRED, CallOutcome.FALSE_ALARM})


def destruction_of(intake: Intake, incident: Concerned | None) -> datetime | None:
    """When the caller's data of a call of this incident are to be destroyed, if that has ended."""
    ended = incident.closed_at if incident else None
    return ended + intake.config.caller_retention.value if ended else None


def join(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    call: Call,
    incident: Concerned,
    now: datetime,
    *,
    reason: str | None,
) -> None:
    """Write into the incident's timeline that one more called, at the time of the call."""
    if incident.is_own:
        write_line(
            connection, incident.id, "call", code="timeline.call_linked", now=now, at=call.received_at,
            actor_name=actor.name, call_id=call.id, number=call.number, source=call.source, reason=reason,
        )  # fmt: skip
        note_unit_report(connection, intake, actor, call, incident.id, now)
        return
    text = label("call.note_linked", number=call.number, source=label(f"incident_source.{call.source}"))
    note_there(connection, intake, actor, incident.id, text, now, number=incident.number)


def link_call(
    connection: Connection, intake: Intake, actor: Actor, call_id: str, cmd: LinkCall, now: datetime
) -> Answer:
    """Say that the call tells of an incident that is known: nothing is filed anew (4.2).

    Raises:
        NotFound: `call.not_found`, `incident.not_found`.
        Conflict: `call.changed`, `call.opened_incident`.
    """
    before = _at(connection, intake, actor, call_id, cmd.version, now)
    _require_movable(before)
    incident = concerned(connection, intake, actor, cmd.incident_id, now)
    if before.incident_id == incident.id:
        return Answer(200, call_view(intake, before, incident.number))
    if before.incident_id is not None:
        _leave(connection, intake, actor, before, now, cmd.reason)
    after = before.next(
        incident_id=incident.id, outcome=CallOutcome.LINKED, destroy_after=destruction_of(intake, incident)
    )
    _keep(connection, intake, actor, "linked", after, now, cmd.reason)
    join(connection, intake, actor, after, incident, now, reason=cmd.reason)
    return Answer(200, call_view(intake, after, incident.number))


def unlink_call(
    connection: Connection, intake: Intake, actor: Actor, call_id: str, cmd: SettleCall, now: datetime
) -> Answer:
    """Take the link back: the call waits for a decision again.

    Raises:
        NotFound: `call.not_found`.
        Conflict: `call.changed`, `call.opened_incident`, `call.not_linked`.
    """
    before = _at(connection, intake, actor, call_id, cmd.version, now)
    _require_movable(before)
    if before.incident_id is None:
        raise Conflict("call.not_linked", number=before.number)
    _leave(connection, intake, actor, before, now, cmd.reason)
    after = before.next(incident_id=None, outcome=CallOutcome.PENDING, destroy_after=None)
    _keep(connection, intake, actor, "unlinked", after, now, cmd.reason)
    return Answer(200, call_view(intake, after, None))


def transfer_call(
    connection: Connection, intake: Intake, actor: Actor, call_id: str, cmd: TransferCall, now: datetime
) -> Answer:
    """Pass the call on at once to whose duty it is (突发事件应对法 §60). Its incident, if any, goes on until closed.

    Raises:
        NotFound: `call.not_found`.
        Conflict: `call.changed`, `call.already_transferred`.
        Invalid: a time cannot be true.
    """
    before = _at(connection, intake, actor, call_id, cmd.version, now)
    fault = time_fault("/at", cmd.at, now, intake.config)
    refuse([fault] if fault else [])
    if before.outcome is CallOutcome.TRANSFERRED and before.transfer is not None:
        raise Conflict("call.already_transferred", number=before.number, to=before.transfer.to)
    passed = Transfer(cmd.to, cmd.at or now, actor.name, cmd.reason, cmd.answered_by)
    ends = now + intake.config.caller_retention.value
    alone: dict[str, object] = {"outcome": CallOutcome.TRANSFERRED, "destroy_after": ends}
    after = before.next(transfer=passed, **({} if before.incident_id else alone))
    _keep(connection, intake, actor, "transferred", after, now, cmd.reason)
    if before.incident_id is not None:
        incident = concerned(connection, intake, actor, before.incident_id, now)
        write_line(
            connection, incident.id, "call", code="timeline.call_transferred", now=now, at=passed.at,
            actor_name=actor.name, call_id=after.id, number=after.number, to=passed.to, reason=cmd.reason,
        )  # fmt: skip
    return _answer(connection, intake, actor, after, now)


def close_call(
    connection: Connection, intake: Intake, actor: Actor, call_id: str, cmd: SettleCall, now: datetime
) -> Answer:
    """Say that it was a false alarm. The record stays; an incident that was filed is closed by itself.

    Raises:
        NotFound: `call.not_found`.
        Conflict: `call.changed`, `call.has_incident`.
    """
    before = _at(connection, intake, actor, call_id, cmd.version, now)
    if before.incident_id is not None:
        raise Conflict("call.has_incident", number=before.number)
    ends = now + intake.config.caller_retention.value
    after = before.next(outcome=CallOutcome.FALSE_ALARM, closed_reason=cmd.reason, destroy_after=ends)
    _keep(connection, intake, actor, "closed", after, now, cmd.reason)
    return Answer(200, call_view(intake, after, None))


def reopen_call(
    connection: Connection, intake: Intake, actor: Actor, call_id: str, cmd: SettleCall, now: datetime
) -> Answer:
    """Take back that it was passed on or false: it waits for a decision again.

    Raises:
        NotFound: `call.not_found`.
        Conflict: `call.changed`, `call.not_settled`.
    """
    before = _at(connection, intake, actor, call_id, cmd.version, now)
    if before.outcome not in _WITHOUT_INCIDENT - {CallOutcome.PENDING}:
        raise Conflict("call.not_settled", number=before.number)
    after = before.next(outcome=CallOutcome.PENDING, transfer=None, closed_reason=None, destroy_after=None)
    _keep(connection, intake, actor, "reopened", after, now, cmd.reason)
    return Answer(200, call_view(intake, after, None))


def _at(connection: Connection, intake: Intake, actor: Actor, call_id: str, version: int | None, now: datetime) -> Call:
    call = own_call(connection, actor, call_id)
    number = concerned(connection, intake, actor, call.incident_id, now).number if call.incident_id else None
    require_call_version(call, version, call_view(intake, call, number))
    return call


def _require_movable(call: Call) -> None:
    if call.outcome is CallOutcome.NEW:
        raise Conflict("call.opened_incident", number=call.number)


def _leave(connection: Connection, intake: Intake, actor: Actor, call: Call, now: datetime, reason: str | None) -> None:
    incident = concerned(connection, intake, actor, call.incident_id or "", now)
    if incident.is_own:
        write_line(
            connection, incident.id, "call", code="timeline.call_unlinked", now=now, actor_name=actor.name,
            call_id=call.id, number=call.number, reason=reason,
        )  # fmt: skip
        return
    text = label("call.note_unlinked", number=call.number)
    note_there(connection, intake, actor, incident.id, text, now, number=incident.number)


def _keep(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    fact: str,
    after: Call,
    now: datetime,
    reason: str | None,
) -> None:
    update_call(connection, after)
    tell_call(connection, intake, fact, after, now=now, actor=actor, remark=reason)


def _answer(connection: Connection, intake: Intake, actor: Actor, call: Call, now: datetime) -> Answer:
    number = concerned(connection, intake, actor, call.incident_id, now).number if call.incident_id else None
    return Answer(200, call_view(intake, call, number))
