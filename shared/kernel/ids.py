"""Identifiers: UUIDv7, made where the fact is born, so that they work without any link."""

import hashlib
import re
from uuid import UUID

import uuid_utils

_TOKEN = re.compile(r"^[a-z][a-z0-9_]{0,31}$")


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as text: globally unique, ordered by creation to the millisecond."""
    return str(uuid_utils.uuid7())


def derived_id(origin: str, about: str) -> str:
    """The one id of what follows from `origin` (a UUIDv7) for `about`, whoever works it out; as old as `origin`."""
    mixed = hashlib.sha256(f"{origin} {about}".encode()).digest()[:10]
    made = int.from_bytes(UUID(origin).bytes[:6] + mixed)
    version_7, variant = 0x7 << 76, 0b10 << 62
    return str(UUID(int=made & ~(0xF << 76) & ~(0b11 << 62) | version_7 | variant))


def is_token(text: str) -> bool:
    """Whether the text may be one token of a subject (site, consumer, kind): ASCII, lower case, no dot."""
    return _TOKEN.fullmatch(text) is not None
