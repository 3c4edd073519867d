"""Tables of reporting: reports with what was signed, clocks, rules, templates, and copies of what others own."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.types import Json, UtcTime


class Base(SQLModel, registry=registry()):
    """Tables of this service only."""


def _text(*, nullable: bool = True) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


def _json(*, nullable: bool = True) -> Any:
    return Field(sa_column=Column(Json, nullable=nullable))


class ReportRow(Base, table=True):
    """A report as it stands. What it said when it was signed is in `signed_report`."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("series", "kind", "serial", "revision", name="one_report_of_a_kind"),
        Index("ix_report_newest", "created_at", "id"),
        Index("ix_report_incident", "incident_id", "kind"),
    )

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=16)
    series: str = Field(max_length=64)
    serial: int
    revision: int
    title: str = _text(nullable=False)
    state: str = Field(max_length=16)
    version: int
    home_site: str = Field(max_length=32)
    exercise: bool
    created_at: datetime = Field(sa_type=UtcTime)
    updated_at: datetime = Field(sa_type=UtcTime)
    created_by: str = Field(max_length=64)
    created_by_name: str = _text(nullable=False)
    incident_id: str | None = Field(default=None, max_length=36)
    incident_number: str | None = Field(default=None, max_length=64)
    incident_title: str | None = _text()
    type_code: str | None = Field(default=None, max_length=20)
    township: str | None = Field(default=None, max_length=20)
    township_name: str | None = Field(default=None, max_length=80)
    day: str | None = Field(default=None, max_length=10, index=True)
    fields: Any = _json(nullable=False)
    prefilled: Any = _json(nullable=False)
    baseline: Any = _json()
    told: Any = _json()
    document_number: str | None = Field(default=None, max_length=120)
    signer_name: str | None = _text()
    signed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcTime)
    sent_to: str | None = _text()
    sent_channel: str | None = Field(default=None, max_length=16)
    receipted_at: datetime | None = Field(default=None, sa_type=UtcTime)
    receipted_by: str | None = _text()
    phone: Any = _json()
    answer: Any = _json()
    supersedes: str | None = Field(default=None, max_length=36)
    superseded_by: str | None = Field(default=None, max_length=36)
    words: str = _text(nullable=False)


class SignedReportRow(Base, table=True):
    """What a report said when it was signed. Triggers refuse every change and removal."""

    __tablename__ = "signed_report"

    report_id: str = Field(primary_key=True, max_length=36)
    signed_at: datetime = Field(sa_type=UtcTime)
    signer_name: str = _text(nullable=False)
    document_number: str = Field(max_length=120)
    template_version: int
    body: Any = _json(nullable=False)
    digest: str = Field(max_length=64)


