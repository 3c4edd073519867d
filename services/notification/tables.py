"""Tables of notification: call-outs with their due-times, single calls, tries, and copies of what others own."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Column, Index, LargeBinary, Table, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.types import Json, UtcTime


class Base(SQLModel, registry=registry()):
    """Tables of this service only."""


def _text(*, nullable: bool = True) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


class NotificationRow(Base, table=True):
    """A call-out."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_due", "state", "next_due_at"),
        Index("ix_notification_newest", "created_at", "id"),
        Index("ix_notification_open", "state", "created_at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    dedupe_key: str = Field(max_length=120, unique=True)
    correlation_id: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    title: str = _text(nullable=False)
    state: str = Field(max_length=16)
    created_at: datetime = Field(sa_type=UtcTime)
    created_by: str | None = _text()
    steps: Any = Field(sa_column=Column(Json, nullable=False))
    home_site: str = Field(max_length=32)
    exercise: bool
    incident_id: str | None = Field(default=None, max_length=36, index=True)
    incident_number: str | None = Field(default=None, max_length=64)
    level: str | None = Field(default=None, max_length=8)
    step: int
    next_due_at: datetime | None = Field(default=None, sa_type=UtcTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcTime)
    acknowledged_by: str | None = _text()
    acknowledged_account: str | None = Field(default=None, max_length=64)
    ack_note: str | None = _text()
    on_behalf_of: str | None = Field(default=None, max_length=36)
    on_behalf_of_name: str | None = _text()
    phone_answer: bool
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcTime)
    cancelled_by: str | None = _text()
    cancel_reason: str | None = Field(default=None, max_length=32)
    cancel_words: str | None = _text()
    version: int


class TargetRow(Base, table=True):
    """One person on one channel in one step; `id` is the delivery id."""

    __tablename__ = "target"
    __table_args__ = (
        Index("ix_target_notification", "notification_id", "id"),
        Index("ix_target_due", "state", "due_at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    notification_id: str = Field(foreign_key="notification.id", max_length=36)
    step: int
    channel: str = Field(max_length=16)
    state: str = Field(max_length=16)
    post: str | None = Field(default=None, max_length=32)
    person_id: str | None = Field(default=None, max_length=36, index=True)
    person_name: str | None = _text()
    phone: str | None = _text()
    account: str | None = Field(default=None, sa_column=Column(Text, index=True))
    tries: int
    due_at: datetime | None = Field(default=None, sa_type=UtcTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcTime)


class AttemptRow(Base, table=True):
    """One try. Triggers refuse every change and removal."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_delivery", "delivery_id", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    delivery_id: str = Field(max_length=36)
    at: datetime = Field(sa_type=UtcTime)
    channel: str = Field(max_length=16)
    outcome: str = Field(max_length=16)
    detail: str | None = _text()


class LateReportRow(Base, table=True):
    """A report that was heard late and is not decided yet; gone when it is.

    `body` is the fact as it came, `version` its incident's version, `latest_at` when no more news is waited for.
    """

    __tablename__ = "late_report"

    incident_id: str = Field(primary_key=True, max_length=36)
    version: int
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    due_at: datetime = Field(sa_type=UtcTime, index=True)
    latest_at: datetime = Field(sa_type=UtcTime)


class PolicyRow(Base, table=True):
    """The policy in force; one row."""

    __tablename__ = "notification_policy"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    steps: Any = Field(sa_column=Column(Json, nullable=False))
    basis: str = _text(nullable=False)
    verified: bool
    version: int
    updated_at: datetime | None = Field(default=None, sa_type=UtcTime)
    updated_by: str | None = _text()


class ClockRow(Base, table=True):
    """The latest time that due-times were compared with; one row, so that a clock set back is noticed."""

    __tablename__ = "seen_clock"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcTime)


class PersonCopyRow(Base, table=True):
    """What the roster told of a person."""

    __tablename__ = "person_copy"

    id: str = Field(primary_key=True, max_length=36)
    name: str = _text(nullable=False)
    phone: str | None = _text()
    account: str | None = _text()
    deputy_id: str | None = Field(default=None, max_length=36)
    removed: bool
    version: int


class ShiftCopyRow(Base, table=True):
    """What the roster told of a shift."""

    __tablename__ = "shift_copy"
    __table_args__ = (Index("ix_shift_copy_end", "home_site", "ends_at"),)

    id: str = Field(primary_key=True, max_length=36)
    post: str = Field(max_length=32)
    person_id: str = Field(max_length=36)
    person_name: str = _text(nullable=False)
    starts_at: datetime = Field(sa_type=UtcTime)
    ends_at: datetime = Field(sa_type=UtcTime)
    cancelled: bool
    home_site: str = Field(max_length=32)
    version: int


class IncidentCopyRow(Base, table=True):
    """What intake told of an incident."""

    __tablename__ = "incident_copy"

    id: str = Field(primary_key=True, max_length=36)
    number: str = Field(max_length=64)
    title: str = _text(nullable=False)
    place: str | None = _text()
    township: str | None = Field(default=None, max_length=20)
    grade: str | None = Field(default=None, max_length=8)
    status: str = Field(max_length=16)
    version: int


class UnitCopyRow(Base, table=True):
    """Whom to telephone in a unit, as dispatch told."""

    __tablename__ = "unit_copy"

    id: str = Field(primary_key=True, max_length=36)
    name: str = _text(nullable=False)
    contact_name: str | None = _text()
    contact_phone: str | None = _text()
    version: int


class AccountCopyRow(Base, table=True):
    """Which account speaks for which unit, as identity told."""

    __tablename__ = "account_copy"

    id: str = Field(primary_key=True, max_length=36)
    username: str = _text(nullable=False)
    name: str = _text(nullable=False)
    person_id: str | None = Field(default=None, max_length=36)
    unit_id: str | None = Field(default=None, max_length=36, index=True)
    disabled: bool
    version: int


NOTIFICATION = cast("Table", NotificationRow.__table__)  # type: ignore[attr-defined]
TARGET = cast("Table", TargetRow.__table__)  # type: ignore[attr-defined]
ATTEMPT = cast("Table", AttemptRow.__table__)  # type: ignore[attr-defined]
LATE = cast("Table", LateReportRow.__table__)  # type: ignore[attr-defined]
POLICY = cast("Table", PolicyRow.__table__)  # type: ignore[attr-defined]
CLOCK = cast("Table", ClockRow.__table__)  # type: ignore[attr-defined]
PERSON = cast("Table", PersonCopyRow.__table__)  # type: ignore[attr-defined]
SHIFT = cast("Table", ShiftCopyRow.__table__)  # type: ignore[attr-defined]
INCIDENT = cast("Table", IncidentCopyRow.__table__)  # type: ignore[attr-defined]
UNIT = cast("Table", UnitCopyRow.__table__)  # type: ignore[attr-defined]
ACCOUNT = cast("Table", AccountCopyRow.__table__)  # type: ignore[attr-defined]
