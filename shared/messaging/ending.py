"""Ending what runs: tasks for certain, and the parts of a whole one after the other within one bound."""

import asyncio
from collections.abc import Awaitable, Coroutine, Mapping
from typing import Any

import structlog

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 0.1
_OF_WHAT_IS_LEFT = 0.8


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel until all have ended; what they raise is of no interest any more.

    Once is not enough: the client library and `asyncio.wait_for` sometimes swallow a cancellation.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def at_most(seconds: float, work: Coroutine[Any, Any, object]) -> None:
    """Let it run for so long, then end it; a timeout of asyncio cancels only once, which the library may swallow."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,), timeout=seconds)
    finally:
        await end(task)


class Ending:
    """The end of a whole that may take so long and no longer; made when it begins.

    Each part has a share, counted from the beginning, by which it must have ended: what the parts before it did not
    need is its own. What has not ended by then, or failed at it, is named in the log and left behind.

    Args:
        seconds: for the whole.
    """

    def __init__(self, seconds: float = 20.0) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.present: tuple[str, ...] = ()
        self.left: list[str] = []

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self._loop.time() - self._began

    def patience(self, share: float, most: float) -> float:
        """Seconds that a part may wait for others, at most `most`, so that it still ends in order within its share."""
        return min(self._remaining(share) * _OF_WHAT_IS_LEFT, most)

    async def by(self, share: float, parts: Mapping[str, Awaitable[object]]) -> None:
        """End these parts, by name and side by side, until this share of the whole has passed; nothing is raised."""
        self.present = tuple(parts)
        ending = {asyncio.ensure_future(part): name for name, part in parts.items()}
        if ending:
            await asyncio.wait(ending, timeout=self._remaining(share))
        for task, name in ending.items():
            if not task.done():
                task.cancel()
                self._leave(name, "too_long")
            elif not task.cancelled() and (error := task.exception()) is not None:
                self._leave(name, "failed", error)
        self.present = ()

    def _remaining(self, share: float) -> float:
        return max(self._seconds * share - self.elapsed, 0.0)

    def _leave(self, part: str, reason: str, error: BaseException | None = None) -> None:
        self.left.append(part)
        log.error("part_not_ended", part=part, reason=reason, after=round(self.elapsed, 1), exc_info=error)
