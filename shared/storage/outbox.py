"""The outbox as the relay sees it: rows after a position, a cursor, a bell."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from shared.storage.database import Database
from shared.storage.prepared import Prepared
from shared.storage.system import OUTBOX, mark_published, published_position

_AFTER = Prepared(
    select(OUTBOX.c.position, OUTBOX.c.event_id, OUTBOX.c.subject, OUTBOX.c.body)
    .where(OUTBOX.c.position > bindparam("position"))
    .order_by(OUTBOX.c.position)
    .limit(bindparam("most"))
)
_WAITING = Prepared(
    select(func.count(), func.min(OUTBOX.c.recorded_at)).where(OUTBOX.c.position > bindparam("position"))
)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One fact that waits for the broker."""

    position: int
    event_id: str
    subject: str
    body: bytes


class DatabaseOutbox:
    """`shared.messaging.relay.OutboxSource` over a service's database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bell = database.bell(facts_only=True)

    async def after(self, position: int, limit: int) -> list[OutboxRow]:
        """The next rows after the position, in order."""
        wanted = {"position": position, "most": limit}
        rows = await self._database.read(lambda connection: _AFTER.execute(connection, wanted).rows)
        return [OutboxRow(row.position, row.event_id, row.subject, bytes(row.body)) for row in rows]

    async def cursor(self) -> int:
        """The last position the broker has acknowledged."""
        return await self._database.read(published_position)

    async def advance(self, position: int) -> None:
        """Durably remember that everything up to the position is with the broker."""
        await self._database.write(lambda connection: mark_published(connection, position))

    async def wait(self, timeout: float) -> None:
        """Until facts were committed, or the timeout in seconds has passed."""
        try:
            async with asyncio.timeout(timeout):
                await self._bell.wait()
        except TimeoutError:
            return
        self._bell.clear()

    async def backlog(self) -> tuple[int, datetime | None]:
        """How many facts wait, and when the oldest of them was recorded."""
        return await self._database.read(_backlog)


def _backlog(connection: Connection) -> tuple[int, datetime | None]:
    ((number, oldest),) = _WAITING.rows(connection, {"position": published_position(connection)})
    return number, oldest
