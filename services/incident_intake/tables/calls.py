"""The table of calls."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text, text
from sqlmodel import Field

from services.incident_intake.tables import Base
from shared.storage.types import Json, UtcTime


class CallRow(Base, table=True):
    """One call; `name` to `post` are emptied in time (突发事件应对法 §85), the rest stays (708 号令 §24)."""

    __tablename__ = "call"
    __table_args__ = (
        Index(
            "ix_call_incident",
            "incident_id",
            sqlite_where=text("incident_id IS NOT NULL"),
            postgresql_where=text("incident_id IS NOT NULL"),
        ),
        Index(
            "ix_call_phone",
            "phone_digits",
            sqlite_where=text("phone_digits IS NOT NULL"),
            postgresql_where=text("phone_digits IS NOT NULL"),
        ),
        Index(
            "ix_call_pending",
            "id",
            sqlite_where=text("outcome = 'pending'"),
            postgresql_where=text("outcome = 'pending'"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: str = Field(primary_key=True, max_length=36)
    number: str = Field(max_length=64)
    version: int
    incident_id: str | None = Field(max_length=36)
    outcome: str = Field(max_length=16)
    received_at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    recorded_by: str = Field(max_length=64)
    recorded_by_name: str = Field(sa_column=Column(Text, nullable=False))
    source: str = Field(max_length=32)
    name: str | None = Field(sa_column=Column(Text))
    phone: str | None = Field(sa_column=Column(Text))
    phone_digits: str | None = Field(max_length=40)
    organisation: str | None = Field(sa_column=Column(Text))
    post: str | None = Field(sa_column=Column(Text))
    said: str | None = Field(sa_column=Column(Text))
    type_code: str | None = Field(max_length=16)
    lon: float | None
    lat: float | None
    source_crs: str = Field(max_length=16)
    place_text: str | None = Field(sa_column=Column(Text))
    township: str | None = Field(max_length=20)
    told_others: Any = Field(sa_column=Column(Json, nullable=False))
    transfer: Any = Field(sa_column=Column(Json, nullable=True))
    closed_reason: str | None = Field(sa_column=Column(Text))
    destroy_after: datetime | None = Field(sa_column=Column(UtcTime, nullable=True))
