"""Reading reports and clocks, and the failures that can be computed from them (迟报、漏报)."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.information_reporting.domain.clock import Clock
from services.information_reporting.handlers.context import visible_report
from services.information_reporting.handlers.views import clock_view, report_view
from services.information_reporting.store.clocks import ClockFilter, list_clocks
from services.information_reporting.store.copies import find_incident
from services.information_reporting.store.elsewhere import told_elsewhere
from services.information_reporting.store.reports import ReportFilter, list_reports
from shared.contracts.events.report import ReportClockState, ReportLeg
from shared.http.paging import keyed_page
from shared.kernel.access import Actor
from shared.kernel.clock import civil_date, wire_time
from shared.kernel.homes import site_name

_MOST = 1000
_ENDED = (ReportClockState.MET, ReportClockState.MET_LATE, ReportClockState.OVERDUE)


def read_report(connection: Connection, actor: Actor, report_id: str) -> dict[str, Any]:
    """One report.

    Raises:
        NotFound: `report.not_found`.
    """
    return report_view(connection, visible_report(connection, actor, report_id))


def reports_page(
    connection: Connection, actor: Actor, wanted: ReportFilter, *, after: tuple[datetime, str] | None, limit: int
) -> dict[str, Any]:
    """Reports, newest first; an officer of a township sees the own township's only."""
    found = list_reports(connection, _bound(actor, wanted), after=after, limit=limit + 1)
    return keyed_page(
        found, limit, lambda one: (one.created_at, one.id), lambda one: report_view(connection, one, full=False)
    )


def _bound(actor: Actor, wanted: ReportFilter) -> ReportFilter:
    bound = actor.bound_territory
    return wanted if bound is None else replace(wanted, township=bound)


def clocks_page(
    connection: Connection,
    actor: Actor,
    *,
    incident_id: str | None,
    is_open: bool | None,
    after: tuple[datetime, str] | None,
    limit: int,
    now: datetime,
    here: str,
) -> dict[str, Any]:
    """Clocks, the soonest due first; of an incident also who reports on it."""
    wanted = ClockFilter(incident_id=incident_id, is_open=is_open, township=actor.bound_territory)
    found = list_clocks(connection, wanted, after=after, limit=limit + 1)
    body = keyed_page(found, limit, lambda clock: (clock.due_at, clock.id), lambda clock: clock_view(clock, now))
    return {**body, "reporter": _reporter(connection, actor, incident_id, here) if incident_id else None}


def _reporter(connection: Connection, actor: Actor, incident_id: str, here: str) -> dict[str, Any] | None:
    """Who reports on the incident, and what its former homes told; `was_here`: this site has handed it over."""
    incident = find_incident(connection, incident_id)
    if incident is None or actor.bound_territory not in {None, incident.township}:
        return None
    site = here if incident.is_reported_by(here) else incident.reporter
    return {
        "site": site,
        "site_name": site_name(site),
        "is_here": site == here,
        "was_here": here in incident.succession,
        "told": sorted(told_elsewhere(connection, incident_id, incident.townships_before)),
    }


def failures(
    connection: Connection, actor: Actor, *, since: datetime, until: datetime, now: datetime
) -> dict[str, Any]:
    """What was reported late, and what was not reported at all, of what was due in `[since, until)`.

    What a unit owed the district stands by itself under `units`: it is no failure of ours.

    漏报 is what nobody reported although the incident is over or the day has passed; until then it is late.
    """
    wanted = ClockFilter(states=_ENDED, since=since, until=until, township=actor.bound_territory)
    found = list_clocks(connection, wanted, after=None, limit=_MOST)
    due = [clock for clock in found if clock.leg is not ReportLeg.UNIT_DISTRICT]
    units = [clock for clock in found if clock.leg is ReportLeg.UNIT_DISTRICT]
    missed = [clock for clock in due if clock.state is ReportClockState.OVERDUE and _is_over(connection, clock, now)]
    gone = {clock.id for clock in missed}
    late = [clock for clock in due if clock.state is not ReportClockState.MET and clock.id not in gone]
    return {
        "since": wire_time(since),
        "until": wire_time(until),
        "late": [_failure(clock, now) for clock in late],
        "missed": [_failure(clock, now) for clock in missed],
        "units": [_failure(clock, now) for clock in units if clock.state is not ReportClockState.MET],
        "totals": {
            "due": len(due),
            "in_time": sum(1 for clock in due if clock.state is ReportClockState.MET),
            "late": len(late),
            "missed": len(missed),
            "late_by_leg": dict(Counter(clock.leg.value for clock in late)),
            "missed_by_leg": dict(Counter(clock.leg.value for clock in missed)),
        },
        "complete": len(found) < _MOST,
    }


def _failure(clock: Clock, now: datetime) -> dict[str, Any]:
    ended = clock.met_at or clock.passed_at or now
    return {**clock_view(clock, now), "late_seconds": int((ended - clock.due_at).total_seconds())}


def _is_over(connection: Connection, clock: Clock, now: datetime) -> bool:
    if clock.passed_to is not None:
        return False  # late here, and owed by the next home
    if clock.about.day is not None:
        return clock.about.day < civil_date(now).isoformat()
    incident = find_incident(connection, clock.about.incident_id or "")
    return incident is None or not incident.stands
