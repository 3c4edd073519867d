"""Ending background tasks for certain: the client library and `asyncio.wait_for` sometimes swallow a cancellation."""

import asyncio
from typing import Any

_AGAIN_SECONDS = 0.1


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel until all have ended; what they raise is of no interest any more."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
