"""What the bureau may configure about its roster; every number names where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from shared.contracts.events.roster import DutyPost
from shared.kernel.limits import Limit

_USUAL = "常见编制:每班带班领导 1 人、值班员 1 至 2 人;本局编制待签认"


def _usual_posts() -> dict[DutyPost, Limit[int]]:
    return {DutyPost.DUTY_LEADER: Limit(1, _USUAL), DutyPost.DUTY_OFFICER: Limit(1, _USUAL)}


@dataclass(frozen=True, slots=True)
class RosterPolicy:
    """Posts that must be filled at every instant, and what a shift may be."""

    required: Mapping[DutyPost, Limit[int]] = field(default_factory=_usual_posts)
    rest: Limit[timedelta] = Limit(timedelta(hours=12), "两班之间最短休息,经验值;只提示,不拒绝")
    longest: Limit[timedelta] = Limit(timedelta(days=7), "更长多为日期填错;假期带班也不超过一周")
    change_of_shift: Limit[time] = Limit(time(8), "表格未填开始、结束时间时,按早 8 时交接、24 小时一班")
