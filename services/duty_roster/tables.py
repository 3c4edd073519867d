"""Tables of the roster."""

from datetime import datetime
from typing import cast

from sqlalchemy import Index, Table
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.types import UtcTime


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


PERSON = cast("Table", PersonRow.__table__)  # type: ignore[attr-defined]
SHIFT = cast("Table", ShiftRow.__table__)  # type: ignore[attr-defined]
SHIFT_ELSEWHERE = cast("Table", ShiftElsewhereRow.__table__)  # type: ignore[attr-defined]
CALENDAR_DAY = cast("Table", CalendarDayRow.__table__)  # type: ignore[attr-defined]
