"""When a session ends by itself."""

from datetime import datetime

from services.identity.domain.policy import SessionPolicy


def ends_at(last_seen_at: datetime, expires_at: datetime, policy: SessionPolicy) -> datetime:
    """The instant from which the session is no longer good: idle for too long, or too old whatever it did."""
    return min(expires_at, last_seen_at + policy.idle.value)
