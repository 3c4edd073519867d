"""Searches that people keep: their own only, by name."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.schemas.finding import SaveView
from services.incident_intake.store.saved_views import SavedView, delete_view, insert_view, list_views
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.ids import new_id

MOST_VIEWS = 50
"""Of one account: a list that nobody can survey helps nobody."""


def views_of(connection: Connection, actor: Actor) -> dict[str, Any]:
    """The account's kept searches."""
    return {"items": [_view(one) for one in list_views(connection, actor.account_id)], "next": None}


def save_view(connection: Connection, actor: Actor, cmd: SaveView, now: datetime) -> Answer:
    """Keep a search under a name.

    Raises:
        Conflict: `view.name_taken`, `view.too_many`.
    """
    known = list_views(connection, actor.account_id)
    if any(one.name == cmd.name for one in known):
        raise Conflict("view.name_taken", name=cmd.name)
    if len(known) >= MOST_VIEWS:
        raise Conflict("view.too_many", most=MOST_VIEWS)
    query = cmd.query.model_dump(mode="json", exclude_defaults=True)
    view = SavedView(id=new_id(), account_id=actor.account_id, name=cmd.name, query=query, created_at=now)
    insert_view(connection, view)
    return Answer(201, _view(view))


def forget_view(connection: Connection, actor: Actor, view_id: str) -> None:
    """Keep it no longer.

    Raises:
        NotFound: `view.not_found`, also for another account's.
    """
    if not delete_view(connection, actor.account_id, view_id):
        raise NotFound("view.not_found", id=view_id)


def _view(view: SavedView) -> dict[str, Any]:
    return {"id": view.id, "name": view.name, "query": view.query, "created_at": wire_time(view.created_at)}
