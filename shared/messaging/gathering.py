"""Messages that came while others were in hand, dealt with together, so that their effects share a commit."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from nats.aio.msg import Msg

from shared.kernel.precedence import Precedence

MOST, FEW = 32, 4
"""So many handlers begin in one breath of the loop, which answers no command meanwhile: few while commands press."""

_FINISH_SECONDS = 10.0


class Gathering:
    """A queue whose content is dealt with group by group; the broker bounds it, as nothing in it is acknowledged.

    Args:
        deal: with a group; false if something of it was left, so that everything behind it must come again.
        on_left: is called then.
        precedence: of the commands in this process, to which each group gives way.
    """

    def __init__(
        self, deal: Callable[[list[Msg]], Awaitable[bool]], *, on_left: Callable[[], None], precedence: Precedence
    ) -> None:
        self._deal = deal
        self._on_left = on_left
        self._precedence = precedence
        self._waiting: deque[Msg] = deque()
        self._dealing: asyncio.Task[None] | None = None

    def put(self, message: Msg) -> None:
        """Add a message behind the others."""
        self._waiting.append(message)
        if self._dealing is None or self._dealing.done():
            self._dealing = asyncio.create_task(self._run())

    async def leave(self) -> None:
        """Forget what waits; return when what is in hand is finished, or takes too long."""
        self._waiting.clear()
        if self._dealing is not None:
            await asyncio.wait((self._dealing,), timeout=_FINISH_SECONDS)

    async def _run(self) -> None:
        while self._waiting:
            calm = await self._precedence.turn()
            group = [self._waiting.popleft() for _ in range(_share(len(self._waiting), calm=calm))]
            if not await self._deal(group):
                self._waiting.clear()
                self._on_left()


def _share(waiting: int, *, calm: bool) -> int:
    """How many begin; behind pressing commands more, the longer the queue has become, or it would never end."""
    return min(waiting, MOST if calm else min(MOST, max(FEW, waiting // 8)))
