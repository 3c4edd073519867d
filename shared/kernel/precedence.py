"""Commands before consequences: what a person waits for goes before what others are told of it, but nobody starves."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turns:
    """Seconds.

    Args:
        linger: so long after an answer the next command of the same hand is expected; nothing is begun meanwhile.
        patience: a consequence waits so long for commands at most, then it has its turn.
        claim: a command that takes longer (an upload, a log-in) stops nobody: it is not the processor it waits for.
    """

    linger: float = 0.004
    patience: float = 0.05
    claim: float = 0.25


class Precedence:
    """Of one event loop, whose time commands and consumers share.

    A report sets off calls, timelines, copies: five times its own work. Without an order of their own the next report
    stands in line behind all of that.
    """

    def __init__(self, turns: Turns | None = None) -> None:
        self._turns = turns or Turns()
        self._under_way = 0
        self._claimed_until = 0.0
        self._calm = asyncio.Event()

    @contextmanager
    def command(self) -> Iterator[None]:
        """As long as a command is under way."""
        loop = asyncio.get_running_loop()
        self._under_way += 1
        self._claimed_until = loop.time() + self._turns.claim
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._claimed_until = loop.time() + self._turns.linger
                loop.call_at(self._claimed_until, self._look)

    async def turn(self) -> bool:
        """Return when no command is under way or expected, at the latest when patience has ended: then it is false."""
        if self._is_calm():
            return True
        self._calm.clear()
        try:
            async with asyncio.timeout(self._turns.patience):
                await self._calm.wait()
        except TimeoutError:
            return False
        return True

    def _is_calm(self) -> bool:
        return asyncio.get_running_loop().time() >= self._claimed_until

    def _look(self) -> None:
        if self._is_calm():
            self._calm.set()
