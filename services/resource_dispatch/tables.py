"""Tables of dispatch. `record` is the public state as the last fact told it; the other columns are for looking up."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.types import Json, UtcTime


class Base(SQLModel, registry=registry()):
    """Tables of this service only."""


def _time(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(UtcTime, nullable=nullable))


class UnitRow(Base, table=True):
    """A unit; its last position lies in columns of its own, since it changes without a fact."""

    __tablename__ = "unit"
    __table_args__ = (Index("ux_unit_name", "home_site", "name", unique=True), Index("ix_unit_kind", "kind", "status"))

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(max_length=100)
    home_site: str = Field(max_length=32)
    kind: str = Field(max_length=32)
    status: str = Field(max_length=16)
    township: str | None = Field(max_length=20)
    version: int
    lon: float | None
    lat: float | None
    position_at: datetime | None = _time(nullable=True)
    record: Any = Field(sa_column=Column(Json, nullable=False))


class AssignmentRow(Base, table=True):
    """An assignment. INVARIANT: at most one active one a unit, held by the partial index."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index(
            "ux_assignment_active",
            "unit_id",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
        Index("ix_assignment_incident", "incident_id", "ordered_at", "id"),
        Index("ix_assignment_newest", "ordered_at", "id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    number: str = Field(unique=True, max_length=80)
    incident_id: str = Field(max_length=36)
    unit_id: str = Field(max_length=36, foreign_key="unit.id")
    status: str = Field(max_length=16)
    active: bool
    ordered_at: datetime = _time()
    version: int
    record: Any = Field(sa_column=Column(Json, nullable=False))


class IncidentCopyRow(Base, table=True):
    """What dispatch knows of an incident, from intake's facts; the highest version counts."""

    __tablename__ = "incident_copy"
    __table_args__ = (
        Index("ix_incident_copy_continues", "continues"),
        Index("ix_incident_copy_merged_into", "merged_into"),
        Index("ix_incident_copy_occurred_at", "occurred_at"),
        Index(
            "ix_incident_copy_others",
            "occurred_at",
            sqlite_where=text("home_site != 'hub'"),
            postgresql_where=text("home_site != 'hub'"),
        ),
    )

    id: str = Field(primary_key=True, max_length=36)
    number: str = Field(max_length=64)
    title: str
    type_code: str | None = Field(max_length=16)
    status: str = Field(max_length=16)
    lon: float | None
    lat: float | None
    township: str | None = Field(max_length=20)
    version: int
    home_site: str = Field(max_length=32, sa_column_kwargs={"server_default": "hub"})
    occurred_at: datetime | None = _time(nullable=True)
    continues: str | None = Field(default=None, max_length=36)
    merged_into: str | None = Field(default=None, max_length=36)


class AssignmentSeenRow(Base, table=True):
    """An assignment of any site as its facts tell it: whom to name if it is another site's, what meets after a cut."""

    __tablename__ = "assignment_seen"
    __table_args__ = (Index("ix_assignment_seen_name", "unit_name"),)

    id: str = Field(primary_key=True, max_length=36)
    home_site: str = Field(max_length=32)
    number: str = Field(max_length=80)
    unit_id: str = Field(max_length=36)
    unit_name: str = Field(max_length=100)
    incident_id: str = Field(max_length=36)
    incident_title: str
    ordered_at: datetime = _time()
    ended_at: datetime | None = _time(nullable=True)
    version: int


class RequestRow(Base, table=True):
    """A request to send a unit: this site's to another or another's to this one."""

    __tablename__ = "request"
    __table_args__ = (Index("ix_request_newest", "requested_at", "id"), Index("ix_request_due", "state", "valid_until"))

    id: str = Field(primary_key=True, max_length=36)
    state: str = Field(max_length=16)
    from_site: str = Field(max_length=32)
    to_site: str = Field(max_length=32)
    unit_id: str = Field(max_length=36)
    incident_id: str = Field(max_length=36)
    requested_at: datetime = _time()
    valid_until: datetime = _time()
    version: int
    record: Any = Field(sa_column=Column(Json, nullable=False))


class ConflictRow(Base, table=True):
    """Two facts of two sites that may be about one thing; kept at the centre only."""

    __tablename__ = "conflict"
    __table_args__ = (Index("ix_conflict_newest", "found_at", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    state: str = Field(max_length=16)
    found_at: datetime = _time()
    version: int
    record: Any = Field(sa_column=Column(Json, nullable=False))


class MarkRow(Base, table=True):
    """A mark of any site; the telephone number is of this site's own only and stands in no fact."""

    __tablename__ = "mark"
    __table_args__ = (
        Index("ix_mark_incident", "incident_id", "drawn_at", "id"),
        Index("ix_mark_newest", "drawn_at", "id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    incident_id: str | None = Field(max_length=36)
    kind: str = Field(max_length=32)
    home_site: str = Field(max_length=32)
    drawn_at: datetime = _time()
    removed_at: datetime | None = _time(nullable=True)
    contact_phone: str | None = Field(max_length=40)
    version: int
    record: Any = Field(sa_column=Column(Json, nullable=False))


class WindRow(Base, table=True):
    """A wind that was recorded for an incident, by any site."""

    __tablename__ = "wind"
    __table_args__ = (Index("ix_wind_incident", "incident_id", "at", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    incident_id: str = Field(max_length=36)
    at: datetime = _time()
    record: Any = Field(sa_column=Column(Json, nullable=False))


class FacilityRow(Base, table=True):
    """An entry of the register of facilities. Whom to call stands beside the record: no fact carries it."""

    __tablename__ = "facility"
    __table_args__ = (
        Index(
            "ux_facility_name",
            "home_site",
            "code",
            "name",
            unique=True,
            sqlite_where=text("NOT retired"),
            postgresql_where=text("NOT retired"),
        ),
        Index("ix_facility_order", "name", "id"),
        Index("ix_facility_place", "lat", "lon"),
        Index("ix_facility_version", "version"),
    )

    id: str = Field(primary_key=True, max_length=36)
    home_site: str = Field(max_length=32)
    code: str = Field(max_length=5)
    name: str = Field(max_length=100)
    kind_group: str = Field(max_length=20)
    township: str | None = Field(max_length=20)
    lon: float
    lat: float
    open_hazard: bool
    retired: bool
    version: int
    search: str
    contact_name: str | None = Field(max_length=50)
    contact_phone: str | None = Field(max_length=40)
    record: Any = Field(sa_column=Column(Json, nullable=False))


class CommandRow(Base, table=True):
    """What a command post does: itself, an order, an evacuation or a response; `private` never leaves the store.

    INVARIANT: at most one active post and one active evacuation an incident, held by the partial index.
    """

    __tablename__ = "command"
    __table_args__ = (
        Index(
            "ux_command_active",
            "kind",
            "incident_id",
            unique=True,
            sqlite_where=text("active AND kind IN ('post', 'evacuation')"),
            postgresql_where=text("active AND kind IN ('post', 'evacuation')"),
        ),
        Index("ix_command_incident", "kind", "incident_id", "began_at", "id"),
        Index("ix_command_newest", "kind", "began_at", "id"),
        Index("ix_command_due", "kind", "due_at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=16)
    incident_id: str | None = Field(default=None, max_length=36)
    active: bool
    began_at: datetime = _time()
    due_at: datetime | None = _time(nullable=True)
    version: int
    record: Any = Field(sa_column=Column(Json, nullable=False))
    private: Any = Field(default=None, sa_column=Column(Json, nullable=True))
