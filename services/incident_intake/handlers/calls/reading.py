"""Reading calls: lists and histories with masked callers; one call with its caller, which is put on record."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call, has_caller, open_caller, phone_digits, tally
from services.incident_intake.handlers.calls.context import head_of, own_call
from services.incident_intake.handlers.calls.views import call_view
from services.incident_intake.handlers.context import Intake, require_known
from services.incident_intake.handlers.reading import SAME_READING, put_on_record
from services.incident_intake.store.callers import read_since
from services.incident_intake.store.calls import CallFilter, list_calls
from services.incident_intake.store.homes import find_elsewhere
from services.incident_intake.store.incidents import find_incident, merged_beneath
from shared.contracts.events.calls import CallOutcome
from shared.http.paging import keyed_page
from shared.kernel.access import Action, Actor
from shared.kernel.clock import wire_time

HISTORY = 50
"""More calls of one number tell an officer nothing new; the counts name that there are more."""


def calls_page(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    *,
    phone: str | None,
    incident_id: str | None,
    outcome: CallOutcome | None,
    since: datetime | None,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """One page, the last one recorded first; of an incident also the calls of those that were merged into it.

    Raises:
        NotFound: `incident.not_found`.
    """
    wanted = CallFilter(
        digits=None if phone is None else phone_digits(phone) or "",
        incident_ids=None if incident_id is None else _with_merged(connection, actor, incident_id),
        outcome=outcome,
        township=actor.bound_territory,
        since=since,
    )
    found = list_calls(connection, wanted, after=after, limit=limit + 1)
    return keyed_page(found, limit, lambda call: (call.id,), lambda call: _viewed(connection, intake, call))


def _with_merged(connection: Connection, actor: Actor, incident_id: str) -> tuple[str, ...]:
    require_known(connection, actor, incident_id)
    return (incident_id, *merged_beneath(connection, incident_id))


def _viewed(connection: Connection, intake: Intake, call: Call) -> dict[str, Any]:
    return call_view(intake, call, _number(connection, call.incident_id))


def _number(connection: Connection, incident_id: str | None) -> str | None:
    if incident_id is None:
        return None
    known = find_incident(connection, incident_id) or find_elsewhere(connection, incident_id)
    return known.number if known else None


async def read_call(intake: Intake, actor: Actor, call_id: str) -> dict[str, Any]:
    """One call; who may read the caller gets the data unmasked once the reading is on record.

    Raises:
        NotFound: `call.not_found`.
    """
    now = intake.deps.clock.now()

    def look(connection: Connection) -> tuple[Call, str | None, bool]:
        call = own_call(connection, actor, call_id)
        is_recorded = read_since(connection, call_id, actor.account_id, now - SAME_READING)
        return call, _number(connection, call.incident_id), is_recorded

    call, number, is_recorded = await intake.deps.database.read(look)
    if not has_caller(call) or not actor.may(Action.CALLER_READ):
        return call_view(intake, call, number)
    if not is_recorded:
        await intake.deps.database.write(lambda c: put_on_record(c, intake, actor, call.id, call.number, now))
        intake.metrics.caller_reads.inc()
    return call_view(intake, call, number, caller=open_caller(call))


def caller_history(connection: Connection, intake: Intake, phone: str) -> dict[str, Any]:
    """What came from this number before. Whoever asks knows the number; names stay masked, so nothing is on record."""
    digits = phone_digits(phone)
    found = list_calls(connection, CallFilter(digits=digits or ""), after=None, limit=HISTORY) if digits else []
    return {
        "total": len(found),
        "is_all": len(found) < HISTORY,
        "outcomes": tally(found),
        "items": [{**_viewed(connection, intake, call), "incident": _incident(connection, call)} for call in found],
    }


def _incident(connection: Connection, call: Call) -> dict[str, Any] | None:
    if call.incident_id is None:
        return None
    head = head_of(connection, call.incident_id)
    known = find_incident(connection, head) or find_elsewhere(connection, head)
    if known is None:
        return None
    closed_at = getattr(known, "closed_at", None)
    return {
        "id": head,
        "number": known.number,
        "title": known.title,
        "status": known.status,
        "closed_at": wire_time(closed_at) if closed_at else None,
    }
