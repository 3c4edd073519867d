"""Counting wrong passwords of one username, and locking it for a while."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from services.identity.domain.policy import LockoutPolicy


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong passwords in a row."""

    count: int
    last_failed_at: datetime
    locked_until: datetime | None = None


def locked_seconds(failures: Failures | None, now: datetime) -> int:
    """How long the username stays locked, in whole seconds; 0 when it is not locked."""
    if failures is None or failures.locked_until is None:
        return 0
    return max(0, ceil((failures.locked_until - now).total_seconds()))


def after_failure(before: Failures | None, now: datetime, policy: LockoutPolicy) -> Failures:
    """The count after one more wrong password at `now`; old failures and served locks are forgotten."""
    duration = policy.duration.value
    is_fresh = before is not None and before.locked_until is None and now - before.last_failed_at < duration
    count = (before.count if before is not None and is_fresh else 0) + 1
    return Failures(count, now, now + duration if count >= policy.failures.value else None)
