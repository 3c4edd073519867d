"""Dates, times and posts as people write them in tables."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta

from shared.contracts.events.roster import DutyPost
from shared.kernel.clock import SHANGHAI

_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$|^(\d{4})(\d{2})(\d{2})$")
_TIME = re.compile(r"^(?:次日)?(\d{1,2})(?:[::时点](\d{1,2})?分?)?(?::00)?$")
_OTHER_NAMES: dict[str, DutyPost] = {
    "值班领导": DutyPost.DUTY_LEADER,
    "带班": DutyPost.DUTY_LEADER,
    "主班": DutyPost.DUTY_OFFICER,
    "值班人员": DutyPost.DUTY_OFFICER,
    "政府领导": DutyPost.GOVERNMENT_LEADER,
    "驻地带班": DutyPost.GOVERNMENT_LEADER,
}


def read_date(text: str) -> date | None:
    """A date such as 2027-02-05, 2027/2/5, 2027年2月5日 or 20270205; None if it is none."""
    match = _DATE.match(unicodedata.normalize("NFKC", text).replace(" ", ""))
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_time(text: str) -> tuple[time, int] | None:
    """A time of day such as 8:30, 08:30, 8时 or 24:00, and how many days later it is; None if it is none."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    match = _TIME.match(plain)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    days = 1 if plain.startswith("次日") else 0
    if (hour, minute) == (24, 0):
        return time(0), days + 1
    return (time(hour, minute), days) if hour < 24 and minute < 60 else None


def read_post(text: str, labels: dict[str, DutyPost]) -> DutyPost | None:
    """A post by its code, its label, or what offices call it besides; `值班员A` is a 值班员."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    names = {**_OTHER_NAMES, **labels, **{post.value: post for post in DutyPost}}
    return names.get(plain) or names.get(re.sub(r"[A-Za-z0-9甲乙丙丁一二三]$", "", plain))


def shift_period(day: date, start: tuple[time, int], end: tuple[time, int] | None) -> tuple[datetime, datetime]:
    """UTC period of a shift of one civil day in the district.

    Without an end it lasts a day; an end that is not after the start is on the next day.
    """
    starts_at = _civil(day, start)
    ends_at = _civil(day, end) if end is not None else starts_at + timedelta(days=1)
    return starts_at, ends_at if ends_at > starts_at else ends_at + timedelta(days=1)


def _civil(day: date, moment: tuple[time, int]) -> datetime:
    local = datetime.combine(day + timedelta(days=moment[1]), moment[0], tzinfo=SHANGHAI)
    return local.astimezone(UTC)
