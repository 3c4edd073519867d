"""Reading a warning message without taking it in: the reader runs here, the site is not told."""

import asyncio
from collections.abc import Mapping
from typing import Any

from shared.kernel.clock import SystemClock


async def try_cap(content: bytes) -> tuple[int, list[Mapping[str, Any]]]:
    """How many alerts could be taken, and what is wrong with the rest.

    Raises:
        DomainError: the document cannot be read at all.
    """
    # `up` loads only what it hosts.
    from services.incident_intake.cap.reader import read_cap  # noqa: PLC0415
    from services.incident_intake.handlers.warning_views import fault_view  # noqa: PLC0415

    reading = await asyncio.to_thread(read_cap, content, now=SystemClock().now())
    return len(reading.alerts), [fault_view(fault) for fault in reading.faults]
