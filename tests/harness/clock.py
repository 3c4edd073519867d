"""A clock that a test moves by hand."""

from datetime import UTC, datetime, timedelta


class HandClock:
    """Stands still until it is told otherwise."""

    def __init__(self, now: datetime = datetime(2027, 2, 5, 1, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, **by: float) -> None:
        """Move on by `timedelta(**by)`; negative moves back."""
        self._now += timedelta(**by)

    def set(self, now: datetime) -> None:
        """Jump."""
        self._now = now
