"""What the bureau decides for its desk as data, and what was asked and done for an incident."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text
from sqlmodel import Field

from services.incident_intake.tables import Base
from shared.storage.types import Json, UtcTime


class SettingRow(Base, table=True):
    """One thing that the bureau may decide, in its present form; without a row the product's own holds."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True, max_length=64)
    version: int
    value: Any = Field(sa_column=Column(Json, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    updated_by: str = Field(sa_column=Column(Text, nullable=False))


class GuidanceAnswerRow(Base, table=True):
    """What somebody answered to a question of the list; append-only, the last one holds."""

    __tablename__ = "guidance_answer"
    __table_args__ = (Index("ix_guidance_answer_incident", "incident_id", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    incident_id: str = Field(max_length=36)
    question_id: str = Field(max_length=40)
    question: str = Field(sa_column=Column(Text, nullable=False))
    answer: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    by: str = Field(sa_column=Column(Text, nullable=False))


class GuidanceDueRow(Base, table=True):
    """A step that became due by itself, because what it waits for came true."""

    __tablename__ = "guidance_due"

    incident_id: str = Field(primary_key=True, max_length=36)
    step_id: str = Field(primary_key=True, max_length=40)
    id: str = Field(max_length=36)
    version: int
    text: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(max_length=16)
    applied_at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    due_at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    why: str = Field(sa_column=Column(Text, nullable=False))


class GuidanceStepRow(Base, table=True):
    """How a step of an incident's checklist stands; what happened to it stands in the timeline."""

    __tablename__ = "guidance_step"

    incident_id: str = Field(primary_key=True, max_length=36)
    step_id: str = Field(primary_key=True, max_length=40)
    state: str = Field(max_length=16)
    step: Any = Field(sa_column=Column(Json, nullable=False))
    at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    by: str = Field(sa_column=Column(Text, nullable=False))
    reason: str | None = Field(sa_column=Column(Text))
