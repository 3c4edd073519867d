"""Tables of the roster."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Column, Index, Table, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.types import Json, UtcTime


class Base(SQLModel, registry=registry()):
    """Keeps this service's tables apart from the other services'."""


class PersonRow(Base, table=True):
    """A person of the staff, with duty phones (official data, not the public's)."""

    __tablename__ = "person"
    __table_args__ = (Index("person_by_name", "name", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(max_length=80)
    organisation: str | None = Field(default=None, max_length=120)
    phone: str | None = Field(default=None, max_length=40)
    phone2: str | None = Field(default=None, max_length=40)
    account: str | None = Field(default=None, max_length=40)
    deputy_id: str | None = Field(default=None, max_length=36)
    removed: bool = False
    version: int


class ShiftRow(Base, table=True):
    """One person at one post for a while. `period_given`: a person chose the sort of day, the calendar does not."""

    __tablename__ = "shift"
    __table_args__ = (
        Index("shift_by_start", "starts_at", "id"),
        Index("shift_of_person", "person_id", "starts_at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    post: str = Field(max_length=32)
    person_id: str = Field(foreign_key="person.id", max_length=36)
    starts_at: datetime = Field(sa_type=UtcTime)
    ends_at: datetime = Field(sa_type=UtcTime)
    period_kind: str = Field(max_length=32)
    period_given: bool = False
    note: str | None = Field(default=None, max_length=500)
    cancelled: bool = False
    version: int


class ShiftElsewhereRow(Base, table=True):
    """A shift of another site, which alone changes it."""

    __tablename__ = "shift_elsewhere"

    id: str = Field(primary_key=True, max_length=36)
    home_site: str = Field(max_length=32)


class CalendarDayRow(Base, table=True):
    """A day whose sort was published or decided: moved holidays, sensitive periods."""

    __tablename__ = "calendar_day"

    day: str = Field(primary_key=True, max_length=10)
    kind: str = Field(max_length=32)
    name: str | None = Field(default=None, max_length=80)
    basis: str = Field(max_length=300)
    entered_by: str = Field(max_length=80)
    entered_at: datetime = Field(sa_type=UtcTime)


class SettingRow(Base, table=True):
    """What the bureau decided about its duty: staffing, the checklist of handovers, roll calls."""

    __tablename__ = "duty_setting"

    name: str = Field(primary_key=True, max_length=32)
    body: Any = Field(sa_column=Column(Json, nullable=False))
    version: int
    updated_at: datetime = Field(sa_type=UtcTime)
    updated_by: str = Field(max_length=80)


class MatterRow(Base, table=True):
    """What others told of something that may be open at a change of shift: an incident, a clock, a call-out.

    `bundle` names what is handed over as one line, such as the daily reports of one day.
    """

    __tablename__ = "open_matter"
    __table_args__ = (Index("open_matter_open", "is_open", "since"),)

    kind: str = Field(primary_key=True, max_length=16)
    id: str = Field(primary_key=True, max_length=36)
    version: int
    is_open: bool
    text: str = Field(sa_column=Column(Text, nullable=False))
    bundle: str | None = Field(default=None, max_length=64)
    since: datetime = Field(sa_type=UtcTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcTime)


class HandoverRow(Base, table=True):
    """A handover; `body` is its whole state as it is told."""

    __tablename__ = "handover"
    __table_args__ = (Index("handover_by_time", "at", "id"), Index("handover_by_state", "state"))

    id: str = Field(primary_key=True, max_length=36)
    at: datetime = Field(sa_type=UtcTime)
    state: str = Field(max_length=16)
    body: Any = Field(sa_column=Column(Json, nullable=False))
    version: int


class RollCallRow(Base, table=True):
    """A roll call; `slot` is the moment of the plan it was started for, so that a plan calls once."""

    __tablename__ = "roll_call"
    __table_args__ = (Index("roll_call_by_time", "at", "id"), Index("roll_call_by_due", "next_due_at"))

    id: str = Field(primary_key=True, max_length=36)
    at: datetime = Field(sa_type=UtcTime)
    state: str = Field(max_length=16)
    slot: datetime | None = Field(default=None, sa_type=UtcTime, unique=True)
    next_due_at: datetime | None = Field(default=None, sa_type=UtcTime)
    body: Any = Field(sa_column=Column(Json, nullable=False))
    version: int


class ReliefRow(Base, table=True):
    """A relief; `body` is its whole state as it is told."""

    __tablename__ = "relief"
    __table_args__ = (Index("relief_by_time", "at", "id"), Index("relief_by_state", "state"))

    id: str = Field(primary_key=True, max_length=36)
    at: datetime = Field(sa_type=UtcTime)
    state: str = Field(max_length=16)
    body: Any = Field(sa_column=Column(Json, nullable=False))
    version: int


PERSON = cast("Table", PersonRow.__table__)  # type: ignore[attr-defined]
SHIFT = cast("Table", ShiftRow.__table__)  # type: ignore[attr-defined]
SHIFT_ELSEWHERE = cast("Table", ShiftElsewhereRow.__table__)  # type: ignore[attr-defined]
CALENDAR_DAY = cast("Table", CalendarDayRow.__table__)  # type: ignore[attr-defined]
SETTING = cast("Table", SettingRow.__table__)  # type: ignore[attr-defined]
MATTER = cast("Table", MatterRow.__table__)  # type: ignore[attr-defined]
HANDOVER = cast("Table", HandoverRow.__table__)  # type: ignore[attr-defined]
ROLL_CALL = cast("Table", RollCallRow.__table__)  # type: ignore[attr-defined]
RELIEF = cast("Table", ReliefRow.__table__)  # type: ignore[attr-defined]
