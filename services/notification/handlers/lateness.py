"""Reports that are heard late, when a site that was cut off comes back: what was over long since calls nobody.

The facts of an incident come in order: `closed` is right behind `reported`. So the report waits for them, not long.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from services.notification.domain.limits import is_late
from services.notification.domain.reasons import CallReason
from services.notification.handlers.calling import Known, call_out_incident, known_of, reason_to_call
from services.notification.handlers.context import Notify
from services.notification.store.late import LateReport, drop_late, find_late, insert_late, replace_late
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import IncidentFact

_log = structlog.get_logger(__name__)


def take_report(
    connection: Connection, notify: Notify, cause: Envelope, known: Known, reporter: str | None, now: datetime
) -> CallReason:
    """Call people for a report at once, or let it wait if it is heard late and would call."""
    if not is_late(notify.limits, cause.time, now):
        return call_out_incident(connection, notify, cause, known, reporter, now)
    reason = reason_to_call(notify, cause, known)
    if not reason.calls:
        return reason
    _wait(connection, notify, cause, now)
    return CallReason.HEARD_LATE


def _wait(connection: Connection, notify: Notify, cause: Envelope, now: datetime) -> None:
    known = find_late(connection, cause.subject)
    if known is None:
        notify.take_time(connection, now)
        due, latest = now + notify.limits.late_rest.value, now + notify.limits.late_most.value
        insert_late(connection, LateReport(cause, due, latest))
    elif known.cause.aggregateversion < cause.aggregateversion:
        replace_late(connection, replace(known, cause=cause))


def hear_news(connection: Connection, notify: Notify, told: Envelope, now: datetime) -> None:
    """News of an incident whose report waits: late news puts it off, within the bound; fresh news ends the waiting."""
    if find_late(connection, told.subject) is None:
        return
    notify.take_time(connection, now)  # before the bound is read: it goes back with a clock set back
    waiting = find_late(connection, told.subject)
    assert waiting is not None
    rest = notify.limits.late_rest.value if is_late(notify.limits, told.time, now) else timedelta()
    replace_late(connection, replace(waiting, due_at=min(now + rest, waiting.latest_at)))


def decide_late(connection: Connection, notify: Notify, incident_id: str, now: datetime) -> bool:
    """Call people for a late report that is due, or not, by the newest that is known; whether it was decided."""
    late = find_late(connection, incident_id)
    if late is None or late.due_at > now:
        return False  # put off meanwhile, or another replica was faster
    drop_late(connection, incident_id)
    reporter = IncidentFact.model_validate(late.cause.data).actor_name
    reason = call_out_incident(connection, notify, late.cause, known_of(connection, incident_id), reporter, now)
    _log.info("late_incident_decided", incident_id=incident_id, reason=reason.value)
    return True
