"""Tables of incident intake. The one writer of the store keeps them consistent; rows are made in `store`."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.types import Json, UtcTime

_NO_ROWID = {"sqlite_with_rowid": False}
"""The row lies in its key's own tree: one page less in every commit of the hot path."""


class Base(SQLModel, registry=registry()):
    """Tables of this service only."""


def _time(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(sa_column=Column(UtcTime, nullable=nullable, index=index))


def _text(*, nullable: bool = True) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


def _json(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Json, nullable=nullable))


class IncidentRow(Base, table=True):
    """The present state of an incident."""

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_newest", "received_at", "id"),
        Index("ix_incident_status_newest", "status", "received_at", "id"),
        Index("ix_incident_township", "township", "received_at"),
        Index(
            "ix_incident_merged_into",
            "merged_into",
            sqlite_where=text("merged_into IS NOT NULL"),
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        Index(
            "ix_incident_continues",
            "continues",
            sqlite_where=text("continues IS NOT NULL"),
            postgresql_where=text("continues IS NOT NULL"),
        ),
        _NO_ROWID,
    )

    id: str = Field(primary_key=True, max_length=36)
    number: str = Field(unique=True, index=True, max_length=64)
    version: int
    type_code: str | None = Field(max_length=16)
    title: str = _text(nullable=False)
    status: str = Field(max_length=16)
    grade: str | None = Field(max_length=8)
    possible_grade: str | None = Field(max_length=8)
    sensitive: bool
    sensitive_reasons: Any = _json()
    occurred_at: datetime = _time()
    received_at: datetime = _time()
    closed_at: datetime | None = _time(nullable=True)
    updated_at: datetime = _time()
    source: str = Field(max_length=32)
    home_site: str = Field(max_length=32)
    lon: float | None
    lat: float | None
    source_crs: str = Field(max_length=16)
    place_text: str | None = _text()
    township: str | None = Field(max_length=20)
    dead: int | None
    missing: int | None
    serious: int | None
    injured: int | None
    trapped: int | None
    description: str | None = _text()
    merged_into: str | None = Field(max_length=36)
    status_before_merge: str | None = Field(max_length=16)
    created_by: str = Field(max_length=64)
    created_by_name: str = _text(nullable=False)
    on_behalf_of_site: str | None = Field(max_length=32)
    relay_channel: str | None = Field(max_length=16)
    continues: str | None = Field(max_length=36)
    """Another site's incident beside which this one goes on."""
    loss_yuan: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    burnt_hectares: float | None
    acute_poisoned: int | None
    first_public_at: datetime | None = _time(nullable=True)
    first_public_where: str | None = _text()
    grading: Any = _json(nullable=True)
    clock_grade: str | None = Field(max_length=8)
    figures: Any = _json(nullable=True)
    casualty_window: Any = _json(nullable=True)
    command_transfer: Any = _json(nullable=True)
    unit_report: Any = _json(nullable=True)
    observation: Any = _json(nullable=True)


class CallerRow(Base, table=True):
    """Personal data of the caller, in a table of their own so that they can be destroyed (突发事件应对法 §85)."""

    __tablename__ = "caller"

    incident_id: str = Field(primary_key=True, max_length=36)
    name: str | None = _text()
    phone: str | None = _text()
    organisation: str | None = _text()
    note: str | None = _text()
    purpose: str = Field(max_length=32)
    recorded_at: datetime = _time()
    destroy_after: datetime | None = _time(nullable=True, index=True)


class CallerAccessRow(Base, table=True):
    """Who has read a caller's data unmasked; append-only."""

    __tablename__ = "caller_access"
    __table_args__ = (Index("ix_caller_access_recent", "incident_id", "account_id", "at"),)

    id: str = Field(primary_key=True, max_length=36)
    at: datetime = _time()
    incident_id: str = Field(max_length=36)
    incident_number: str = Field(max_length=64)
    account_id: str = Field(max_length=64)
    username: str = _text(nullable=False)
    actor_name: str = _text(nullable=False)


class TimelineRow(Base, table=True):
    """What happened to an incident; append-only."""

    __tablename__ = "timeline"
    __table_args__ = (Index("ix_timeline_newest", "incident_id", "at", "id"), _NO_ROWID)

    id: str = Field(primary_key=True, max_length=36)
    incident_id: str = Field(max_length=36)
    at: datetime = _time()
    recorded_at: datetime = _time()
    kind: str = Field(max_length=16)
    code: str = Field(max_length=64)
    actor_name: str | None = _text()
    params: Any = _json()
    late: bool


class NumberSeriesRow(Base, table=True):
    """The last number given on a civil day."""

    __tablename__ = "number_series"
    __table_args__ = _NO_ROWID

    day: str = Field(primary_key=True, max_length=10)
    last: int


