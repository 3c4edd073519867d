"""Clocks in the store: begun by facts and days, met by reports, run out by time."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from services.information_reporting.domain.clock import About, Clock, begin_day, cancel, run_out
from services.information_reporting.domain.incident import Incident
from services.information_reporting.domain.reckoning import (
    Told,
    cancelled,
    final_clocks,
    first_clocks,
    follow_up_clocks,
    raised_clocks,
    reopened_clocks,
    settled,
    unit_clocks,
)
from services.information_reporting.domain.rules import Party, Rule
from services.information_reporting.domain.succession import gone_on, passed_on
from services.information_reporting.domain.summary import is_special
from services.information_reporting.handlers.context import Reporting, keep_clock
from services.information_reporting.store.clocks import clocks_about, find_clock
from services.information_reporting.store.copies import begin_reporting, known_incident, said_of_day
from services.information_reporting.store.elsewhere import clocks_elsewhere, told_elsewhere
from services.information_reporting.store.reports import in_series, told_last
from services.information_reporting.store.settings import rule_book
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.events.report import ClockChannel, ReportClockState, ReportKind
from shared.kernel.access import Actor
from shared.kernel.district import townships


def follow_incident(
    connection: Connection,
    reporting: Reporting,
    before: Incident | None,
    after: Incident,
    *,
    version: int,
    heard_at: datetime,
    cause: Envelope,
    now: datetime,
) -> None:
    """Begin and cancel clocks after news of an incident; nothing late is ever made better.

    Args:
        before: what was known of it, None with its first fact.
        heard_at: when this site knew the news.
    """
    here = reporting.deps.site
    if not after.is_reported_by(here):
        if before is not None and before.is_reported_by(here):
            _pass_on(connection, reporting, after, now=now, cause=cause)
        return  # every township reports its own
    rules = rule_book(connection).kept_by(reporting.party)
    is_next = reporting.party is Party.TOWNSHIP and bool(after.succession)
    if is_next and (before is None or not before.is_reported_by(here)):
        go_on(connection, reporting, after, cause=cause, now=now)
    # Of an incident that was not known there is no clock and no report: both begin with what is known of it.
    known = [] if before is None and not is_next else clocks_about(connection, after.id)
    if before is None and is_next:
        started = []  # what its former home began goes on
    elif before is None:
        started = first_clocks(rules, after, here)
    else:
        started = raised_clocks(rules, after, before, heard_at)
        if after.stands and not before.stands:
            started += reopened_clocks(rules, after, known, heard_at, str(version))
            if _was_told(connection, after):
                waiting = [clock for clock in known if clock.is_open]
                started += follow_up_clocks(rules, after, waiting, heard_at, f"reopened:{version}")
    started += _finals(connection, rules, before, after)
    clocks = _with(known, _begin(connection, reporting, known, started, now=now, cause=cause))
    due = [keep_clock(connection, reporting, one, now=now, cause=cause) for one in unit_clocks(rules, after, clocks)]
    for clock in cancelled(after, _with(clocks, due), rules, now):
        keep_clock(connection, reporting, clock, now=now, cause=cause)


def _pass_on(
    connection: Connection, reporting: Reporting, incident: Incident, *, now: datetime, cause: Envelope
) -> None:
    for clock in passed_on(clocks_about(connection, incident.id), incident.reporter, now):
        keep_clock(connection, reporting, clock, now=now, cause=cause, fact="cancelled")


def go_on(connection: Connection, reporting: Reporting, incident: Incident, *, cause: Envelope, now: datetime) -> None:
    """Let what the former homes owed the district go on here, as far as they have told of it."""
    homes = incident.townships_before
    if reporting.party is not Party.TOWNSHIP or not homes or incident.reporter != reporting.deps.site:
        return
    own, told = clocks_about(connection, incident.id), clocks_elsewhere(connection, incident.id, homes)
    rules, is_back = rule_book(connection).kept_by(reporting.party), reporting.deps.site in homes
    for clock in gone_on(own, told, rules, is_back=is_back):
        is_over = clock.version == 0 and not clock.is_open
        keep_clock(connection, reporting, clock, now=now, cause=cause, fact="started" if is_over else None)


def _finals(connection: Connection, rules: Sequence[Rule], before: Incident | None, after: Incident) -> list[Clock]:
    if after.status is not IncidentStatus.CLOSED:
        return []
    if before is None:
        return final_clocks(rules, after, was_told=False)
    finals = in_series(connection, after.id, ReportKind.FINAL)
    if any(one.sent_at is not None for one in finals):
        return []
    return final_clocks(rules, after, was_told=_was_told(connection, after))


def _was_told(connection: Connection, incident: Incident) -> bool:
    is_told = told_last(connection, incident.id) is not None
    return is_told or bool(told_elsewhere(connection, incident.id, incident.townships_before))


def _with(known: Iterable[Clock], kept: Iterable[Clock]) -> list[Clock]:
    """The clocks as they stand now that these were kept, in the order of the store."""
    stand = {clock.id: clock for clock in (*known, *kept)}
    return sorted(stand.values(), key=lambda clock: (clock.due_at, clock.id))


def _begin(
    connection: Connection,
    reporting: Reporting,
    known: Iterable[Clock],
    started: Iterable[Clock],
    *,
    now: datetime,
    cause: Envelope | None = None,
    actor: Actor | None = None,
) -> list[Clock]:
    keys, begun = {clock.key for clock in known}, []
    for clock in started:
        if clock.key not in keys:
            keys.add(clock.key)
            begun.append(keep_clock(connection, reporting, clock, now=now, cause=cause, actor=actor))
    return begun


def settle(
    connection: Connection, reporting: Reporting, subject: str, told: Told, *, now: datetime, actor: Actor | None
) -> int:
    """Meet the clocks that this report was for, and begin the next follow-up; how many were met."""
    before = clocks_about(connection, subject)
    met = [keep_clock(connection, reporting, clock, now=now, actor=actor) for clock in settled(before, told)]
    known = known_incident(connection, subject)
    if known is not None and known[2]:
        incident = known[0]
        rules = rule_book(connection).kept_by(reporting.party)
        clocks = _with(before, met)
        waiting = [clock for clock in clocks if clock.is_open]
        following = follow_up_clocks(rules, incident, waiting, told.at, f"after:{told.report_id}:{told.channel.value}")
        _begin(connection, reporting, clocks, following, now=now, actor=actor)
    return len(met)


def let_run_out(connection: Connection, reporting: Reporting, clock_id: str, now: datetime) -> bool:
    """Mark a clock overdue if it is; whether it was."""
    clock = find_clock(connection, clock_id)
    after = clock and run_out(clock, now)
    if clock is None or after is None or after == clock:
        return False  # met meanwhile, or another replica was faster
    keep_clock(connection, reporting, after, now=now)
    return True


def remind(connection: Connection, reporting: Reporting, clock_id: str, now: datetime) -> bool:
    """Tell once that a clock runs out soon; whether it was told."""
    clock = find_clock(connection, clock_id)
    if clock is None or clock.state is not ReportClockState.RUNNING or clock.remind_at is None or clock.remind_at > now:
        return False
    if now > clock.due_at:
        return False  # the next look says more than that
    keep_clock(connection, reporting, replace(clock, remind_at=None), now=now, fact="due_soon")
    return True


def keep_days(connection: Connection, reporting: Reporting, day: date, now: datetime) -> int:
    """On a holiday or in a special period every township owes a report this day; how many clocks changed."""
    rules = [rule for rule in rule_book(connection).kept_by(reporting.party) if rule.channel is ClockChannel.DAILY]
    since, special = begin_reporting(connection, now), is_special(day, said_of_day(connection, day))
    changed = 0
    for township in townships():
        about = About(township=township.code, township_name=township.name, day=day.isoformat())
        known = clocks_about(connection, about.subject)
        wanted = [clock for rule in rules if (clock := begin_day(rule, about)).due_at > since] if special else []
        new = [clock for clock in wanted if clock.key not in {one.key for one in known}]
        _begin(connection, reporting, known, new, now=now)
        gone = [] if special else [after for one in known if one.is_open and (after := cancel(one, now)) != one]
        for clock in gone:
            keep_clock(connection, reporting, clock, now=now)
        changed += len(new) + len(gone)
    return changed
