"""What an adapter has found in one entry of its source, in the source's own words; nothing is judged here."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.kernel.clock import SHANGHAI

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?")
_MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry.

    Args:
        national_code: what the source's own table makes of `type_code`, if that is in it.
        level_words: everything that may name the colour, the plainest first.
        level_code: the source's number of the colour.
    """

    pointer: str
    sender: str
    identifier: str | None = None
    issued_at: datetime | None = None
    type_name: str | None = None
    type_code: str | None = None
    national_code: str | None = None
    level_words: tuple[str | None, ...] = ()
    level_code: str | None = None
    issuer: str | None = None
    headline: str | None = None
    text: str | None = None
    instruction: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    message: str | None = None
    references: tuple[str, ...] = ()
    place: str | None = None


def words(entry: dict[str, Any], *names: str) -> str | None:
    """The first of these fields that says something."""
    for name in names:
        value = entry.get(name)
        text = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
        if text:
            return text[:_MAX_TEXT]
    return None


def moment(value: object) -> datetime | None:
    """An instant: seconds since 1970, or written; what is written without a zone is Beijing time in these sources."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        read = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ''}")
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def entries(value: object) -> list[dict[str, Any]]:
    """The objects of a list, or of a table whose keys are running numbers."""
    found = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [entry for entry in found if isinstance(entry, dict)]


def inner(root: object, *path: str) -> object:
    """What lies at a path of names, None where it ends early."""
    for name in path:
        root = root.get(name) if isinstance(root, dict) else None
    return root
