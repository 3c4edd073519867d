"""Facts of the duty roster: people on the staff, and their shifts."""

from enum import StrEnum
from typing import ClassVar

from shared.contracts.events.base import Fact
from shared.kernel.clock import UtcDatetime


class DutyPost(StrEnum):
    """The posts of a shift; how many people each needs is configuration."""

    DUTY_LEADER = "duty_leader"
    CHIEF_OFFICER = "chief_officer"
    DUTY_OFFICER = "duty_officer"
    GOVERNMENT_LEADER = "government_leader"


class PeriodKind(StrEnum):
    """What sort of day a shift belongs to (平日、公休、法定节假日、调休上班、调休公休、敏感时期、响应期)."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    STATUTORY_HOLIDAY = "statutory_holiday"
    SHIFTED_WORKDAY = "shifted_workday"
    SHIFTED_REST = "shifted_rest"
    SENSITIVE = "sensitive"
    RESPONSE = "response"


class PersonFact(Fact):
    """Sent by the roster after every change of a person. Heard by notification."""

    KINDS: ClassVar[tuple[str, ...]] = ("roster.person.registered.v1", "roster.person.updated.v1")

    id: str
    name: str
    organisation: str | None = None
    phone: str | None = None
    phone2: str | None = None
    account: str | None = None
    deputy_id: str | None = None
    removed: bool = False


class CalendarDayFact(Fact):
    """Sent by the roster when a person says what sort of day it is, or lets the calendar decide again (`kind` None).

    Heard by reporting: on holidays and in special periods every township reports daily. The aggregate is the day.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("roster.calendar_day.set.v1",)

    day: str
    kind: PeriodKind | None = None
    name: str | None = None
    basis: str | None = None
    home_site: str


class ShiftFact(Fact):
    """Sent by the roster after every change of a shift, half-open `[starts_at, ends_at)`; heard by all who call."""

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"roster.shift.{fact}.v1" for fact in ("scheduled", "changed", "cancelled")
    )

    id: str
    post: DutyPost
    person_id: str
    person_name: str
    starts_at: UtcDatetime
    ends_at: UtcDatetime
    period_kind: PeriodKind = PeriodKind.WORKDAY
    note: str | None = None
    cancelled: bool = False
    home_site: str
