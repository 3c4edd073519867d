"""What the bureau may configure about its roster; every number names where it comes from."""

from dataclasses import dataclass
from datetime import time, timedelta

from shared.kernel.limits import Limit


@dataclass(frozen=True, slots=True)
class RosterPolicy:
    """What a shift may be, and how near to it a handover is made; how many people a post needs is in `staffing`."""

    rest: Limit[timedelta] = Limit(timedelta(hours=12), "两班之间最短休息,经验值;只提示,不拒绝")
    longest: Limit[timedelta] = Limit(timedelta(days=7), "更长多为日期填错;假期带班也不超过一周")
    change_of_shift: Limit[time] = Limit(time(8), "表格未填开始、结束时间时,按早 8 时交接、24 小时一班")
    handover_within: Limit[timedelta] = Limit(timedelta(hours=24), "交班人在岗或下班不超过一天、接班人一天内上岗,自定")
