"""The data disk: warned of in time, a reserve that is given up when it is full, refused loudly, and taken back."""

import asyncio
import contextlib
import errno
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Gauge

from shared.kernel.errors import DomainError, Unavailable
from shared.kernel.limits import Limit
from shared.storage.files import sync_folder

_log = structlog.get_logger(__name__)
_MIB = 1024 * 1024
RESERVE_FILE = "reserve.bin"
EVERY_SECONDS = 1.0
_FINISHING = ("/api/session", "/api/ops/")
_ANSWERS = ("/ack", "/seen")


class DiskState(StrEnum):
    """How much room there is."""

    OK = "ok"
    LOW = "low"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class DiskLimits:
    """When it is said that room runs out.

    Args:
        low_bytes, low_share: warned below either.
        full_bytes: nothing new is taken below this, so that what runs can be finished.
    """

    low_bytes: Limit[int] = Limit(1024 * _MIB, "a week of a district's facts is far below this")
    low_share: Limit[float] = Limit(0.10, "customary")
    full_bytes: Limit[int] = Limit(32 * _MIB, "checkpoints of six stores and the broker's open blocks")


@dataclass
class DiskWatch:
    """Looks at the disk each second.

    Args:
        folder: the site's data.
        reserve_bytes: of the reserve file; 0 keeps none.
        on_room: called when there is room again after a full disk.
    """

    folder: Path
    reserve_bytes: int
    metrics: CollectorRegistry
    limits: DiskLimits = field(default_factory=DiskLimits)
    on_room: Callable[[], Awaitable[None]] | None = None
    state: DiskState = field(default=DiskState.OK, init=False)

    def __post_init__(self) -> None:
        self._gauge = Gauge(
            "yzt_disk_state", "0 enough room, 1 little, 2 full: writes are refused", registry=self.metrics
        )
        reserve = Gauge(
            "yzt_disk_reserve_bytes", "Room kept for finishing when the disk is full", registry=self.metrics
        )
        reserve.set_function(self._reserved)

    async def run(self) -> None:
        """The job."""
        while True:
            before = self.state
            await asyncio.to_thread(self.look)
            if before is DiskState.FULL and self.state is not DiskState.FULL and self.on_room is not None:
                await self.on_room()
            await asyncio.sleep(EVERY_SECONDS)

    def look(self) -> None:
        """Take note of the room; give up the reserve or take it back."""
        usage = shutil.disk_usage(self.folder)
        state = self._judged(usage.free, usage.total)
        if state is DiskState.FULL:
            self._give_up_reserve()
        elif self._reserved() < self.reserve_bytes:
            state = self._take_reserve() or state
        if state is not self.state:
            level = _log.info if state is DiskState.OK else _log.error
            level("disk_state", before=self.state.value, now=state.value, free=usage.free, total=usage.total)
        self.state = state
        self._gauge.set(list(DiskState).index(state))

    def refusal(self, method: str, path: str) -> DomainError | None:
        """Why this request is not taken now. Reading, logging in, answering calls and operations go on."""
        if self.state is not DiskState.FULL or method in {"GET", "HEAD", "OPTIONS"}:
            return None
        if path.startswith(_FINISHING) or path.endswith(_ANSWERS):
            return None
        return Unavailable("storage.full", retry_after=10)

    def view(self) -> dict[str, Any]:
        """For `GET /api/status`."""
        usage = shutil.disk_usage(self.folder)
        return {
            "state": self.state.value,
            "free_bytes": usage.free,
            "total_bytes": usage.total,
            "reserve_bytes": self._reserved(),
        }

    @property
    def _reserve(self) -> Path:
        return self.folder / RESERVE_FILE

    def _judged(self, free: int, total: int) -> DiskState:
        # Back from full only when reserve and margin fit again, or the state would flutter.
        full = self.limits.full_bytes.value
        if free < (self.reserve_bytes + 2 * full if self.state is DiskState.FULL else full):
            return DiskState.FULL
        low = free < self.limits.low_bytes.value or free < self.limits.low_share.value * total
        return DiskState.LOW if low else DiskState.OK

    def _reserved(self) -> int:
        try:
            return self._reserve.stat().st_size
        except OSError:
            return 0

    def _give_up_reserve(self) -> None:
        with contextlib.suppress(OSError):
            self._reserve.unlink()
            _log.error("disk_reserve_given_up", bytes=self.reserve_bytes)

    def _take_reserve(self) -> DiskState | None:
        """Write the reserve; `FULL` if there is no room for it."""
        try:
            with self._reserve.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self.reserve_bytes)
            sync_folder(self.folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._reserve.unlink()
            return DiskState.FULL if error.errno == errno.ENOSPC else None
        return None
