"""请求支援: superiors are asked, by telephone first and on paper after, and their answer is kept. It sends nobody."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.information_reporting.handlers.context import Reporting, checked_moment, keep_report, own_report
from services.information_reporting.handlers.drafting import draft_support
from services.information_reporting.handlers.views import report_view
from services.information_reporting.schemas import AnswerSupport, RequestSupport
from services.information_reporting.store.reports import add_step
from shared.contracts.events.report import ReportKind, SupportAnswer
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, NotFound


def request_support(
    connection: Connection, reporting: Reporting, actor: Actor, cmd: RequestSupport, now: datetime
) -> Answer:
    """Draft the request; it goes the way of every report, the telephone first.

    Raises:
        Invalid: `report.incident_unknown`.
    """
    return Answer(201, report_view(connection, draft_support(connection, reporting, actor, cmd, now)))


def answer_support(
    connection: Connection, reporting: Reporting, actor: Actor, report_id: str, cmd: AnswerSupport, now: datetime
) -> Answer:
    """Keep what the superiors answered; a later answer takes the place of an earlier one, both stay in the history.

    Raises:
        NotFound: `report.not_found`.
        Conflict: `support.not_asked`: nobody has been asked yet.
        Invalid: the time cannot be.
    """
    before = own_report(connection, reporting, actor, report_id, is_out=True)
    if before.kind is not ReportKind.SUPPORT:
        raise NotFound("report.not_found", id=report_id)
    asked_at = before.out_at
    if asked_at is None:
        raise Conflict("support.not_asked")
    at = checked_moment(reporting, "/at", cmd.at, now, earliest=asked_at)
    told = SupportAnswer(reply=cmd.reply, by=cmd.by, at=at, note=cmd.note or None)
    kept = keep_report(
        connection, reporting, replace(before, answer=told), "answered", now=now, actor=actor, changed=["answer"]
    )
    add_step(connection, kept, "answer", before, actor.name, at=now, note=_words(told))
    return Answer(200, report_view(connection, kept))


def _words(told: SupportAnswer) -> str:
    reply = label(f"support_reply.{told.reply.value}")
    return ";".join(filter(None, (f"{told.by}:{reply}", told.note)))