class StepRow(Base, table=True):
    """One step of a report. Triggers refuse every change and removal."""

    __tablename__ = "report_step"
    __table_args__ = (Index("ix_report_step", "report_id", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    report_id: str = Field(max_length=36)
    at: datetime = Field(sa_type=UtcTime)
    actor_name: str | None = _text()
    act: str = Field(max_length=16)
    from_state: str | None = Field(default=None, max_length=16)
    to_state: str = Field(max_length=16)
    note: str | None = _text()


class ClockRow(Base, table=True):
    """A reporting clock. `subject` is the incident, or the day of a township."""

    __tablename__ = "report_clock"
    __table_args__ = (
        UniqueConstraint("subject", "rule_id", "occasion", name="one_clock_an_occasion"),
        Index("ix_report_clock_due", "state", "due_at"),
        Index("ix_report_clock_remind", "state", "remind_at"),
        Index("ix_report_clock_start", "starts_at", "id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    subject: str = Field(max_length=64)
    rule_id: str = Field(max_length=40)
    occasion: str = Field(max_length=80)
    incident_id: str | None = Field(default=None, max_length=36)
    incident_number: str | None = Field(default=None, max_length=64)
    incident_title: str | None = _text()
    township: str | None = Field(default=None, max_length=20)
    township_name: str | None = Field(default=None, max_length=80)
    day: str | None = Field(default=None, max_length=10)
    leg: str = Field(max_length=24)
    channel: str = Field(max_length=16)
    clock_from: str = Field(max_length=16)
    starts_at: datetime = Field(sa_type=UtcTime)
    due_at: datetime = Field(sa_type=UtcTime)
    minutes: int
    remind_at: datetime | None = Field(default=None, sa_type=UtcTime)
    state: str = Field(max_length=16)
    basis: str = _text(nullable=False)
    verified: bool
    met_at: datetime | None = Field(default=None, sa_type=UtcTime)
    report_id: str | None = Field(default=None, max_length=36)
    passed_to: str | None = Field(default=None, max_length=32)
    passed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    version: int


class RuleBookRow(Base, table=True):
    """The rules and the heading in force; one row once somebody has changed them."""

    __tablename__ = "rule_book"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    rules: Any = _json(nullable=False)
    heading: Any = _json(nullable=False)
    version: int
    updated_at: datetime = Field(sa_type=UtcTime)
    updated_by: str = _text(nullable=False)


class TemplateRow(Base, table=True):
    """A template that the bureau uploaded; without content: the product's own again. Never changed, never removed."""

    __tablename__ = "report_template"

    kind: str = Field(primary_key=True, max_length=16)
    version: int = Field(primary_key=True)
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    digest: str | None = Field(default=None, max_length=64)
    filename: str | None = _text()
    uploaded_at: datetime = Field(sa_type=UtcTime)
    uploaded_by: str = _text(nullable=False)


class SeriesRow(Base, table=True):
    """The last number given of each series of documents (文号、期号)."""

    __tablename__ = "document_series"

    name: str = Field(primary_key=True, max_length=40)
    last: int


class IncidentCopyRow(Base, table=True):
    """What intake told of an incident; `known_at` is when this site first knew of it, `counts` whether clocks run."""

    __tablename__ = "incident_copy"
    __table_args__ = (Index("ix_incident_copy_received", "received_at"),)

    id: str = Field(primary_key=True, max_length=36)
    version: int
    status: str = Field(max_length=16)
    home_site: str = Field(max_length=32)
    township: str | None = Field(default=None, max_length=20)
    received_at: datetime = Field(sa_type=UtcTime)
    known_at: datetime = Field(sa_type=UtcTime)
    counts: bool
    body: Any = _json(nullable=False)


class AssignmentCopyRow(Base, table=True):
    """Which unit was sent to an incident, as dispatch told."""

    __tablename__ = "assignment_copy"

    id: str = Field(primary_key=True, max_length=36)
    version: int
    incident_id: str = Field(max_length=36, index=True)
    unit_name: str = _text(nullable=False)
    status: str = Field(max_length=16)
    ordered_at: datetime = Field(sa_type=UtcTime)


class ClockElsewhereRow(Base, table=True):
    """A township's clock of an incident, as the reporting of that site told: it goes on at the next home."""

    __tablename__ = "clock_elsewhere"

    id: str = Field(primary_key=True, max_length=36)
    version: int
    incident_id: str = Field(max_length=36, index=True)
    site: str = Field(max_length=32)
    body: Any = _json(nullable=False)


class ToldElsewhereRow(Base, table=True):
    """A report of an incident that another site has sent or telephoned, as it told; never what it said."""

    __tablename__ = "told_elsewhere"

    id: str = Field(primary_key=True, max_length=36)
    version: int
    incident_id: str = Field(max_length=36, index=True)
    site: str = Field(max_length=32)
    kind: str = Field(max_length=16)
    serial: int


class CallCopyRow(Base, table=True):
    """A call-out of this site and when it was answered, as notification told."""

    __tablename__ = "call_copy"
    __table_args__ = (Index("ix_call_copy_created", "created_at"),)

    id: str = Field(primary_key=True, max_length=36)
    version: int
    created_at: datetime = Field(sa_type=UtcTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcTime)


class RollCallCopyRow(Base, table=True):
    """A roll call of this site and what came of it, as the roster told."""

    __tablename__ = "roll_call_copy"
    __table_args__ = (Index("ix_roll_call_copy_started", "started_at"),)

    id: str = Field(primary_key=True, max_length=36)
    version: int
    started_at: datetime = Field(sa_type=UtcTime)
    called: int
    answered: int
    stand_in: int
    late: int
    missed: int


class CalendarCopyRow(Base, table=True):
    """What sort of day people said it is, as the roster told; without a kind the calendar decides."""

    __tablename__ = "calendar_copy"

    day: str = Field(primary_key=True, max_length=10)
    version: int = Field(sa_type=BigInteger)
    kind: str | None = Field(default=None, max_length=32)
    name: str | None = _text()


class StartRow(Base, table=True):
    """Since when this site reports; clocks do not run for what was recorded before."""

    __tablename__ = "reporting_start"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcTime)


REPORT = cast("Table", ReportRow.__table__)  # type: ignore[attr-defined]
SIGNED = cast("Table", SignedReportRow.__table__)  # type: ignore[attr-defined]
STEP = cast("Table", StepRow.__table__)  # type: ignore[attr-defined]
CLOCK = cast("Table", ClockRow.__table__)  # type: ignore[attr-defined]
RULE_BOOK = cast("Table", RuleBookRow.__table__)  # type: ignore[attr-defined]
TEMPLATE = cast("Table", TemplateRow.__table__)  # type: ignore[attr-defined]
SERIES = cast("Table", SeriesRow.__table__)  # type: ignore[attr-defined]
INCIDENT = cast("Table", IncidentCopyRow.__table__)  # type: ignore[attr-defined]
ASSIGNMENT = cast("Table", AssignmentCopyRow.__table__)  # type: ignore[attr-defined]
CLOCK_ELSEWHERE = cast("Table", ClockElsewhereRow.__table__)  # type: ignore[attr-defined]
TOLD_ELSEWHERE = cast("Table", ToldElsewhereRow.__table__)  # type: ignore[attr-defined]
CALL = cast("Table", CallCopyRow.__table__)  # type: ignore[attr-defined]
ROLL_CALL = cast("Table", RollCallCopyRow.__table__)  # type: ignore[attr-defined]
CALENDAR = cast("Table", CalendarCopyRow.__table__)  # type: ignore[attr-defined]
START = cast("Table", StartRow.__table__)  # type: ignore[attr-defined]
