"""Tables of the checks: when each site was last heard, and the tasks."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.types import Json, UtcTime


class Base(SQLModel, registry=registry()):
    """Tables of operations only."""


class HeardRow(Base, table=True):
    """When a site's beat last arrived, by our own clock."""

    __tablename__ = "site_heard"

    site: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=200)
    heard_at: datetime = Field(sa_column=Column(UtcTime, nullable=False))


class CheckRow(Base, table=True):
    """One task."""

    __tablename__ = "site_check"
    __table_args__ = (
        Index("ix_site_check_newest", "opened_at", "id"),
        Index("ix_site_check_site", "site", "opened_at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    site: str = Field(max_length=32)
    state: str = Field(max_length=16)
    opened_at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    version: int
    record: Any = Field(sa_column=Column(Json, nullable=False))
