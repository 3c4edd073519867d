"""Pages of lists: an opaque cursor that survives inserts, never an offset."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Query

from shared.http.schemas import has_control
from shared.kernel.clock import parse_time, wire_time
from shared.kernel.errors import Invalid

Limit = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str | None, Query(max_length=400)]
R = TypeVar("R")


def encode_cursor(*key: str | int | datetime) -> str:
    """The cursor that continues after the row with this sort key."""
    parts = [wire_time(part) if isinstance(part, datetime) else part for part in key]
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type[str | int]) -> list[Any]:
    """The sort key in the cursor, whose parts are of these types.

    Raises:
        Invalid: `request.cursor_invalid`.
    """
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise Invalid("request.cursor_invalid") from error
    fits = isinstance(key, list) and len(key) == len(kinds)
    if not fits or any(not _is_part(part, kind) for part, kind in zip(key, kinds, strict=True)):
        raise Invalid("request.cursor_invalid")
    parts: list[Any] = key
    return parts


def time_key(cursor: str | None) -> tuple[datetime, str] | None:
    """The moment and the id after which a page of a list in order of time starts; None for the first page.

    Raises:
        Invalid: `request.cursor_invalid`.
    """
    if cursor is None:
        return None
    moment, last_id = decode_cursor(cursor, str, str)
    try:
        return parse_time(moment), last_id
    except (ValueError, OverflowError) as error:
        raise Invalid("request.cursor_invalid") from error


def _is_part(part: Any, kind: type[str | int]) -> bool:
    """Whether the store can compare it: of the column's type, and no text that PostgreSQL refuses."""
    return type(part) is kind and not (isinstance(part, str) and has_control(part))


def page(items: list[Any], limit: int, next_cursor: str | None) -> dict[str, Any]:
    """The body of a list; `next` is null on the last page. Fetch `limit + 1` rows to know."""
    return {"items": items[:limit], "next": next_cursor if len(items) > limit else None}


def keyed_page(
    found: Sequence[R],
    limit: int,
    key: Callable[[R], tuple[str | int | datetime, ...]],
    view: Callable[[R], Any],
) -> dict[str, Any]:
    """The body of a list whose rows stand in the order of `key`; fetch `limit + 1` rows, as for `page`.

    Args:
        key: what the store continues after; of the last row that is shown it is the cursor.
        view: what the list shows of a row.
    """
    following = encode_cursor(*key(found[limit - 1])) if len(found) > limit else None
    return page([view(one) for one in found], limit, following)
