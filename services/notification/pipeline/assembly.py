"""The order of the stages, and the sender that feeds them."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from services.notification.channels.call import Channel
from services.notification.domain.limits import CallLimits
from services.notification.metrics import NotifyMetrics
from services.notification.pipeline.dedupe import dedupe
from services.notification.pipeline.delivery import Delivery, Stage, run
from services.notification.pipeline.record import record
from services.notification.pipeline.render import render
from services.notification.pipeline.resolve import resolve
from services.notification.pipeline.send import send
from services.notification.store.due import claim_sends
from shared.contracts.events.notify import ChannelKind
from shared.http.hosting import Deps

_log = structlog.get_logger(__name__)
MOST_IN_FLIGHT = 64
"""Calls that go out at the same time; a gateway that hangs keeps its own calls waiting, not the claimed others."""


def delivery_stages(
    deps: Deps, channels: Mapping[ChannelKind, Channel], limits: CallLimits, metrics: NotifyMetrics
) -> list[Stage]:
    """What happens to one call, in this order."""
    return [
        resolve(deps.database),
        dedupe,
        render(deps.site_name),
        send(channels),
        record(deps, limits, metrics),
    ]


class Sender:
    """Claims what is due and lets it go out, all at the same time."""

    def __init__(self, deps: Deps, limits: CallLimits, stages: Sequence[Stage]) -> None:
        self._deps = deps
        self._limits = limits
        self._stages = stages
        self._under_way: set[asyncio.Task[None]] = set()

    async def start_due(self) -> int:
        """Start what is due and return at once; how many were started."""
        room = MOST_IN_FLIGHT - len(self._under_way)
        if room <= 0:
            return 0
        now, lease = self._deps.clock.now(), self._limits.lease.value
        claimed = await self._deps.database.write(lambda c: claim_sends(c, now, room, lease))
        for one in claimed:
            task = asyncio.create_task(self._go(Delivery(one.target, one.under_way_before)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(claimed)

    async def _go(self, delivery: Delivery) -> None:
        try:
            await run(self._stages, delivery)
        except Exception:  # noqa: BLE001 — whatever it was, the lease ends and it is sent again
            _log.exception("delivery_failed", delivery_id=delivery.target.id)

    async def settle(self) -> None:
        """Wait until nothing is under way any more."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def drop(self) -> None:
        """Break off what is under way; it is sent again when its lease has ended."""
        for task in tuple(self._under_way):
            task.cancel()
        await self.settle()
