"""Making drafts: prefilled from the facts, one of each sort, a follow-up with nothing but what has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from services.information_reporting.domain.changes import overlaid
from services.information_reporting.domain.fields import Value, is_empty
from services.information_reporting.domain.incident import Incident
from services.information_reporting.domain.naming import report_title
from services.information_reporting.domain.report import Report
from services.information_reporting.domain.rules import Party
from services.information_reporting.handlers.context import Reporting, keep_report, require_reporter
from services.information_reporting.handlers.summaries import bulletin_values, daily_values
from services.information_reporting.handlers.views import facts_now, report_view
from services.information_reporting.schemas import CreateReport, RequestSupport
from services.information_reporting.store.copies import find_incident
from services.information_reporting.store.elsewhere import told_elsewhere
from services.information_reporting.store.reports import add_step, in_series, told_last
from shared.contracts.events.report import ReportKind, ReportState
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.clock import civil_date
from shared.kernel.district import townships
from shared.kernel.errors import Conflict, FieldFault, Forbidden, Invalid
from shared.kernel.homes import site_name
from shared.kernel.ids import new_id

_ABOUT_INCIDENT = frozenset({ReportKind.INITIAL, ReportKind.FOLLOW_UP, ReportKind.FINAL, ReportKind.SUPPORT})
_ONCE = frozenset({ReportKind.INITIAL, ReportKind.FINAL})
_BY_ITSELF = "system"


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a report is about and what it begins with."""

    incident: Incident | None = None
    day: date | None = None
    township: str | None = None
    township_name: str | None = None
    serial: int = 1
    fields: Mapping[str, Value] | None = None
    prefilled: Mapping[str, Value] | None = None
    baseline: Mapping[str, Value] | None = None


def create_report(
    connection: Connection, reporting: Reporting, actor: Actor, cmd: CreateReport, now: datetime
) -> Answer:
    """Make a draft.

    Raises:
        Invalid: `report.incident_required`, `report.incident_unknown`, `report.township_required`,
            `report.township_unknown`, `report.day_in_future`.
        Conflict: `report.initial_exists`, `report.initial_not_sent`, `report.draft_open`, `report.final_exists`,
            `report.bulletin_exists`, `report.daily_exists`; with the id of that report as `current`;
            `report.told_elsewhere`: the former home did; `home.elsewhere`: another site reports.
        Forbidden: `access.other_territory`.
    """
    if cmd.kind in {ReportKind.BULLETIN, ReportKind.DAILY}:
        subject = _of_day(connection, reporting, actor, cmd, now)
    else:
        subject = _of_incident(connection, reporting, actor, cmd, now)
    return Answer(201, report_view(connection, _draft(connection, reporting, actor, cmd.kind, subject, now)))


def draft_support(
    connection: Connection, reporting: Reporting, actor: Actor, cmd: RequestSupport, now: datetime
) -> Report:
    """A request for support: the incident as it stands, and what is asked of whom, for when and why.

    Raises:
        Invalid: `report.incident_unknown`.
    """
    asked = CreateReport(kind=ReportKind.SUPPORT, incident_id=cmd.incident_id)
    subject = _of_incident(connection, reporting, actor, asked, now)
    said: dict[str, Value] = {
        "support_to": cmd.to, "support_needed": cmd.what, "support_amount": cmd.amount, "support_by": cmd.needed_by,
        "support_reason": cmd.reason,
    }  # fmt: skip
    wanted = replace(subject, fields={**(subject.fields or {}), **said})
    return _draft(connection, reporting, actor, ReportKind.SUPPORT, wanted, now)


def draft_bulletin(connection: Connection, reporting: Reporting, day: date, now: datetime) -> Report | None:
    """The bulletin of the duty day that ends on this day; None if there is one."""
    if in_series(connection, f"{day.isoformat()}:", ReportKind.BULLETIN):
        return None
    values = bulletin_values(connection, reporting, day, now)
    return _draft(
        connection, reporting, None, ReportKind.BULLETIN, _Subject(day=day, fields=values, prefilled=values), now
    )


def _of_incident(
    connection: Connection, reporting: Reporting, actor: Actor, cmd: CreateReport, now: datetime
) -> _Subject:
    incident = _incident(connection, actor, cmd)
    if incident is None:
        day = cmd.day or civil_date(now)
        before = in_series(connection, f"{day.isoformat()}:", cmd.kind)
        return _Subject(day=day, serial=len({one.serial for one in before}) + 1)
    require_reporter(connection, reporting.deps.site, incident.id)
    before = in_series(connection, incident.id, cmd.kind)
    facts = facts_now(connection, incident.id) or {}
    told = _told_elsewhere(connection, reporting, incident)
    if cmd.kind in _ONCE and not before and cmd.kind in told:
        raise Conflict("report.told_elsewhere", site_name=site_name(told[cmd.kind][0]))
    match cmd.kind:
        case ReportKind.INITIAL:
            if before:
                raise Conflict("report.initial_exists", current=before[-1].id)
            return _Subject(incident, fields=facts, prefilled=facts)
        case ReportKind.FOLLOW_UP:
            return _follow_up(connection, incident, before, facts, told)
        case ReportKind.FINAL:
            if before:
                raise Conflict("report.final_exists", current=before[-1].id)
            last = told_last(connection, incident.id)
            whole = overlaid(last.told or {}, facts) if last else facts
            return _Subject(incident, fields=whole, prefilled=facts)
        case _:
            return _Subject(incident, serial=len({one.serial for one in before}) + 1, fields=facts, prefilled=facts)


