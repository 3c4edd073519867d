"""What reporting tells of an incident's reports becomes lines of its timeline: each step, and what was late."""

from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.handlers.context import Intake, is_late, write_line
from services.incident_intake.handlers.notes import concerned_by
from services.incident_intake.store.incidents import find_merge
from shared.contracts.envelope import Envelope
from shared.contracts.events.report import ReportClockFact, ReportClockState, ReportFact, ReportKind
from shared.i18n import label


def record_report(connection: Connection, intake: Intake, envelope: Envelope, fact: ReportFact, now: datetime) -> None:
    """Write how far a report has come, at the time at which it did."""
    if fact.incident_id is None:
        return
    at, whom = _moment(envelope, fact)
    answer = label(f"support_reply.{fact.answer.reply.value}") if fact.answer else None
    for incident_id in concerned_by(connection, find_merge(connection, fact.incident_id), fact.incident_id):
        write_line(
            connection, incident_id, "report", told_by=envelope, code=f"timeline.report.{envelope.fact}", now=now,
            at=at, actor_name=fact.actor_name, late=is_late(intake, envelope, now), report_id=fact.id,
            report=_name(fact), number=fact.document_number, whom=whom, answer=answer, note=fact.remark,
        )  # fmt: skip


def record_delay(
    connection: Connection, intake: Intake, envelope: Envelope, fact: ReportClockFact, now: datetime
) -> None:
    """Write that a deadline has passed, and by how much it was missed once it is met after all (迟报)."""
    if fact.incident_id is None or fact.state not in {ReportClockState.OVERDUE, ReportClockState.MET_LATE}:
        return
    is_met = fact.state is ReportClockState.MET_LATE and fact.met_at is not None
    at = fact.met_at if is_met and fact.met_at else fact.due_at
    for incident_id in concerned_by(connection, find_merge(connection, fact.incident_id), fact.incident_id):
        write_line(
            connection, incident_id, "report", told_by=envelope, now=now, at=at,
            code="timeline.report.met_late" if is_met else "timeline.report.overdue", actor_name=fact.actor_name,
            late=is_late(intake, envelope, now), report_id=fact.report_id, rule_id=fact.rule_id,
            what=f"{label(f'report_leg.{fact.leg.value}')} {label(f'clock_channel.{fact.channel.value}')}",
            minutes=max(1, round((at - fact.due_at).total_seconds() / 60)), basis=fact.basis,
        )  # fmt: skip


def _moment(envelope: Envelope, fact: ReportFact) -> tuple[datetime, str | None]:
    """When the step was taken, and who was told or answered."""
    match envelope.fact:
        case "phoned" if fact.phone is not None:
            return fact.phone.at, fact.phone.to
        case "sent" if fact.sent_at is not None:
            return fact.sent_at, fact.sent_to
        case "receipted" if fact.receipted_at is not None:
            return fact.receipted_at, fact.receipted_by
        case "answered" if fact.answer is not None:
            return fact.answer.at, fact.answer.by
        case "signed" if fact.signed_at is not None:
            return fact.signed_at, fact.signer_name
        case _:
            return envelope.time, None


def _name(fact: ReportFact) -> str:
    name = label(f"report_kind.{fact.kind.value}")
    is_counted = fact.kind is ReportKind.FOLLOW_UP or (fact.kind is ReportKind.SUPPORT and fact.serial > 1)
    serial = f" {fact.serial}" if is_counted else ""
    return f"{name}{serial}" + (f"（第{fact.revision}版）" if fact.revision > 1 else "")
