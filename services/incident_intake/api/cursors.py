"""Cursors of lists that are ordered by a time and an id."""

from datetime import datetime

from services.incident_intake.schemas import printable
from shared.http.paging import decode_cursor
from shared.kernel.clock import parse_time
from shared.kernel.errors import Invalid


def time_key(cursor: str | None) -> tuple[datetime, str] | None:
    """The sort key after which a page starts, None for the first page.

    Raises:
        Invalid: `request.cursor_invalid`.
    """
    if cursor is None:
        return None
    moment, last_id = decode_cursor(cursor, 2)
    try:
        return parse_time(moment), printable(last_id)
    except (TypeError, ValueError, OverflowError) as error:
        raise Invalid("request.cursor_invalid") from error