def _incident(connection: Connection, actor: Actor, cmd: CreateReport) -> Incident | None:
    if cmd.incident_id is None:
        if cmd.kind in _ABOUT_INCIDENT:
            fault = FieldFault("/incident_id", "report.incident_required")
            raise Invalid("report.incident_required", faults=(fault,))
        return None
    incident = find_incident(connection, cmd.incident_id)
    if incident is None or actor.bound_territory not in {None, incident.township}:
        fault = FieldFault("/incident_id", "report.incident_unknown")
        raise Invalid("report.incident_unknown", faults=(fault,))
    return incident


def _told_elsewhere(
    connection: Connection, reporting: Reporting, incident: Incident
) -> dict[ReportKind, tuple[str, int]]:
    """What former homes have told the same superiors: of each kind the site and the highest number."""
    is_next = reporting.party is Party.TOWNSHIP and incident.townships_before
    return told_elsewhere(connection, incident.id, incident.townships_before) if is_next else {}


def _follow_up(
    connection: Connection,
    incident: Incident,
    before: list[Report],
    facts: Mapping[str, Value],
    told: Mapping[ReportKind, tuple[str, int]],
) -> _Subject:
    last = told_last(connection, incident.id)
    counted = told[ReportKind.FOLLOW_UP][1] if ReportKind.FOLLOW_UP in told else 0
    if (last is None or last.told is None) and ReportKind.INITIAL not in told:
        initial = in_series(connection, incident.id, ReportKind.INITIAL)
        raise Conflict("report.initial_not_sent", current=initial[-1].id if initial else None)
    waiting = [one for one in before if one.superseded_by is None and one.out_at is None]
    if waiting:
        raise Conflict("report.draft_open", current=waiting[-1].id)
    serial = max((counted, *(one.serial for one in before))) + 1
    if last is None or last.told is None:
        # A fact does not say what the former home's report said: this one tells all.
        return _Subject(incident, serial=serial, fields=facts, prefilled=facts)
    # What the officer wrote in other words than the facts is no change of the facts.
    news = {
        name: value
        for name, value in facts.items()
        if not is_empty(value) and value != last.prefilled.get(name) and value != last.told.get(name)
    }
    return _Subject(incident, serial=serial, fields=news, prefilled=facts, baseline=last.told)


def _of_day(connection: Connection, reporting: Reporting, actor: Actor, cmd: CreateReport, now: datetime) -> _Subject:
    today = civil_date(now)
    day = cmd.day or today
    if day > today:
        raise Invalid("request.invalid", faults=(FieldFault("/day", "report.day_in_future"),))
    if cmd.kind is ReportKind.BULLETIN:
        made = in_series(connection, f"{day.isoformat()}:", cmd.kind)
        if made:
            raise Conflict("report.bulletin_exists", current=made[-1].id)
        values = bulletin_values(connection, reporting, day, now)
        return _Subject(day=day, fields=values, prefilled=values)
    township, name = _township(actor, cmd.township)
    made = in_series(connection, f"{day.isoformat()}:{township}", cmd.kind)
    if made:
        raise Conflict("report.daily_exists", current=made[-1].id)
    values = daily_values(connection, day, township, now)
    return _Subject(day=day, township=township, township_name=name, fields=values, prefilled=values)


def _township(actor: Actor, said: str | None) -> tuple[str, str]:
    code = said or actor.bound_territory
    if code is None:
        raise Invalid("report.township_required", faults=(FieldFault("/township", "report.township_required"),))
    if actor.bound_territory not in {None, code}:
        raise Forbidden("access.other_territory")
    name = next((one.name for one in townships() if one.code == code), None)
    if name is None:
        raise Invalid("report.township_unknown", faults=(FieldFault("/township", "report.township_unknown"),))
    return code, name


def _draft(
    connection: Connection, reporting: Reporting, actor: Actor | None, kind: ReportKind, subject: _Subject,
    now: datetime,
) -> Report:  # fmt: skip
    incident, day = subject.incident, subject.day.isoformat() if subject.day else None
    about = incident.title if incident else subject.township_name
    report = Report(
        id=new_id(), kind=kind, serial=subject.serial, revision=1,
        title=report_title(kind, subject.serial, 1, about=about, day=day), state=ReportState.DRAFT, version=0,
        home_site=reporting.deps.site, exercise=reporting.deps.exercise, created_at=now, updated_at=now,
        created_by=actor.account_id if actor else _BY_ITSELF, created_by_name=actor.name if actor else "系统",
        incident_id=incident.id if incident else None, incident_number=incident.number if incident else None,
        incident_title=incident.title if incident else None, type_code=incident.type_code if incident else None,
        township=incident.township if incident else subject.township,
        township_name=incident.township_name if incident else subject.township_name, day=day,
        fields=dict(subject.fields or {}), prefilled=dict(subject.prefilled or {}),
        baseline=None if subject.baseline is None else dict(subject.baseline),
    )  # fmt: skip
    kept = keep_report(connection, reporting, report, "drafted", now=now, actor=actor)
    add_step(connection, kept, "draft", None, actor.name if actor else None, at=now)
    return kept
