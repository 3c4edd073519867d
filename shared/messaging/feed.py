"""What the picture reads: the aggregate stream from a position of its own, and the latest readings."""

from collections.abc import Awaitable, Callable

from shared.messaging.bus import Bus
from shared.messaging.follow import Followed, Follower
from shared.messaging.telemetry import OnReading, follow_telemetry


class Feed:
    """The reading rights of one service; usable once the bus has started.

    Args:
        bus: of this process.
        service: the participant in whose name is read.
    """

    def __init__(self, bus: Bus, service: str) -> None:
        self._bus = bus
        self._service = service

    @property
    def is_up(self) -> bool:
        """Whether the broker answers now."""
        return self._bus.connection(self._service).is_up

    def follower(
        self, on_batch: Callable[[list[Followed]], Awaitable[None]], *, after_seq: int, epoch: str | None
    ) -> Follower:
        """A follower of the aggregate stream; the caller runs it."""
        return self._bus.follower(self._service, on_batch, after_seq=after_seq, epoch=epoch, decoded=False)

    async def readings(self, callback: OnReading) -> None:
        """Hand over the latest reading of each thing, then each new one, until cancelled."""
        await follow_telemetry(self._bus.connection(self._service), self._bus.site, callback)
