"""A client process with many screens: `python -m bench.screens '<json>'`.

It prints `{"open": n}` when all are connected, and after a line on its input what arrived, as one line of JSON.
"""

import asyncio
import sys
import time
from array import array
from dataclasses import dataclass
from typing import Any

import orjson

from bench.figures import percentile
from bench.reports import MARK
from bench.wire import EventStream, NatsWebSocket, Target

_TAIL = 64
"""Longer than any mark: so much of a chunk is kept, in case a mark goes on in the next one."""
_AT_ONCE = 20


@dataclass
class Wall:
    """Screens on one target; changes numbered from `first` are counted."""

    target: Target
    transport: str
    count: int
    first: int

    def __post_init__(self) -> None:
        self.millis = array("d")
        self.seen: list[set[bytes]] = []
        self.bytes = 0

    async def run(self) -> dict[str, Any]:
        for number in range(self.count):
            await self._open()
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0.01)
        sys.stdout.buffer.write(orjson.dumps({"open": self.count}) + b"\n")
        sys.stdout.buffer.flush()
        await asyncio.to_thread(sys.stdin.readline)
        return self.result()

    def result(self) -> dict[str, Any]:
        times = sorted(self.millis)
        whole = {name: percentile(times, share) for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1))}
        counts = [len(seen) for seen in self.seen]
        return {**whole, "least": min(counts), "delivered": sum(counts), "bytes": self.bytes}

    async def _open(self) -> None:
        seen: set[bytes] = set()
        self.seen.append(seen)
        tail = b""

        def take(data: bytes) -> None:
            nonlocal tail
            now = time.monotonic_ns()
            self.bytes += len(data)
            text, end = tail + data, 0
            for found in MARK.finditer(text):
                end = found.end()
                number = found[1]
                if number not in seen and int(number) >= self.first:
                    seen.add(number)
                    self.millis.append((now - int(found[2])) / 1e6)
            tail = text[max(end, len(text) - _TAIL) :]

        kind = {"sse": EventStream, "nats": NatsWebSocket}[self.transport]
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: kind(self.target, take), self.target.host, self.target.port)


def main() -> None:
    given = orjson.loads(sys.argv[1])
    target = Target(**given.pop("target"))
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(Wall(target, **given).run())) + b"\n")


if __name__ == "__main__":
    main()
