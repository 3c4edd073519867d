"""Wrong logins per source address, in memory: a brake for guessing, not a record."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from time import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from shared.kernel.errors import TooManyRequests


class Attempts:
    """Lets an address fail only so often a minute. Attempts under way count as failed, so a burst gains nothing."""

    def __init__(self, failures_per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(failures_per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def one(self, address: str) -> Iterator[None]:
        """Run one attempt.

        Raises:
            TooManyRequests: `rate.limited` with `retry_after` seconds.
        """
        if not self._limiter.test(self._item, address, cost=self._under_way[address] + 1):
            reset = self._limiter.get_window_stats(self._item, address).reset_time
            raise TooManyRequests("rate.limited", retry_after=max(1, min(60, ceil(reset - time()))))
        self._under_way[address] += 1
        try:
            yield
        finally:
            self._under_way[address] -= 1
            if not self._under_way[address]:
                del self._under_way[address]

    def failed(self, address: str) -> None:
        """The attempt from this address was wrong."""
        self._limiter.hit(self._item, address)
