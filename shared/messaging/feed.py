"""What the picture reads: the aggregate stream from a position, and the latest readings; the bus may come later."""

from collections.abc import Awaitable, Callable

from shared.kernel.errors import Unavailable
from shared.messaging.bus import Bus
from shared.messaging.follow import Followed, Follower
from shared.messaging.telemetry import OnReading, follow_telemetry


class Feed:
    """Reading rights of one service.

    Args:
        bus: gives the bus once it exists; services are built before it.
        service: the participant in whose name is read.
    """

    def __init__(self, bus: Callable[[], Bus | None], service: str = "operational_picture") -> None:
        self._bus = bus
        self._service = service

    @property
    def is_there(self) -> bool:
        """Whether this node has a bus at all."""
        return self._bus() is not None

    def follower(
        self, on_batch: Callable[[list[Followed]], Awaitable[None]], *, after_seq: int, epoch: str | None
    ) -> Follower:
        """A follower of the aggregate stream; the caller runs it.

        Raises:
            Unavailable: `broker.away`, this node runs without a bus.
        """
        return self._there().follower(self._service, on_batch, after_seq=after_seq, epoch=epoch)

    async def readings(self, callback: OnReading) -> None:
        """Hand over the latest reading of each thing, then each new one, until cancelled.

        Raises:
            Unavailable: `broker.away`, this node runs without a bus.
        """
        bus = self._there()
        await follow_telemetry(bus.connection(self._service), bus.site, callback)

    def _there(self) -> Bus:
        bus = self._bus()
        if bus is None:
            raise Unavailable("broker.away", retry_after=5)
        return bus
