"""Times as tests need them."""

from datetime import UTC, datetime, timedelta


def shift_around_now() -> tuple[datetime, datetime]:
    """A shift that has begun and lasts for the test."""
    now = datetime.now(UTC).replace(microsecond=0)
    return now - timedelta(hours=1), now + timedelta(hours=11)
