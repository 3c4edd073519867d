"""Lines in, incidents out: all of one request or none, each number of a sender once."""

from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.checks import refuse, time_fault
from services.incident_intake.domain.incident import Incident
from services.incident_intake.domain.short_line.codec import Reading, decode, read_fields
from services.incident_intake.domain.short_line.fields import territory
from services.incident_intake.domain.short_line.report import FieldReport
from services.incident_intake.handlers.context import Intake, own_incident
from services.incident_intake.handlers.placing import own_township
from services.incident_intake.handlers.short_lines.filing import file_new, file_update, write_short_line
from services.incident_intake.handlers.short_lines.plan import Outcome, Plan, content_of, plan
from services.incident_intake.handlers.short_lines.views import brief_view, gaps_view, line_view
from services.incident_intake.schemas import ReadShortLines, TakeShortLines
from services.incident_intake.store.short_lines import ShortLine, insert_line, lines_of_incident
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid
from shared.kernel.ids import new_id


def readings_of(cmd: ReadShortLines, now: datetime) -> list[Reading]:
    """What can be read of the text or of the fields.

    Raises:
        Invalid: `short_line.nothing_said`, `short_line.none_found`.
    """
    received_at = cmd.received_at or now
    if cmd.text:
        found = decode(cmd.text, received_at)
        if not found:
            raise Invalid("short_line.none_found", faults=(FieldFault("/text", "short_line.none_found"),))
        return found
    if not cmd.fields:
        raise Invalid("short_line.nothing_said", faults=(FieldFault("/text", "short_line.nothing_said"),))
    return [read_fields(cmd.fields, received_at)]


def take_lines(connection: Connection, intake: Intake, actor: Actor, cmd: TakeShortLines, now: datetime) -> Answer:
    """File every line; a line that is known already has no further effect.

    Raises:
        Invalid: a field cannot be true, or the check does not agree and nobody confirmed (`short_line.unconfirmed`).
        Conflict: `short_line.sequence_used`, `short_line.same_event_unclear`, `short_line.not_this_event`.
        Forbidden: `access.other_territory`.
    """
    refuse(fault for fault in [time_fault("/received_at", cmd.received_at, now, intake.config)] if fault is not None)
    readings = readings_of(cmd, now)
    reports = [_checked(index, reading, cmd, actor) for index, reading in enumerate(readings)]
    filed = [
        _file(connection, intake, actor, cmd, reading, report, now)
        for reading, report in zip(readings, reports, strict=True)
    ]
    units = dict.fromkeys(report.unit for report in reports)
    body = {"lines": filed, "missing": gaps_view(connection, list(units))}
    return Answer(201 if any(one["outcome"] in {Outcome.NEW, Outcome.UPDATE} for one in filed) else 200, body)


def _checked(index: int, reading: Reading, cmd: TakeShortLines, actor: Actor) -> FieldReport:
    refuse(FieldFault(f"/lines/{index}{fault.pointer}", fault.code, **fault.params) for fault in reading.faults)
    report = reading.report
    assert report is not None, "without faults there is a report"
    if not reading.is_checked and not cmd.confirmed:
        pointer = f"/lines/{index}/chk"
        fault = FieldFault(pointer, "short_line.unconfirmed", given=reading.values["chk"], expected=reading.expected)
        raise Invalid("short_line.unconfirmed", faults=(fault,), given=reading.values["chk"], expected=reading.expected)
    place = territory(report.unit)
    own_township(actor, place.code if place else None)
    return report


def _file(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    cmd: TakeShortLines,
    reading: Reading,
    report: FieldReport,
    now: datetime,
) -> dict[str, object]:
    planned = plan(connection, intake, reading, report, renumbered=cmd.renumbered, separate=cmd.separate)
    if planned.outcome is Outcome.REPEATED:
        return line_view(reading, planned)
    if planned.outcome is Outcome.NUMBER_USED:
        assert planned.known is not None
        raise Conflict("short_line.sequence_used", sequence=report.sequence, known=planned.known.content)
    outcome, incident = _target(connection, actor, cmd, planned)
    if outcome is Outcome.NEW:
        incident = file_new(connection, intake, actor, report, cmd, now)
    about = incident.id if incident else planned.own.id if planned.own else ""
    earlier = lines_of_incident(connection, about)
    is_late = any((line.era, line.serial) > (planned.era, planned.serial) for line in earlier)
    if outcome is Outcome.UPDATE and incident is not None:
        incident = file_update(connection, intake, actor, incident, report, now, is_late=is_late)
    line = _line(reading, report, planned, cmd, actor, about, now)
    insert_line(connection, line)
    write_short_line(connection, line, report, now=now, actor=actor, is_late=is_late)
    return line_view(reading, planned, outcome=outcome, incident=incident)


def _target(
    connection: Connection, actor: Actor, cmd: TakeShortLines, planned: Plan
) -> tuple[Outcome, Incident | None]:
    if cmd.incident_id is not None and planned.outcome in {Outcome.NEW, Outcome.UNCLEAR}:
        chosen = own_incident(connection, actor, cmd.incident_id)
        if chosen.id not in {one.id for one in planned.candidates}:
            raise Conflict("short_line.not_this_event", number=chosen.number)
        return Outcome.UPDATE, chosen
    if planned.outcome is Outcome.UNCLEAR:
        raise Conflict("short_line.same_event_unclear", candidates=[brief_view(one) for one in planned.candidates])
    return planned.outcome, planned.incident


def _line(
    reading: Reading,
    report: FieldReport,
    planned: Plan,
    cmd: TakeShortLines,
    actor: Actor,
    incident_id: str,
    now: datetime,
) -> ShortLine:
    return ShortLine(
        id=new_id(),
        unit=report.unit,
        era=planned.era,
        serial=planned.serial,
        content=content_of(reading),
        given_check=reading.values["chk"][:8],
        checked=reading.is_checked,
        confirmed_by=None if reading.is_checked else actor.name,
        channel=cmd.channel.value,
        received_at=cmd.received_at or now,
        recorded_at=now,
        occurred_at=report.occurred_at,
        type_code=report.type_code,
        dead=report.dead,
        missing=report.missing,
        injured=report.injured,
        trapped=report.trapped,
        moved=report.moved,
        outage=report.outage,
        risk=report.risk,
        need=report.need,
        incident_id=incident_id,
        taken_by=actor.name,
    )