class WarningRow(Base, table=True):
    """One warning message; `record` is the whole of it with what others did to it, the rest is for looking up."""

    __tablename__ = "warning"
    __table_args__ = (
        Index("ux_warning_key", "identifier", "sender", "sent", unique=True),
        Index("ix_warning_newest", "sent", "id"),
        Index("ix_warning_due", "state", "expires_at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    identifier: str = _text(nullable=False)
    sender: str = _text(nullable=False)
    sent: datetime = _time()
    version: int
    state: str = Field(max_length=16)
    expires_at: datetime | None = _time(nullable=True)
    superseded_by: str | None = Field(max_length=36)
    record: Any = _json()
    faults: Any = _json()
    geometry: Any = _json(nullable=True)
    received_at: datetime = _time()
    home_site: str = Field(max_length=32)


class WarningReferenceRow(Base, table=True):
    """Identifiers that a warning refers to, so that one that arrives later finds it."""

    __tablename__ = "warning_reference"
    __table_args__ = (Index("ix_warning_reference_identifier", "identifier"),)

    warning_id: str = Field(primary_key=True, max_length=36)
    identifier: str = Field(sa_column=Column(Text, primary_key=True))


class ShortLineRow(Base, table=True):
    """One line taken down for a site that was cut off; append-only. `era` grows when its numbers began anew."""

    __tablename__ = "short_line"
    __table_args__ = (
        Index("ux_short_line_number", "unit", "era", "serial", unique=True),
        Index("ix_short_line_event", "unit", "type_code", "occurred_at"),
        Index("ix_short_line_incident", "incident_id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    unit: str = Field(max_length=3)
    era: int
    serial: int
    content: str = _text(nullable=False)
    given_check: str = Field(max_length=8)
    checked: bool
    confirmed_by: str | None = _text()
    channel: str = Field(max_length=16)
    received_at: datetime = _time()
    recorded_at: datetime = _time()
    occurred_at: datetime = _time()
    type_code: str = Field(max_length=16)
    dead: int | None
    missing: int | None
    injured: int | None
    trapped: int | None
    moved: int | None
    outage: str = Field(max_length=3)
    risk: str = _text(nullable=False)
    need: str = _text(nullable=False)
    incident_id: str = Field(max_length=36)
    taken_by: str = _text(nullable=False)


class OwnReportRow(Base, table=True):
    """What other sites' own logs say of their incidents, as far as it identifies them."""

    __tablename__ = "own_report"
    __table_args__ = (Index("ix_own_report_event", "unit", "type_code", "occurred_at"),)

    id: str = Field(primary_key=True, max_length=36)
    site: str = Field(max_length=32)
    number: str = Field(max_length=64)
    version: int
    is_open: bool
    unit: str = Field(max_length=3)
    type_code: str = Field(max_length=16)
    occurred_at: datetime = _time()
    dead: int | None
    missing: int | None
    injured: int | None
    trapped: int | None


class HandoverRow(Base, table=True):
    """What was last asked about an incident's home; only those that were ever asked about have a row."""

    __tablename__ = "incident_handover"

    incident_id: str = Field(primary_key=True, max_length=36)
    handover: Any = _json(nullable=True)
    succession: Any = _json()
    due_at: datetime | None = Field(sa_column=Column(UtcTime, nullable=True))

    __table_args__ = (Index("ix_incident_handover_due", "due_at"),)


class OfferRow(Base, table=True):
    """A request to this site to take an incident over, and what was answered here."""

    __tablename__ = "handover_offer"
    __table_args__ = (Index("ix_handover_offer_newest", "requested_at", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    incident_id: str = Field(max_length=36)
    incident_number: str = Field(max_length=64)
    incident_title: str = _text(nullable=False)
    requested_at: datetime = _time()
    version: int
    handover: Any = _json()
    answer: str | None = Field(max_length=16)


class ElsewhereRow(Base, table=True):
    """An incident of another site: `record` is its public state as last told, the rest is for looking up."""

    __tablename__ = "incident_elsewhere"
    __table_args__ = (
        Index("ix_incident_elsewhere_site", "home_site"),
        Index(
            "ix_incident_elsewhere_behind",
            "id",
            sqlite_where=text("indexed_version <> version"),
            postgresql_where=text("indexed_version <> version"),
        ),
    )

    id: str = Field(primary_key=True, max_length=36)
    home_site: str = Field(max_length=32)
    number: str = Field(max_length=64)
    title: str = _text(nullable=False)
    status: str = Field(max_length=16)
    township: str | None = Field(max_length=20)
    version: int
    record: Any = _json(nullable=True)
    indexed_version: int = Field(sa_column=Column(Integer, nullable=False, server_default=text("0")))
    """Which version of it can be found by a search."""
