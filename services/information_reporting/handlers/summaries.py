"""What the bulletin and the daily reports begin with, gathered from the copies."""

from datetime import date, datetime

from sqlalchemy import Connection

from services.information_reporting.domain.clock import LATE
from services.information_reporting.domain.fields import Value, ordered
from services.information_reporting.domain.summary import Night, bulletin, daily, duty_day
from services.information_reporting.handlers.context import Reporting
from services.information_reporting.store.clocks import ClockFilter, list_clocks
from services.information_reporting.store.copies import (
    calls_between,
    received_between,
    roll_calls_between,
    standing_incidents,
)
from shared.contracts.events.report import ClockChannel, ReportClockState, ReportLeg
from shared.kernel.clock import civil_day

_MOST = 2000
_MET = {ReportClockState.MET, ReportClockState.MET_LATE}


def bulletin_values(connection: Connection, reporting: Reporting, day: date, now: datetime) -> dict[str, Value]:
    """The duty day that ends on this day, in figures and lines."""
    start, end = duty_day(day, reporting.config.bulletin_hour.value)
    end = min(end, now)
    calls, answered = calls_between(connection, start, end)
    due = list_clocks(connection, ClockFilter(since=start, until=end), after=None, limit=_MOST)
    due = [clock for clock in due if clock.leg is not ReportLeg.UNIT_DISTRICT]
    days = [clock for clock in due if clock.channel is ClockChannel.DAILY]
    missing = [clock.about.township_name or "" for clock in days if clock.state not in _MET]
    night = Night(
        start=start, end=end, incidents=received_between(connection, start, end),
        standing=standing_incidents(connection), calls=calls, answered=answered,
        roll_calls=roll_calls_between(connection, start, end),
        delays=sum(1 for clock in due if clock.state in LATE), daily_due=len(days), daily_missing=missing,
    )  # fmt: skip
    return ordered(bulletin(night))


def daily_values(connection: Connection, day: date, township: str, now: datetime) -> dict[str, Value]:
    """The day of one township up to now."""
    start, end = civil_day(day)
    found = received_between(connection, start, min(end, now))
    return ordered(daily([one for one in found if one.township == township]))
