"""A reporting clock: when it began, when it runs out, how it ended. Due-times are instants and follow no clock step."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from services.information_reporting.domain.rules import Rule
from shared.contracts.events.report import ClockChannel, ClockFrom, ReportClockState, ReportLeg
from shared.kernel.clock import civil_day
from shared.kernel.ids import new_id

OPEN: Final = frozenset({ReportClockState.RUNNING, ReportClockState.OVERDUE})
"""Something is still to be done."""
LATE: Final = frozenset({ReportClockState.MET_LATE, ReportClockState.OVERDUE})
"""A delay: nothing ever clears it."""


@dataclass(frozen=True, slots=True)
class About:
    """What a clock is about: an incident, or the day of a township."""

    incident_id: str | None = None
    incident_number: str | None = None
    incident_title: str | None = None
    township: str | None = None
    township_name: str | None = None
    day: str | None = None

    @property
    def subject(self) -> str:
        """What its occasions count within."""
        return self.incident_id or f"{self.day}:{self.township}"


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock.

    Args:
        occasion: why it runs: the first report, a raise of the grade, the report before, the end. A rule has one clock
            an occasion.
        remind_at: when the duty officer is called; None when it was done, or never is.
        passed_to, passed_at: the site where it goes on since this one handed the incident over, and since when.
    """

    id: str
    about: About
    rule_id: str
    occasion: str
    leg: ReportLeg
    channel: ClockChannel
    clock_from: ClockFrom
    starts_at: datetime
    due_at: datetime
    minutes: int
    remind_at: datetime | None
    state: ReportClockState
    basis: str
    verified: bool
    met_at: datetime | None = None
    report_id: str | None = None
    passed_to: str | None = None
    passed_at: datetime | None = None
    version: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What there is only one clock of."""
        return self.about.subject, self.rule_id, self.occasion

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done here."""
        return self.state in OPEN and self.passed_to is None


def begin(rule: Rule, about: About, occasion: str, starts_at: datetime) -> Clock:
    """A clock of this rule."""
    due = starts_at + timedelta(minutes=rule.minutes)
    remind = due - timedelta(minutes=rule.remind_minutes) if rule.remind_minutes else None
    return Clock(
        id=new_id(), about=about, rule_id=rule.id, occasion=occasion, leg=rule.leg, channel=rule.channel,
        clock_from=rule.clock_from, starts_at=starts_at, due_at=due, minutes=rule.minutes, remind_at=remind,
        state=ReportClockState.RUNNING, basis=rule.basis, verified=rule.verified,
    )  # fmt: skip


def begin_day(rule: Rule, about: About) -> Clock:
    """The clock of a daily rule: from midnight of the civil day in the district to the hour."""
    start, _ = civil_day(date.fromisoformat(about.day or ""))
    return begin(rule, about, "daily", start)


def met(clock: Clock, at: datetime, report_id: str | None = None) -> Clock:
    """It was told at this moment: in time up to and including the deadline, else late for ever."""
    state = ReportClockState.MET if at <= clock.due_at else ReportClockState.MET_LATE
    return replace(clock, state=state, met_at=at, report_id=report_id, remind_at=None)


def run_out(clock: Clock, now: datetime) -> Clock:
    """Overdue once the deadline has passed."""
    if clock.state is not ReportClockState.RUNNING or now <= clock.due_at:
        return clock
    return replace(clock, state=ReportClockState.OVERDUE, remind_at=None)


def cancel(clock: Clock, now: datetime) -> Clock:
    """Nothing more is to be told, unless it is too late already: a delay stays one."""
    if clock.state is not ReportClockState.RUNNING or now > clock.due_at:
        return run_out(clock, now)
    return replace(clock, state=ReportClockState.CANCELLED, remind_at=None)
