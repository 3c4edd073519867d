"""The picture on disk: a copy that saves a replay after a restart. Losing it costs time, never facts."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.types import Json, UtcTime


class Base(SQLModel, registry=registry()):
    """The tables of this service alone."""


class PictureCursor(Base, table=True):
    """How far the other tables go; one row."""

    __tablename__ = "picture_cursor"

    id: int = Field(primary_key=True)
    stream_epoch: str = Field(max_length=80)
    epoch: str = Field(max_length=80)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    horizon: int = Field(sa_column=Column(BigInteger, nullable=False))


class PictureItem(Base, table=True):
    """One aggregate: its feature, or only its version when it is not shown."""

    __tablename__ = "picture_item"

    id: str = Field(primary_key=True, max_length=160)
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    home_site: str = Field(max_length=32)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    touched: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    feature: dict[str, Any] | None = Field(sa_column=Column(Json, nullable=True))
    audience: str | None = Field(max_length=32)
    former: list[str | None] = Field(sa_column=Column(Json, nullable=False))
    leaves_at: datetime | None = Field(sa_column=Column(UtcTime, nullable=True))
    incident: str | None = Field(max_length=160)


class PictureSite(Base, table=True):
    """What is known of one site."""

    __tablename__ = "picture_site"

    token: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=200)
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_fact_at: str | None = Field(max_length=32)
    beat_at: str | None = Field(max_length=32)
    stopped: bool
    heard_at: datetime | None = Field(sa_column=Column(UtcTime, nullable=True))
    state: str = Field(max_length=16)
    since: datetime | None = Field(sa_column=Column(UtcTime, nullable=True))


class PicturePosition(Base, table=True):
    """The latest place of one moving thing."""

    __tablename__ = "picture_position"

    kind: str = Field(primary_key=True, max_length=32)
    id: str = Field(primary_key=True, max_length=64)
    lon: float
    lat: float
    at: str = Field(max_length=32)
    site: str = Field(max_length=32)
    stale: bool
    touched: int = Field(sa_column=Column(BigInteger, nullable=False))
