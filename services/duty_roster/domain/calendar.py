"""What sort of day a civil date is: what was published wins, then the statutory days, then the weekend."""

from collections.abc import Mapping
from datetime import date

from shared.contracts.events.roster import PeriodKind
from shared.kernel.holidays import statutory_days


def period_kind(day: date, published: Mapping[date, PeriodKind]) -> PeriodKind:
    """The sort of day; `published` holds what the bureau entered (放假通知、敏感时期、响应期)."""
    if day in published:
        return published[day]
    if day in statutory_days(day.year):
        return PeriodKind.STATUTORY_HOLIDAY
    return PeriodKind.WEEKEND if day.isoweekday() >= 6 else PeriodKind.WORKDAY
