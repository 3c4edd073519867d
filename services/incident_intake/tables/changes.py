"""The table of what each version of an incident changed; append-only."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, Text
from sqlmodel import Field

from services.incident_intake.tables import Base
from shared.storage.types import Json, UtcTime


class ChangeRow(Base, table=True):
    """One step of an incident: who, when, and the names of the fields; values stand in the timeline, if anywhere."""

    __tablename__ = "incident_change"
    __table_args__ = {"sqlite_with_rowid": False}

    incident_id: str = Field(primary_key=True, max_length=36)
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    fact: str = Field(max_length=32)
    actor_name: str | None = Field(sa_column=Column(Text, nullable=True))
    changed: Any = Field(sa_column=Column(Json, nullable=False))
