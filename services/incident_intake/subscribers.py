"""What other services tell becomes a line of the timeline, in the order of its time, late or not."""

from collections.abc import Awaitable, Callable

from sqlalchemy import Connection

from services.incident_intake.handlers.command import SHAPES, record_command
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.elsewhere import apply_decision, hear_incident
from services.incident_intake.handlers.handover import hear_answer
from services.incident_intake.handlers.notes import record_assignment, record_mark, record_notification, record_wind
from services.incident_intake.handlers.remarks import hear_remark
from services.incident_intake.handlers.short_lines.own_log import hear_own_log
from services.incident_intake.handlers.told_reports import record_delay, record_report
from shared.contracts.envelope import Envelope
from shared.contracts.events.dispatch import AssignmentFact, ConflictFact
from shared.contracts.events.intake import HandoverAnswerFact, IncidentFact, RemarkFact
from shared.contracts.events.marks import MarkFact, WindFact
from shared.contracts.events.notify import NotificationFact
from shared.contracts.events.report import ReportClockFact, ReportFact
from shared.messaging.subscriptions import Subscription
from shared.storage.system import seen_before

ASSIGNMENTS = "incident_intake__assignments"
NOTIFICATIONS = "incident_intake__notifications"
OTHER_LOGS = "incident_intake__other_logs"
INCIDENTS = "incident_intake__incidents"
ANSWERS = "incident_intake__handover_answers"
DECISIONS = "incident_intake__decisions"
REMARKS = "incident_intake__remarks"
MARKS = "incident_intake__marks"
WINDS = "incident_intake__winds"
REPORTS = "incident_intake__reports"
DELAYS = "incident_intake__delays"
COMMAND = "incident_intake__command"

_Once = Callable[[str, Envelope, Callable[[Connection], None]], Awaitable[None]]


def subscriptions(intake: Intake) -> list[Subscription]:
    """What intake hears; every fact has its effect once, however often it comes."""
    is_news = _news_for(intake.deps.site)

    async def on_assignment(envelope: Envelope) -> None:
        fact = AssignmentFact.model_validate(envelope.data)
        now = intake.deps.clock.now()
        await _once(ASSIGNMENTS, envelope, lambda c: record_assignment(c, intake, envelope, fact, now))

    async def on_notification(envelope: Envelope) -> None:
        fact = NotificationFact.model_validate(envelope.data)
        now = intake.deps.clock.now()
        # Without an inbox: the line's id comes from the fact, so it is written once.
        await intake.deps.database.write(lambda c: record_notification(c, intake, envelope, fact, now))

    async def on_incident(envelope: Envelope) -> None:
        if not is_news(envelope.type):
            return
        fact = IncidentFact.model_validate(envelope.data)
        now = intake.deps.clock.now()
        await _once(INCIDENTS, envelope, lambda c: hear_incident(c, intake, envelope, fact, now))

    async def on_answer(envelope: Envelope) -> None:
        fact = HandoverAnswerFact.model_validate(envelope.data)
        now = intake.deps.clock.now()
        await _once(ANSWERS, envelope, lambda c: hear_answer(c, intake, envelope, fact, now))

    async def on_decision(envelope: Envelope) -> None:
        fact = ConflictFact.model_validate(envelope.data)
        now = intake.deps.clock.now()
        await _once(DECISIONS, envelope, lambda c: apply_decision(c, intake, envelope, fact, now))

    async def _once(consumer: str, envelope: Envelope, effect: Callable[[Connection], None]) -> None:
        def work(connection: Connection) -> None:
            if not seen_before(connection, consumer, envelope.id, now=intake.deps.clock.now()):
                effect(connection)

        await intake.deps.database.write(work, repeatable=True)

    return [
        Subscription(ASSIGNMENTS, ("dispatch.assignment.*.v1",), on_assignment),
        Subscription(NOTIFICATIONS, ("notify.notification.*.v1",), on_notification, hears=_is_told, side_by_side=True),
        _other_logs(intake),
        Subscription(INCIDENTS, ("intake.incident.*.v1",), on_incident, hears=is_news, side_by_side=True),
        Subscription(ANSWERS, ("intake.handover.*.v1",), on_answer),
        Subscription(DECISIONS, ("dispatch.conflict.decided.v1",), on_decision),
        _remarks(intake),
        *_plotted(intake),
        *_reports(intake),
        _command(intake, _once),
    ]


