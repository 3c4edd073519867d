"""A clock that does not jump: what the machine's clock claims is believed only when time has passed to match."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.kernel.clock import SystemClock
from shared.kernel.limits import Limit

JUMP = Limit(timedelta(seconds=5), "NTP slews below 0.5 ms/s; more than this between two looks is a step")
SETTLE = Limit(timedelta(minutes=10), "a receiver or server that shows a wrong day is put right by people within that")


def elapsed_seconds() -> float:
    """Seconds that no setting of the clock changes; they go on while the machine sleeps, where the kernel tells."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Jump:
    """The machine's clock has gone `seconds` ahead (or back, negative) of the time that has passed.

    Args:
        accepted: it has stayed there for so long that it counts as the time now.
    """

    seconds: float
    noticed_at: datetime
    accepted: bool


class SteadyClock:
    """The machine's clock, but a step of more than `JUMP` counts only once it has stood for `SETTLE`.

    Until then time goes on from before the step, so that no timer fires a day early because a clock was set wrong,
    and no fact is dated before its cause. Small corrections pass at once. May be asked from any thread.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] | None = None,
        elapsed: Callable[[], float] = elapsed_seconds,
        *,
        jump: Limit[timedelta] = JUMP,
        settle: Limit[timedelta] = SETTLE,
    ) -> None:
        self._wall, self._elapsed = wall or SystemClock().now, elapsed
        self._tolerance, self._settle = jump.value, settle.value.total_seconds()
        self._lock = threading.Lock()
        self._trusted, self._trusted_at = self._wall(), self._elapsed()
        self._claimed = timedelta()
        self._claimed_since = 0.0
        self._last: Jump | None = None

    def now(self) -> datetime:
        with self._lock:
            return self._now(self._wall(), self._elapsed())

    @property
    def jump(self) -> Jump | None:
        """The last step that was noticed since the start."""
        return self._last

    def _now(self, wall: datetime, elapsed: float) -> datetime:
        passed = self._trusted + timedelta(seconds=elapsed - self._trusted_at)
        off = wall - passed
        if abs(off) <= self._tolerance:
            return self._trust(wall, elapsed)
        if abs(off - self._claimed) > self._tolerance:
            self._claimed, self._claimed_since = off, elapsed
            self._last = Jump(off.total_seconds(), passed, accepted=False)
        if elapsed - self._claimed_since < self._settle:
            return passed
        self._last = Jump(off.total_seconds(), passed, accepted=True)
        return self._trust(wall, elapsed)

    def _trust(self, wall: datetime, elapsed: float) -> datetime:
        self._trusted, self._trusted_at, self._claimed = wall, elapsed, timedelta()
        return wall
