"""What the messaging tests share: facts, an outbox in a list, waiting for a condition, a bus on a real broker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.contracts.envelope import Envelope, decode, encode
from shared.kernel.ids import new_id
from shared.messaging.access import ServiceAccess
from shared.messaging.bus import Bus, BusSettings, Participant
from shared.messaging.connection import Connection, Credentials
from shared.messaging.delivery import Patience
from shared.messaging.ending import Ending
from shared.messaging.keys import Keyring
from shared.messaging.names import ALL
from shared.messaging.nats_config import ServerSettings
from shared.messaging.nats_server import NatsServer
from shared.messaging.reading import Stored, reading

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
HASTY = Patience(attempts=3, first_pause=0.02, longest_pause=0.1, ack_wait=30)
INTAKE = ServiceAccess("incident_intake", "intake", telemetry=True)
NOTIFY = ServiceAccess("notification", "notify")
PICTURE = ServiceAccess("operational_picture", follows=True)


def fact(number: int, *, aggregate: str = "a0", kind: str = "intake.incident.reported.v1", **data: Any) -> Envelope:
    return Envelope(
        id=new_id(),
        source="/sites/hub/incident_intake",
        type=f"evt.hub.{kind}",
        subject=aggregate,
        time=NOW,
        data={"number": number, **data},
        aggregateversion=number,
        correlationid=new_id(),
    )


def facts(count: int, aggregates: int = 5) -> list[Envelope]:
    return [fact(number // aggregates + 1, aggregate=f"a{number % aggregates}") for number in range(count)]


@dataclass(frozen=True)
class Row:
    position: int
    event_id: str
    subject: str
    body: bytes


class ListOutbox:
    """An outbox that grows while it is relayed."""

    def __init__(self, envelopes: Iterable[Envelope] = ()) -> None:
        self.rows: list[Row] = []
        self.published = 0
        self.advances: list[int] = []
        self._bell = asyncio.Event()
        self.add(*envelopes)

    def add(self, *envelopes: Envelope) -> None:
        for each in envelopes:
            self.rows.append(Row(len(self.rows) + 1, each.id, each.type, encode(each)))
        self._bell.set()

    def add_raw(self, subject: str, body: bytes) -> None:
        self.rows.append(Row(len(self.rows) + 1, new_id(), subject, body))
        self._bell.set()

    async def after(self, position: int, limit: int) -> Sequence[Row]:
        return self.rows[position : position + limit]

    async def cursor(self) -> int:
        return self.published

    async def advance(self, position: int) -> None:
        self.advances.append(position)
        self.published = position

    async def wait(self, timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout):
                await self._bell.wait()
        except TimeoutError:
            return
        self._bell.clear()

    async def backlog(self) -> tuple[int, datetime | None]:
        waiting = len(self.rows) - self.published
        return waiting, NOW if waiting else None


async def until(condition: Callable[[], bool], patience: float = 60.0) -> None:
    """Wait for a condition; the limit only ends a test that would hang."""
    async with asyncio.timeout(patience):
        while not condition():
            await asyncio.sleep(0.01)


def settings(folder: Path, *services: ServiceAccess, **more: Any) -> ServerSettings:
    return ServerSettings(folder / "nats", "hub", services, **more)


@asynccontextmanager
async def connected(server: NatsServer, folder: Path, user: str, account: str = "REAL") -> AsyncIterator[Connection]:
    connection = Connection(Credentials(server.url, user, Keyring(folder / "nats" / "keys").seed(account, user)))
    connection.start()
    await connection.wait()
    try:
        yield connection
    finally:
        await connection.stop()


@asynccontextmanager
async def running_bus(folder: Path, *participants: Participant, **more: Any) -> AsyncIterator[Bus]:
    bus = Bus(BusSettings("hub", folder / "nats", patience=HASTY, **more), participants)
    await bus.start()
    try:
        yield bus
    finally:
        ending = Ending(60)
        await bus.stop(ending)
        assert ending.left == []


async def stored(connection: Connection, stream: str = ALL) -> list[Stored]:
    """All messages of a stream; the user must be allowed to read it."""
    found: list[Stored] = []
    async with reading(await connection.wait(), stream) as reader:
        while more := await reader.after(found[-1].seq if found else 0, 1000):
            found += more
    return found


def event_ids(messages: Iterable[Stored]) -> list[str]:
    return [decode(message.body).id for message in messages]
