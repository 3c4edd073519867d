"""Identifiers: UUIDv7, made where the fact is born, so that they work without any link."""

import re

import uuid_utils

_TOKEN = re.compile(r"^[a-z][a-z0-9_]{0,31}$")


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as text: globally unique, ordered by creation to the millisecond."""
    return str(uuid_utils.uuid7())


def is_token(text: str) -> bool:
    """Whether the text may be one token of a subject (site, consumer, kind): ASCII, lower case, no dot."""
    return _TOKEN.fullmatch(text) is not None
