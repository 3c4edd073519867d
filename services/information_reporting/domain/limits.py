"""Limits of reporting: configuration with a source, none of it the law's until somebody has checked it."""

from dataclasses import dataclass
from datetime import timedelta

from shared.kernel.limits import Limit


@dataclass(frozen=True, slots=True)
class ReportingConfig:
    """What a bureau may decide about reporting, besides the rules, which are data.

    Args:
        hub: name of the site that is the district's centre: it reports to the city, the others to the district.
        heard_late: another site's fact that is older when it is first heard was not known to the district before.
        bulletin_hour: when the bulletin of the last duty day (值班快报) is made, civil time.
        ahead: how far a time that a person states may lie after now.
    """

    hub: str = "hub"
    heard_late: Limit[timedelta] = Limit(timedelta(seconds=60), "断网补传的事实，区级从听到时起算，自定，待局方确认")
    bulletin_hour: Limit[int] = Limit(8, "值班快报每日 8 时生成，各地惯例，待局方确认")
    ahead: Limit[timedelta] = Limit(timedelta(minutes=10), "设备时钟误差的余量，自定")
