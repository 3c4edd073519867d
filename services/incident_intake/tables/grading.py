"""The table of the rules of grading: one row once a bureau has changed them, none before."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, Text
from sqlmodel import Field

from services.incident_intake.tables import Base
from shared.storage.types import Json, UtcTime


class GradingRulesRow(Base, table=True):
    """The rules in force, as they are answered."""

    __tablename__ = "grading_rules"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    version: int
    rules: Any = Field(sa_column=Column(Json, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    updated_by: str = Field(sa_column=Column(Text, nullable=False))
