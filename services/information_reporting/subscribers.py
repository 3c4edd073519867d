"""What reporting hears: incidents, which are what it reports; forces, calls and days, which stand in its papers."""

from collections.abc import Callable

from sqlalchemy import Connection

from services.information_reporting.domain.rules import Party
from services.information_reporting.handlers.context import Reporting
from services.information_reporting.handlers.hearing import hear_clock, hear_incident, hear_report
from services.information_reporting.store.copies import keep_assignment, keep_call, keep_day, keep_roll_call
from shared.contracts.envelope import Envelope
from shared.contracts.events.dispatch import AssignmentFact
from shared.contracts.events.intake import IncidentFact
from shared.contracts.events.notify import NotificationFact, NotificationKind
from shared.contracts.events.report import ReportClockFact, ReportFact
from shared.contracts.events.roll_call import RollCallFact
from shared.contracts.events.roster import CalendarDayFact
from shared.http.hosting import Deps
from shared.messaging.subscriptions import Subscription
from shared.storage.system import seen_before

INCIDENTS = "information_reporting__incidents"
FORCES = "information_reporting__forces"
CALLS = "information_reporting__calls"
DAYS = "information_reporting__days"
ROLL_CALLS = "information_reporting__roll_calls"
REPORTS = "information_reporting__reports"
CLOCKS = "information_reporting__clocks"


def subscriptions(reporting: Reporting) -> list[Subscription]:
    """All of them; every fact has its effect once, however often it comes."""
    deps = reporting.deps
    is_others, is_centres = _not_of(deps.site), _of(reporting.config.hub)

    def is_townships(subject: str) -> bool:
        """Another township's, heard by a township: what the centre owes the city never goes on anywhere else."""
        return reporting.party is Party.TOWNSHIP and is_others(subject) and not is_centres(subject)

    async def on_incident(envelope: Envelope) -> None:
        fact, now = IncidentFact.model_validate(envelope.data), deps.clock.now()
        # The highest version is heard, so that a repeated fact needs no inbox.
        await deps.database.write(lambda c: hear_incident(c, reporting, envelope, fact, now), repeatable=True)

    async def on_report(envelope: Envelope) -> None:
        fact, now = ReportFact.model_validate(envelope.data), deps.clock.now()
        if is_others(envelope.type):
            await _once(REPORTS, envelope, lambda c: hear_report(c, reporting, envelope, fact, now))

    async def on_clock(envelope: Envelope) -> None:
        fact, now = ReportClockFact.model_validate(envelope.data), deps.clock.now()
        if is_townships(envelope.type):
            # The highest version is kept.
            await deps.database.write(lambda c: hear_clock(c, reporting, envelope, fact, now), repeatable=True)

    async def _once(consumer: str, envelope: Envelope, effect: Callable[[Connection], None]) -> None:
        def work(connection: Connection) -> None:
            if not seen_before(connection, consumer, envelope.id, now=deps.clock.now()):
                effect(connection)

        await deps.database.write(work, repeatable=True)

    told = ("report.report.sent.v1", "report.report.phoned.v1")
    return [
        Subscription(INCIDENTS, ("intake.incident.*.v1",), on_incident, side_by_side=True),
        *_copies(deps),
        Subscription(REPORTS, told, on_report, hears=is_others),
        Subscription(CLOCKS, ("report.clock.*.v1",), on_clock, hears=is_townships, side_by_side=True),
    ]


def _copies(deps: Deps) -> list[Subscription]:
    """What stands in papers besides; the highest version is kept, so that a repeated fact changes nothing."""
    is_own = _of(deps.site)

    async def on_assignment(envelope: Envelope) -> None:
        fact = AssignmentFact.model_validate(envelope.data)
        await deps.database.write(lambda c: keep_assignment(c, fact, envelope.aggregateversion))

    async def on_call(envelope: Envelope) -> None:
        if is_own(envelope.type):
            fact = NotificationFact.model_validate(envelope.data)
            if fact.kind is not NotificationKind.ROLL_CALL:  # counted by itself
                await deps.database.write(lambda c: keep_call(c, fact, envelope.aggregateversion), repeatable=True)

    async def on_roll_call(envelope: Envelope) -> None:
        if is_own(envelope.type):
            fact = RollCallFact.model_validate(envelope.data)
            await deps.database.write(lambda c: keep_roll_call(c, fact, envelope.aggregateversion))

    async def on_day(envelope: Envelope) -> None:
        if is_own(envelope.type):
            fact = CalendarDayFact.model_validate(envelope.data)
            await deps.database.write(lambda c: keep_day(c, fact, envelope.aggregateversion))

    answered = ("notify.notification.created.v1", "notify.notification.acknowledged.v1")
    return [
        Subscription(FORCES, ("dispatch.assignment.*.v1",), on_assignment, side_by_side=True),
        Subscription(CALLS, answered, on_call, hears=is_own, side_by_side=True),
        Subscription(ROLL_CALLS, ("roster.roll_call.*.v1",), on_roll_call, hears=is_own, side_by_side=True),
        Subscription(DAYS, ("roster.calendar_day.set.v1",), on_day, hears=is_own),
    ]


def _of(site: str) -> Callable[[str], bool]:
    return lambda subject: subject.startswith(f"evt.{site}.")


def _not_of(site: str) -> Callable[[str], bool]:
    return lambda subject: not subject.startswith(f"evt.{site}.")
