"""Reading call-outs."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.notification.handlers.context import scope_of, view, views, visible
from services.notification.store.notifications import list_notifications
from shared.http.paging import encode_cursor, page
from shared.kernel.access import Actor


def notifications_page(
    connection: Connection,
    actor: Actor,
    *,
    is_open: bool | None,
    is_mine: bool,
    incident_id: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> dict[str, Any]:
    """One page, newest first."""
    wanted = replace(scope_of(actor), is_open=is_open, is_mine=is_mine, incident_id=incident_id)
    found = list_notifications(connection, wanted, after=after, limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    cursor = None if last is None else encode_cursor(last.created_at, last.id)
    return {**page(found, limit, cursor), "items": views(connection, found[:limit])}


def read_notification(connection: Connection, actor: Actor, notification_id: str) -> dict[str, Any]:
    """One call-out.

    Raises:
        NotFound: `notification.not_found`.
    """
    return view(connection, visible(connection, actor, notification_id))
