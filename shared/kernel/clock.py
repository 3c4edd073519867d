"""Time: one aware UTC type, a clock that is passed in, and the civil calendar of the district."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, PlainSerializer

SHANGHAI = ZoneInfo("Asia/Shanghai")


def to_utc(value: datetime) -> datetime:
    """The same instant in UTC; pydantic's `AwareDatetime` alone would keep `+08:00`.

    Raises:
        ValueError: the instant lies outside the years 1 to 9999 in UTC.
    """
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("instant out of range") from error


def wire_time(value: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`, the one spelling on every wire and in every table."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """The instant that `wire_time` wrote.

    Raises:
        ValueError: the text has no offset or is no time.
    """
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("time without an offset")
    return value.astimezone(UTC)


UtcDatetime = Annotated[
    AwareDatetime, AfterValidator(to_utc), PlainSerializer(wire_time, return_type=str, when_used="json")
]
"""An instant. Naive input is refused, any offset is converted to UTC, JSON has milliseconds and `Z`."""


class Clock(Protocol):
    """Where handlers and jobs get the time; domain functions take `now` instead."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def civil_date(moment: datetime) -> date:
    """The date on the wall in the district (Asia/Shanghai) at this instant."""
    return moment.astimezone(SHANGHAI).date()


def civil_day(day: date) -> tuple[datetime, datetime]:
    """The half-open UTC period `[start, end)` of one civil day in the district."""
    start = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)