def _is_told(subject: str) -> bool:
    """Each attempt to reach somebody would bury what came of it."""
    return not subject.endswith(".attempted.v1")


def _plotted(intake: Intake) -> list[Subscription]:
    """What is plotted for an incident; the line's id comes from the fact, so it is written once without an inbox."""

    async def on_mark(envelope: Envelope) -> None:
        fact = MarkFact.model_validate(envelope.data)
        now = intake.deps.clock.now()
        await intake.deps.database.write(lambda c: record_mark(c, intake, envelope, fact, now))

    async def on_wind(envelope: Envelope) -> None:
        fact = WindFact.model_validate(envelope.data)
        now = intake.deps.clock.now()
        await intake.deps.database.write(lambda c: record_wind(c, intake, envelope, fact, now))

    return [
        Subscription(MARKS, ("dispatch.mark.*.v1",), on_mark),
        Subscription(WINDS, ("dispatch.wind.*.v1",), on_wind),
    ]


def _reports(intake: Intake) -> list[Subscription]:
    """Steps and delays of reports; a line has the id of its fact, so it is written once without an inbox."""
    deps = intake.deps

    async def on_report(envelope: Envelope) -> None:
        fact, now = ReportFact.model_validate(envelope.data), deps.clock.now()
        await deps.database.write(lambda c: record_report(c, intake, envelope, fact, now))

    async def on_delay(envelope: Envelope) -> None:
        fact, now = ReportClockFact.model_validate(envelope.data), deps.clock.now()
        await deps.database.write(lambda c: record_delay(c, intake, envelope, fact, now))

    return [
        Subscription(REPORTS, ("report.report.*.v1",), on_report, side_by_side=True),
        Subscription(DELAYS, ("report.clock.overdue.v1", "report.clock.met.v1"), on_delay, side_by_side=True),
    ]


def _command(intake: Intake, once: _Once) -> Subscription:
    """What is commanded at the scene, in one line of delivery: an order may answer to what the post just did."""

    async def on_command(envelope: Envelope) -> None:
        now = intake.deps.clock.now()
        await once(COMMAND, envelope, lambda c: record_command(c, intake, envelope, now))

    return Subscription(COMMAND, tuple(f"dispatch.{aggregate}.*.v1" for aggregate in SHAPES), on_command)


def _remarks(intake: Intake) -> Subscription:
    """What other sites note on incidents; a line has an id, so it is written once without an inbox."""

    async def on_remark(envelope: Envelope) -> None:
        if envelope.site == intake.deps.site:
            return
        fact = RemarkFact.model_validate(envelope.data)
        now = intake.deps.clock.now()
        await intake.deps.database.write(lambda c: hear_remark(c, intake, envelope, fact, now))

    return Subscription(REMARKS, ("intake.remark.made.v1",), on_remark)


def _other_logs(intake: Intake) -> Subscription:
    """What the log of a site says itself, after a report was taken down in its name."""
    is_others = _others_than(intake.deps.site)

    async def on_other_log(envelope: Envelope) -> None:
        if not is_others(envelope.type):
            return
        fact = IncidentFact.model_validate(envelope.data)
        now = intake.deps.clock.now()

        def work(connection: Connection) -> None:
            if not seen_before(connection, OTHER_LOGS, envelope.id, now=now):
                hear_own_log(connection, intake, envelope, fact, now)

        await intake.deps.database.write(work)

    return Subscription(OTHER_LOGS, ("intake.incident.*.v1",), on_other_log, hears=is_others, side_by_side=True)


def _others_than(site: str) -> Callable[[str], bool]:
    return lambda subject: not subject.startswith(f"evt.{site}.")


def _news_for(site: str) -> Callable[[str], bool]:
    """Not the site's own word, which stands in its store already."""
    is_others = _others_than(site)
    return lambda subject: is_others(subject) or subject.endswith(".handed_over.v1")
