"""What a line would become, without doing it: the same for the preview and for the act."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from services.incident_intake.domain.incident import Incident
from services.incident_intake.domain.short_line.codec import Reading
from services.incident_intake.domain.short_line.matching import Telling, minute, perhaps_same, same_event, same_fact
from services.incident_intake.domain.short_line.report import FieldReport
from services.incident_intake.domain.short_line.sequence import serial
from services.incident_intake.handlers.context import Intake
from services.incident_intake.store.incidents import OPEN, find_incident
from services.incident_intake.store.short_lines import (
    OwnReport,
    ShortLine,
    find_line,
    find_own_report,
    last_number,
    lines_of_event,
    own_reports,
)
from shared.contracts.events.intake import IncidentStatus

_MINUTE = timedelta(minutes=1)


class Outcome(StrEnum):
    """What becomes of a line."""

    NEW = "new"
    UPDATE = "update"
    REPEATED = "repeated"
    KNOWN = "known"
    UNCLEAR = "unclear"
    NUMBER_USED = "number_used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a line would become.

    Args:
        incident: of this site, that the line is about.
        own: the incident in the sender's own log, when it has arrived here before the line.
        known: the line that has this number already.
        candidates: incidents of which a person must say whether the line is about one of them.
    """

    outcome: Outcome
    era: int
    serial: int
    incident: Incident | None = None
    own: OwnReport | None = None
    known: ShortLine | None = None
    candidates: tuple[Incident, ...] = ()


def content_of(reading: Reading) -> str:
    """The line up to its check, as it is written: two lines with the same content say the same."""
    return "|".join(text for name, text in reading.values.items() if name != "chk") + "|"


def telling_of(report: FieldReport) -> Telling:
    """What identifies the event that a line tells of."""
    figures = (report.dead, report.missing, report.injured, report.trapped)
    return Telling(report.unit, report.type_code, report.occurred_at, figures)


def plan(
    connection: Connection, intake: Intake, reading: Reading, report: FieldReport, *, renumbered: bool, separate: bool
) -> Plan:
    """Find the number's place and the event's.

    Args:
        renumbered: the sender began to number anew.
        separate: the person said that it is another event.
    """
    era, last = last_number(connection, report.unit)
    number = serial(report.sequence, last)
    known = find_line(connection, report.unit, era, number)
    if known is not None and known.content == content_of(reading):
        own = find_own_report(connection, known.incident_id)
        incident = _living(connection, known.incident_id)
        return Plan(outcome=Outcome.REPEATED, era=era, serial=number, incident=incident, own=own, known=known)
    if renumbered:
        era, number = era + (last is not None), report.sequence
    elif known is not None:
        return Plan(outcome=Outcome.NUMBER_USED, era=era, serial=number, known=known)
    return _event(connection, intake, report, era, number, separate=separate)


def _event(
    connection: Connection, intake: Intake, report: FieldReport, era: int, number: int, *, separate: bool
) -> Plan:
    telling, at, span = telling_of(report), report.occurred_at, intake.config.same_line_span.value
    if separate:
        return Plan(outcome=Outcome.NEW, era=era, serial=number)
    lines = lines_of_event(connection, report.unit, report.type_code, at - span - _MINUTE, at + span + _MINUTE)
    certain = next((line for line in lines if same_event(line.telling, telling)), None)
    if certain is not None:
        return _going_on(connection, intake, certain.incident_id, era, number)
    own = _own_log(connection, telling, at)
    if own is not None:
        return Plan(outcome=Outcome.KNOWN, era=era, serial=number, own=own)
    near = dict.fromkeys(line.incident_id for line in lines if perhaps_same(line.telling, telling, span))
    found = (_living(connection, incident_id) for incident_id in near)
    candidates = tuple({one.id: one for one in found if one is not None and one.status in OPEN}.values())
    outcome = Outcome.UNCLEAR if candidates else Outcome.NEW
    return Plan(outcome=outcome, era=era, serial=number, candidates=candidates)


def _going_on(connection: Connection, intake: Intake, incident_id: str, era: int, number: int) -> Plan:
    """About an incident that an earlier line was about: this site may change it only as long as it is its own."""
    incident = _living(connection, incident_id)
    own = find_own_report(connection, incident.merged_into or "" if incident else incident_id)
    is_ours = (
        incident is not None and incident.home_site == intake.deps.site and incident.status is not IncidentStatus.MERGED
    )
    outcome = Outcome.UPDATE if is_ours else Outcome.KNOWN
    return Plan(outcome=outcome, era=era, serial=number, incident=incident, own=own)


def _own_log(connection: Connection, telling: Telling, at: datetime) -> OwnReport | None:
    """The one incident of the sender's own log that tells the same; with several a person will see both."""
    reports = own_reports(connection, telling.unit, telling.type_code, minute(at), minute(at) + _MINUTE)
    found = [one for one in reports if same_fact(telling, one.telling)]
    return found[0] if len(found) == 1 else None


def _living(connection: Connection, incident_id: str) -> Incident | None:
    """The incident, or the one of this site that it was merged into."""
    found = find_incident(connection, incident_id)
    seen = {incident_id}
    while found is not None and found.merged_into and found.merged_into not in seen:
        seen.add(found.merged_into)
        above = find_incident(connection, found.merged_into)
        if above is None:
            break
        found = above
    return found
