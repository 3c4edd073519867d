"""The statutory holidays of a year, as the law and the lunar calendar give them; which weekends move is published.

Source: 《全国年节及纪念日放假办法》(2024-11-10 修订,2025-01-01 施行) 第二条. Which weekends become working days is
published each autumn for the next year only: a table that people fill, never computed.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import cast

from lunardate import LunarDate

_DAY = timedelta(days=1)
_LUNAR_YEARS = range(1901, 2100)
"""Years for which the lunar calendar and the solar term are known; others have their solar holidays only."""
_FIRST_YEAR_WITH_EVE = 2025
"""New Year's Eve and the second day of May became holidays with the revision of 2024."""


class Holiday(StrEnum):
    """The statutory holidays of all citizens."""

    NEW_YEAR = "new_year"
    SPRING_FESTIVAL = "spring_festival"
    QINGMING = "qingming"
    LABOUR_DAY = "labour_day"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    NATIONAL_DAY = "national_day"


def qingming(year: int) -> date:
    """The day of the solar term 清明, by the usual approximation; right for 1901 to 2099."""
    within = year % 100
    constant = 4.81 if year >= 2000 else 5.59
    return date(year, 4, int(within * 0.2422 + constant) - within // 4)


def statutory_days(year: int) -> dict[date, Holiday]:
    """The statutory holidays of the year, without the days around them that are moved. Never raises."""
    days = {date(year, 1, 1): Holiday.NEW_YEAR, date(year, 5, 1): Holiday.LABOUR_DAY}
    if year >= _FIRST_YEAR_WITH_EVE:
        days[date(year, 5, 2)] = Holiday.LABOUR_DAY
    days |= {date(year, 10, number): Holiday.NATIONAL_DAY for number in (1, 2, 3)}
    if year in _LUNAR_YEARS:
        spring = _lunar(year, 1, 1)
        first = -1 if year >= _FIRST_YEAR_WITH_EVE else 0
        days |= {spring + offset * _DAY: Holiday.SPRING_FESTIVAL for offset in range(first, 3)}
        days[qingming(year)] = Holiday.QINGMING
        days[_lunar(year, 5, 5)] = Holiday.DRAGON_BOAT
        days.setdefault(_lunar(year, 8, 15), Holiday.MID_AUTUMN)  # may fall into the national holiday
    return days


def _lunar(year: int, month: int, day: int) -> date:
    return cast("date", LunarDate(year, month, day).to_solar_date())
