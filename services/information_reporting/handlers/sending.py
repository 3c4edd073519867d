"""Out of the house: told by telephone, sent on paper, received on the other side; each meets the clocks it is for."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.information_reporting.domain.fields import gaps
from services.information_reporting.domain.reckoning import Told
from services.information_reporting.domain.report import Report, step
from services.information_reporting.handlers.clocks import settle
from services.information_reporting.handlers.context import Reporting, checked_moment, keep_report, own_report
from services.information_reporting.handlers.known import known_values
from services.information_reporting.handlers.views import report_view
from services.information_reporting.schemas import PhoneSuperiors, ReceiptReport, SendReport
from services.information_reporting.store.copies import find_incident
from services.information_reporting.store.reports import add_step
from shared.contracts.events.acts import Act
from shared.contracts.events.report import PhoneReport, ReportKind, SendChannel
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict
from shared.storage.system import append_facts


def phone_superiors(
    connection: Connection, reporting: Reporting, actor: Actor, report_id: str, cmd: PhoneSuperiors, now: datetime
) -> Answer:
    """Told by telephone, in whatever state the paper is: the call comes first.

    Raises:
        NotFound, Conflict: `report.phoned_already`, `report.superseded`.
        Invalid: the time cannot be.
    """
    before = own_report(connection, reporting, actor, report_id)
    if before.superseded_by is not None:
        raise Conflict("report.superseded", current=before.superseded_by)
    if before.phone is not None:
        raise Conflict("report.phoned_already", to=before.phone.to)
    incident = find_incident(connection, before.incident_id) if before.incident_id else None
    at = checked_moment(reporting, "/at", cmd.at, now, earliest=incident.occurred_at if incident else None)
    phone = PhoneReport(at=at, to=cmd.to, by_name=cmd.by_name or actor.name)
    after = replace(before, phone=phone, told=before.told or known_values(before))
    kept = keep_report(connection, reporting, after, "phoned", now=now, actor=actor, changed=["phone"])
    add_step(connection, kept, "phone", before, actor.name, at=now, note="; ".join(filter(None, (cmd.to, cmd.note))))
    _settle(connection, reporting, kept, SendChannel.PHONE, at, now, actor)
    return Answer(200, report_view(connection, kept))


def send_report(
    connection: Connection, reporting: Reporting, actor: Actor, report_id: str, cmd: SendReport, now: datetime
) -> Answer:
    """The signed paper went out.

    Raises:
        NotFound, Conflict: `report.transition_refused`, `report.superseded`.
        Invalid: `time.in_future`, `report.time_too_early`: no paper goes out before it is signed.
    """
    before = own_report(connection, reporting, actor, report_id)
    target = step(before, "send")
    at = checked_moment(reporting, "/at", cmd.at, now, earliest=before.signed_at)
    after = replace(
        before, state=target, sent_at=at, sent_to=cmd.to, sent_channel=cmd.channel, told=known_values(before)
    )
    changed = ["state", "sent_at", "sent_to", "sent_channel"]
    kept = keep_report(connection, reporting, after, "sent", now=now, actor=actor, changed=changed)
    add_step(connection, kept, "send", before, actor.name, at=now, note=cmd.to)
    detail = {"document_number": kept.document_number, "to": cmd.to[:200], "channel": cmd.channel.value}
    fact = reporting.deps.acted("report", Act.REPORT_SENT, actor, now=now, target=kept.id, detail=detail)
    append_facts(connection, fact)
    _settle(connection, reporting, kept, cmd.channel, at, now, actor)
    return Answer(200, report_view(connection, kept))


def note_receipt(
    connection: Connection, reporting: Reporting, actor: Actor, report_id: str, cmd: ReceiptReport, now: datetime
) -> Answer:
    """The other side has said that it has it.

    Raises:
        NotFound, Conflict: `report.transition_refused`.
        Invalid: the time cannot be.
    """
    before = own_report(connection, reporting, actor, report_id, is_out=True)
    target = step(before, "receipt")
    at = checked_moment(reporting, "/at", cmd.at, now, earliest=before.sent_at)
    after = replace(before, state=target, receipted_at=at, receipted_by=cmd.by)
    changed = ["state", "receipted_at", "receipted_by"]
    kept = keep_report(connection, reporting, after, "receipted", now=now, actor=actor, changed=changed)
    add_step(connection, kept, "receipt", before, actor.name, at=now, note=cmd.by)
    return Answer(200, report_view(connection, kept))


def _settle(
    connection: Connection,
    reporting: Reporting,
    report: Report,
    channel: SendChannel,
    at: datetime,
    now: datetime,
    actor: Actor,
) -> None:
    if report.kind is ReportKind.SUPPORT:
        return  # asking for help is not telling what has happened: no deadline ends with it
    missing = gaps(report.kind, known_values(report), report.type_code)
    told = Told(at, report.id, report.kind, channel, has_gaps=bool(missing))
    settle(connection, reporting, report.series, told, now=now, actor=actor)
