"""What a line does to its incident: makes it, or changes the figures that are new; both tellings stay readable."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.casualties import Statement
from services.incident_intake.domain.incident import Incident
from services.incident_intake.domain.short_line.fields import territory
from services.incident_intake.domain.short_line.report import FieldReport
from services.incident_intake.domain.short_line.spoken import outage
from services.incident_intake.handlers.context import Intake, write_line
from services.incident_intake.handlers.figures import stated_figures
from services.incident_intake.handlers.grades import keep_change, thought_possible
from services.incident_intake.handlers.report import report_incident
from services.incident_intake.schemas import ReportIncident, TakeShortLines
from services.incident_intake.store.incidents import find_incident
from services.incident_intake.store.short_lines import ShortLine
from shared.contracts.events.intake import IncidentSource
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.ids import new_id

_FIGURES = ("dead", "missing", "injured", "trapped")


def told(report: FieldReport) -> str:
    """What a line says besides figures of people harmed, in one sentence; the reporter's name is not in it."""
    parts = [
        f"险情:{report.risk}" if report.risk else "",
        f"需求:{report.need}" if report.need else "",
        "转移人数不明" if report.moved is None else f"已转移 {report.moved} 人" if report.moved else "",
        f"三断:{outage(report.outage)}" if report.outage else "",
    ]
    return ";".join(part for part in parts if part)


def file_new(
    connection: Connection, intake: Intake, actor: Actor, report: FieldReport, cmd: TakeShortLines, now: datetime
) -> Incident:
    """A new incident in the name of the territory's site, at the territory's seat until somebody knows better."""
    place = territory(report.unit)
    assert place is not None, "the reader knows the unit"
    said = {
        "type_code": report.type_code,
        "occurred_at": wire_time(report.occurred_at),
        "received_at": None if cmd.received_at is None else wire_time(cmd.received_at),
        "source": IncidentSource.TERRITORY,
        "possible_grade": report.grade,
        "description": told(report) or None,
        "location": {
            "lon": place.lon,
            "lat": place.lat,
            "township": place.code,
            "text": label("short_line.seat", name=place.name),
        },
        "casualties": {name: getattr(report, name) for name in _FIGURES},
        "caller": {"name": report.by or None, "organisation": place.name},
    }
    asked = ReportIncident.model_validate(said)
    answer = report_incident(connection, intake, actor, asked, now, on_behalf=(place.token, cmd.channel))
    incident = find_incident(connection, answer.body["id"])
    assert incident is not None
    return incident


def file_update(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    before: Incident,
    report: FieldReport,
    now: datetime,
    *,
    is_late: bool,
) -> Incident:
    """Figures that are known and new; a line that came after a later one changes nothing, it only stands in the log."""
    if is_late:
        return before
    said = {name: getattr(report, name) for name in _FIGURES}
    known = {name: value for name, value in said.items() if value is not None}
    place = territory(report.unit)
    source = Statement(
        by=actor.name, now=now, new_id=new_id, source=IncidentSource.TERRITORY.value,
        source_name=place.name if place else None,
    )  # fmt: skip
    after, _ = stated_figures(connection, intake, before, known, source)
    text = told(report)
    if text and text not in (before.description or ""):
        after = replace(after, description=f"{before.description}\n{text}" if before.description else text)
    if report.grade is not None:
        after = thought_possible(after, report.grade)
    return keep_change(connection, intake, before, after, now, actor=actor)


def write_short_line(
    connection: Connection, line: ShortLine, report: FieldReport, *, now: datetime, actor: Actor, is_late: bool
) -> None:
    """Each line stands in the timeline with what it said and how it came, so that two tellings can be compared."""
    figures = {name: getattr(report, name) for name in (*_FIGURES, "moved")}
    named = "、".join(f"{label(f'short_line_field.{name}')}{_figure(value)}" for name, value in figures.items())
    confirmed = "" if line.checked else label("short_line.confirmed", name=line.confirmed_by)
    write_line(
        connection, line.incident_id, "note", code="timeline.short_line", now=now, at=line.received_at, late=is_late,
        actor_name=actor.name, sequence=report.sequence, channel=line.channel,
        channel_name=label(f"relay_channel.{line.channel}"), received_at=wire_time(line.received_at), **figures,
        confirmed_by=line.confirmed_by, text=";".join(part for part in (named, told(report), confirmed) if part),
    )  # fmt: skip


def _figure(value: int | None) -> str:
    return "不明" if value is None else str(value)
