"""Waiting a moment for what another service has told and is still on its way here."""

import asyncio
from collections.abc import Callable

from sqlalchemy import Connection

from shared.storage.database import Database

PATIENCE = 2.0
"""Seconds: a fact is usually here within milliseconds; a person should not have to press twice."""

_PAUSE = 0.05


async def arrival(database: Database, find: Callable[[Connection], object | None]) -> None:
    """Return as soon as `find` finds something, or after a while all the same: the command says what is missing."""
    for _ in range(int(PATIENCE / _PAUSE)):
        if await database.read(find) is not None:
            return
        await asyncio.sleep(_PAUSE)
