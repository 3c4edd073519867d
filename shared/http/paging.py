"""Pages of lists: an opaque cursor that survives inserts, never an offset."""

import base64
import binascii
from typing import Annotated, Any

import orjson
from fastapi import Query

from shared.kernel.errors import Invalid

Limit = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str | None, Query(max_length=400)]


def encode_cursor(*key: str | int) -> str:
    """The cursor that continues after the row with this sort key."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")


def decode_cursor(cursor: str, width: int) -> list[Any]:
    """The sort key in the cursor.

    Raises:
        Invalid: `request.cursor_invalid`.
    """
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise Invalid("request.cursor_invalid") from error
    if not isinstance(key, list) or len(key) != width:
        raise Invalid("request.cursor_invalid")
    return key


def page(items: list[Any], limit: int, next_cursor: str | None) -> dict[str, Any]:
    """The body of a list; `next` is null on the last page. Fetch `limit + 1` rows to know."""
    return {"items": items[:limit], "next": next_cursor if len(items) > limit else None}
