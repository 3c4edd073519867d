"""Reports and clocks as they are answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.information_reporting.domain.clock import Clock
from services.information_reporting.domain.fields import Value, gaps, is_empty, ordered
from services.information_reporting.domain.incident import Incident
from services.information_reporting.domain.prefill import from_facts
from services.information_reporting.domain.report import OPEN, TRANSITIONS, Report, is_behind_public
from services.information_reporting.handlers.known import known_values, told_changes
from services.information_reporting.schemas import (
    BehindPublicView,
    ChangeView,
    ClockView,
    GapView,
    NewerView,
    ReportView,
    StepView,
)
from services.information_reporting.store.copies import find_incident, forces_sent
from services.information_reporting.store.reports import find_signed, steps_of
from shared.contracts.events.report import ReportKind, ReportState
from shared.i18n import label
from shared.kernel.homes import site_name


def field_label(name: str) -> str:
    """The Chinese name of an element."""
    return label(f"report.field.{name}")


def facts_now(connection: Connection, incident_id: str | None) -> dict[str, Value] | None:
    """What the facts of the incident say now; None without one."""
    incident = find_incident(connection, incident_id) if incident_id else None
    if incident is None:
        return None
    source = label(f"incident_source.{incident.source}") if incident.source else None
    return from_facts(incident, source, forces_sent(connection, incident.id))


def _behind_public(incident: Incident | None, report: Report) -> BehindPublicView | None:
    first_public_at = incident.first_public_at if incident else None
    if first_public_at is None or not is_behind_public(report, first_public_at):
        return None
    return BehindPublicView(first_public_at=first_public_at, told_at=report.out_at)


def report_view(connection: Connection, report: Report, *, full: bool = True) -> dict[str, Any]:
    """The body of one report; in lists (not `full`) without history and without what the facts say since."""
    missing = gaps(report.kind, known_values(report), report.type_code)
    incident = find_incident(connection, report.incident_id) if report.incident_id else None
    reporter = _reported_by(incident, report)
    signed = find_signed(connection, report.id) if full and report.signed_at else None
    names = set(ReportView.model_fields) & set(Report.__dataclass_fields__) - {"fields"}
    view = ReportView(
        **{name: getattr(report, name) for name in names},
        fields=ordered(signed.body["fields"] if signed else report.fields),
        gaps=[GapView(field=name, label=field_label(name)) for name in missing],
        changes=[
            ChangeView(field=one.field, label=field_label(one.field), before=one.before, after=one.after,
                       numeric=one.numeric)
            for one in told_changes(report)
        ],
        newer=_newer(connection, report) if full else [],
        allowed=[one for one in _allowed(report) if reporter is None or one == "receipt"],
        reported_by=reporter and site_name(reporter),
        behind_public=_behind_public(incident, report),
        digest=signed.digest if signed else None,
        history=[StepView.model_validate(step, from_attributes=True) for step in steps_of(connection, report.id)]
        if full
        else [],
    )  # fmt: skip
    return view.model_dump(mode="json", by_alias=True)


def _reported_by(incident: Incident | None, report: Report) -> str | None:
    """The site that reports now, if not the one that wrote this report."""
    is_its = incident is None or incident.is_reported_by(report.home_site)
    return None if incident is None or is_its else incident.reporter


def _newer(connection: Connection, report: Report) -> list[NewerView]:
    """What the facts say since the draft was made, as far as the draft does not say it."""
    facts = facts_now(connection, report.incident_id) if report.state in OPEN else None
    return [
        NewerView(field=name, label=field_label(name), value=value)
        for name, value in (facts or {}).items()
        if not is_empty(value) and value != report.prefilled.get(name) and value != report.fields.get(name)
    ]


def _allowed(report: Report) -> list[str]:
    if report.superseded_by is not None:
        return []
    steps = list(TRANSITIONS[report.state])
    if report.phone is None and report.state is not ReportState.RECEIPTED:
        steps.append("phone")
    is_revisable = report.state is ReportState.SIGNED or report.kind in {ReportKind.FINAL, ReportKind.SPECIAL}
    return [*steps, "revise"] if report.state not in OPEN and is_revisable else steps


def clock_view(clock: Clock, now: datetime) -> dict[str, Any]:
    """The body of one clock."""
    about = clock.about
    view = ClockView(
        id=clock.id, incident_id=about.incident_id, incident_number=about.incident_number,
        incident_title=about.incident_title, township=about.township, township_name=about.township_name,
        day=about.day, rule_id=clock.rule_id, leg=clock.leg, leg_label=label(f"report_leg.{clock.leg.value}"),
        channel=clock.channel, channel_label=label(f"clock_channel.{clock.channel.value}"),
        clock_from=clock.clock_from, occasion=clock.occasion, starts_at=clock.starts_at, due_at=clock.due_at,
        minutes=clock.minutes, state=clock.state, met_at=clock.met_at, report_id=clock.report_id, basis=clock.basis,
        verified=clock.verified,
        seconds_left=int((clock.due_at - now).total_seconds()) if clock.is_open else None,
        passed_to=clock.passed_to, passed_to_name=clock.passed_to and site_name(clock.passed_to),
        passed_at=clock.passed_at, version=clock.version,
    )  # fmt: skip
    return view.model_dump(mode="json")
