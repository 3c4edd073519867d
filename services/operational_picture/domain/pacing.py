"""How often screens are told: soon after something happens, seldom while much does."""

from dataclasses import dataclass

FRAME_SECONDS = 0.15
"""Under a lasting load a frame goes out this often; everything within it is told together."""
LEAST_SECONDS = 0.1
"""A report and the call-out that it sets off some hundredths of a second later take two frames, not five."""
IN_STOCK = 4
"""Frames that a quiet time saves up, so that news does not wait for the pause behind other news."""


@dataclass
class Pace:
    """The pauses between frames; times are seconds of any clock that only goes forward."""

    stock: float = IN_STOCK
    _last: float | None = None

    def pause(self, now: float) -> float:
        """How long to wait before the next frame, after one has gone out at `now`."""
        if self._last is not None:
            self.stock = min(IN_STOCK, self.stock + (now - self._last) / FRAME_SECONDS)
        self._last = now
        self.stock -= 1
        return max(LEAST_SECONDS, (1 - self.stock) * FRAME_SECONDS)
