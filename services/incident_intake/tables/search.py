"""What can be found, how far the journal is indexed, and the searches that people keep.

Beside them stands `search_gram`, made by the migration: the grams of each entry by its place, in the index that the
store offers (FTS5 without content in SQLite, an array under GIN in PostgreSQL).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field

from services.incident_intake.tables import Base
from shared.storage.types import Json, UtcTime


class SearchEntryRow(Base, table=True):
    """One thing that can be found; `text` is what it is found by, folded. A copy for looking up, made from its row."""

    __tablename__ = "search_entry"
    __table_args__ = (
        UniqueConstraint("kind", "id", name="ux_search_entry"),
        Index("ix_search_entry_newest", "received_at", "id"),
    )

    place: int | None = Field(sa_column=Column(Integer, primary_key=True, autoincrement=True))
    kind: str = Field(max_length=16)
    id: str = Field(max_length=36)
    received_at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
    home_site: str = Field(max_length=32)
    status: str = Field(max_length=16)
    grade: str | None = Field(max_length=8)
    type_code: str | None = Field(max_length=16)
    township: str | None = Field(max_length=20)
    sensitive: bool
    text: str = Field(sa_column=Column(Text, nullable=False))


class SearchStateRow(Base, table=True):
    """Up to which position of the journal everything is indexed, and by which rules."""

    __tablename__ = "search_state"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    rules: int
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


class SavedViewRow(Base, table=True):
    """A search that somebody keeps under a name."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("account_id", "name", name="ux_saved_view_name"),)

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(max_length=64)
    name: str = Field(max_length=40)
    query: Any = Field(sa_column=Column(Json, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcTime, nullable=False))
