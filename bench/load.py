"""A client process that posts: `python -m bench.load '<json>'` prints its figures as one line of JSON."""

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from bench.reports import report
from bench.wire import KeepAlive, Target

_GRACE_SECONDS = 30.0


@dataclass
class Load:
    """One run.

    Args:
        count: requests of a sequential run.
        clients: connections of a flood or of an offered load.
        rate: requests a second of an offered load.
    """

    target: Target
    kind: str
    count: int = 0
    clients: int = 1
    rate: float = 0
    seconds: float = 0
    first: int = 0
    millis: list[float] = field(default_factory=list)
    failed: int = 0
    spent: float = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.first)
        self._next = self.first

    async def run(self) -> dict[str, Any]:
        kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "sequential": self._sequential,
            "flood": self._flood,
            "offered": self._offered,
        }
        started = time.perf_counter()
        await kinds[self.kind]()
        self.spent = time.perf_counter() - started
        return {"millis": self.millis, "failed": self.failed, "seconds": self.spent}

    async def _post(self, connection: KeepAlive, since: float | None = None) -> None:
        request = self.target.post(report(self._next, self._chance))
        self._next += 1
        started = time.perf_counter() if since is None else since
        status, _ = await connection.ask(request)
        if status in {200, 201}:
            self.millis.append((time.perf_counter() - started) * 1000)
        else:
            self.failed += 1

    async def _sequential(self) -> None:
        connection = await KeepAlive.open(self.target)
        for _ in range(self.count):
            await self._post(connection)
        connection.close()

    async def _flood(self) -> None:
        """Every client asks again as soon as it is answered."""
        until = time.perf_counter() + self.seconds

        async def client() -> None:
            connection = await KeepAlive.open(self.target)
            while time.perf_counter() < until:
                await self._post(connection)
            connection.close()

        await asyncio.gather(*(client() for _ in range(self.clients)))

    async def _offered(self) -> None:
        """Requests begin when they are due, whoever is late; time counts from when they were due."""
        free: asyncio.Queue[KeepAlive] = asyncio.Queue()
        for _ in range(self.clients):
            free.put_nowait(await KeepAlive.open(self.target))
        begun = time.perf_counter() + 0.05
        running = set()

        async def one(due: float) -> None:
            connection = await free.get()
            await self._post(connection, due)
            free.put_nowait(connection)

        for number in range(int(self.rate * self.seconds)):
            due = begun + number / self.rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            running.add(asyncio.create_task(one(due)))
        async with asyncio.timeout(_GRACE_SECONDS):
            await asyncio.gather(*running)
        while not free.empty():
            free.get_nowait().close()


def main() -> None:
    given = orjson.loads(sys.argv[1])
    target = Target(**given.pop("target"))
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(Load(target, **given).run())) + b"\n")


if __name__ == "__main__":
    main()
