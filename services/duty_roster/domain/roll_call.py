"""点名: who is drawn, what an answer counts as, the rate, and when the plan asks for one."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from services.duty_roster.domain.staffing import DayKind
from shared.contracts.events.roll_call import RollCallKind, RollCallResult, RollCallUnit
from shared.kernel.clock import SHANGHAI, civil_date

PRESENT: Final = frozenset({RollCallResult.ANSWERED, RollCallResult.STAND_IN})
"""In time, by the called person or one who stands in."""
SLOT_LASTS: Final = timedelta(minutes=10)
"""A planned roll call that could not start for longer, since the site was off, is not made up for."""
_DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Plan:
    """On such days, every so many minutes from `start` to `until` of the civil day (`until` may be past midnight)."""

    day_kinds: frozenset[DayKind]
    start: time
    until: time
    every_minutes: int
    kind: RollCallKind
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How many units were called and what came of it."""

    called: int = 0
    answered: int = 0
    stand_in: int = 0
    late: int = 0
    missed: int = 0
    waiting: int = 0

    @property
    def rate(self) -> float | None:
        """点名率: of those that are decided, the share that answered in time; None before anything is decided."""
        decided = self.called - self.waiting
        return (self.answered + self.stand_in) / decided if decided else None


def draw(codes: Collection[str], count: int, seed: int) -> list[str]:
    """`count` of the codes at random, in their order: those whose digest with the seed is smallest.

    Anybody can draw again from the recorded seed, in any language; each code is as likely as every other.
    """
    lots = sorted(set(codes), key=lambda code: hashlib.sha256(f"{seed}:{code}".encode()).hexdigest())
    return sorted(lots[:count])


def result_of(answered_at: datetime, due_at: datetime, *, stand_in: bool) -> RollCallResult:
    """What an answer counts as; exactly at the limit is in time. Who stands in late is late."""
    if answered_at > due_at:
        return RollCallResult.LATE
    return RollCallResult.STAND_IN if stand_in else RollCallResult.ANSWERED


def figures(units: Iterable[RollCallUnit]) -> Figures:
    """The units counted by what came of them."""
    results = [unit.result for unit in units]
    counted = {result: results.count(result) for result in RollCallResult}
    return Figures(
        called=len(results),
        answered=counted[RollCallResult.ANSWERED],
        stand_in=counted[RollCallResult.STAND_IN],
        late=counted[RollCallResult.LATE],
        missed=counted[RollCallResult.MISSED],
        waiting=counted[RollCallResult.WAITING],
    )


def added(first: Figures, second: Figures) -> Figures:
    """Both together."""
    return Figures(*(getattr(first, name) + getattr(second, name) for name in Figures.__dataclass_fields__))


def slot_due(plans: Sequence[Plan], day_kinds: dict[date, DayKind], now: datetime) -> tuple[Plan, datetime] | None:
    """The planned moment that has come and is not older than `SLOT_LASTS`; the latest if there are several.

    Args:
        day_kinds: of this civil day and the one before, whose evening may reach past midnight.
    """
    found: list[tuple[datetime, int]] = []
    for index, plan in enumerate(plans):
        for day, kind in day_kinds.items():
            if kind in plan.day_kinds:
                found.extend((moment, index) for moment in slots(plan, day) if moment <= now < moment + SLOT_LASTS)
    if not found:
        return None
    moment, index = max(found, key=lambda one: (one[0], -one[1]))
    return plans[index], moment


def slots(plan: Plan, day: date) -> list[datetime]:
    """The moments of the evening that begins on this civil day, the last one included."""
    begin = datetime.combine(day, plan.start, SHANGHAI)
    length = (_minutes(plan.until) - _minutes(plan.start)) % _DAY_MINUTES
    return [begin + timedelta(minutes=minute) for minute in range(0, length + 1, plan.every_minutes)]


def days_around(now: datetime) -> tuple[date, date]:
    """Yesterday and today in the district."""
    today = civil_date(now)
    return today - timedelta(days=1), today


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
