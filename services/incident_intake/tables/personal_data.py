"""What was decided about personal data, and the count of what was destroyed; rows are added, never changed."""

from datetime import datetime

from sqlalchemy import Column, Index, Text
from sqlmodel import Field

from services.incident_intake.tables import Base
from shared.storage.types import UtcTime


class RetentionRow(Base, table=True):
    """A decision to keep an incident's personal data longer (突发事件应对法 §85)."""

    __tablename__ = "retention"
    __table_args__ = (Index("ix_retention_incident", "incident_id", "at"),)

    id: str = Field(primary_key=True, max_length=36)
    incident_id: str = Field(max_length=36)
    at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    before: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    until: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    assessment: str = Field(sa_column=Column(Text, nullable=False))
    decided_by: str = Field(sa_column=Column(Text, nullable=False))


class DestructionRow(Base, table=True):
    """What is left of destroyed data: how many records of which incident, when, and who decided it (None: time)."""

    __tablename__ = "destruction"
    __table_args__ = (Index("ix_destruction_newest", "at", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    incident_id: str = Field(max_length=36)
    at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    due_at: datetime | None = Field(sa_column=Column(UtcTime, nullable=True))
    records: int
    readings: int
    decided_by: str | None = Field(sa_column=Column(Text, nullable=True))
    reason: str | None = Field(sa_column=Column(Text, nullable=True))
