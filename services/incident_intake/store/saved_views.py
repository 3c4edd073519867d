"""Kept searches in the store: each belongs to one account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from services.incident_intake.tables.search import SavedViewRow

_TABLE = SavedViewRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A search under a name."""

    id: str
    account_id: str
    name: str
    query: dict[str, Any]
    created_at: datetime


def list_views(connection: Connection, account_id: str) -> list[SavedView]:
    """All of an account, by name."""
    rows = connection.execute(select(_TABLE).where(_C.account_id == account_id).order_by(_C.name, _C.id))
    return [SavedView(**row._mapping) for row in rows]  # noqa: SLF001 — SQLAlchemy's public name


def insert_view(connection: Connection, view: SavedView) -> None:
    """Keep a search; its name must be free."""
    connection.execute(insert(_TABLE), {name: getattr(view, name) for name in SavedView.__slots__})


def delete_view(connection: Connection, account_id: str, view_id: str) -> bool:
    """Whether the account had it."""
    return connection.execute(delete(_TABLE).where(_C.account_id == account_id, _C.id == view_id)).rowcount == 1
