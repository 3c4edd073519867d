"""How many people each post needs on which sort of day (双岗、双带班): data with a basis, decided by the bureau."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.contracts.events.roster import DutyPost, PeriodKind
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.limits import Limit


class DayKind(StrEnum):
    """Sorts of days as far as staffing tells them apart."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SPECIAL_PERIOD = "special_period"


KIND_OF_DAY: Final[dict[PeriodKind, DayKind]] = {
    PeriodKind.WORKDAY: DayKind.WORKDAY,
    PeriodKind.SHIFTED_WORKDAY: DayKind.WORKDAY,
    PeriodKind.WEEKEND: DayKind.WEEKEND,
    PeriodKind.STATUTORY_HOLIDAY: DayKind.HOLIDAY,
    PeriodKind.SHIFTED_REST: DayKind.HOLIDAY,
    PeriodKind.SENSITIVE: DayKind.SPECIAL_PERIOD,
    PeriodKind.RESPONSE: DayKind.SPECIAL_PERIOD,
}
"""A rest day that was made by moving days (调休后的公休日) is staffed like a holiday."""


@dataclass(frozen=True, slots=True)
class StaffingRule:
    """So many people at this post on such a day."""

    day_kind: DayKind
    post: DutyPost
    count: int
    basis: str
    verified: bool = False


_USUAL: Final = "常见编制：每班带班领导 1 人、值班员 1 至 2 人；本局编制待签认"
_DOUBLE: Final = "节假日、调休后的公休日“双带班”：参照外省（粤府办〔2012〕55 号）做法；北京市和本区细则未核实"
_SPECIAL: Final = "特殊敏感期“双带班”、双人值班：参照外省（粤府办〔2012〕55 号）做法；北京市和本区细则未核实"

USUAL_STAFFING: Final[tuple[StaffingRule, ...]] = (
    StaffingRule(DayKind.WORKDAY, DutyPost.DUTY_LEADER, 1, _USUAL),
    StaffingRule(DayKind.WORKDAY, DutyPost.DUTY_OFFICER, 1, _USUAL),
    StaffingRule(DayKind.WEEKEND, DutyPost.DUTY_LEADER, 1, _USUAL),
    StaffingRule(DayKind.WEEKEND, DutyPost.DUTY_OFFICER, 1, _USUAL),
    StaffingRule(DayKind.HOLIDAY, DutyPost.DUTY_LEADER, 2, _DOUBLE),
    StaffingRule(DayKind.HOLIDAY, DutyPost.DUTY_OFFICER, 1, _USUAL),
    StaffingRule(DayKind.SPECIAL_PERIOD, DutyPost.DUTY_LEADER, 2, _SPECIAL),
    StaffingRule(DayKind.SPECIAL_PERIOD, DutyPost.DUTY_OFFICER, 2, _SPECIAL),
)


def required_on(kind: PeriodKind, rules: Iterable[StaffingRule]) -> dict[DutyPost, Limit[int]]:
    """Whom such a day needs, in the fixed order of posts; a post of which the rules say nothing, or 0, needs nobody."""
    day = KIND_OF_DAY[kind]
    said = {rule.post: rule for rule in rules if rule.day_kind is day and rule.count}
    return {
        post: Limit(said[post].count, said[post].basis, verified=said[post].verified)
        for post in DutyPost
        if post in said
    }


def check_staffing(rules: Iterable[StaffingRule]) -> None:
    """Refuse rules that contradict each other.

    Raises:
        Invalid: `staffing.said_twice`, at the second rule for the same day and post.
    """
    seen: set[tuple[DayKind, DutyPost]] = set()
    faults = []
    for index, rule in enumerate(rules):
        if (rule.day_kind, rule.post) in seen:
            faults.append(FieldFault(f"/rules/{index}/post", "staffing.said_twice"))
        seen.add((rule.day_kind, rule.post))
    if faults:
        raise Invalid("request.invalid", faults=tuple(faults))
