"""All links of this site: kept joined, measured, and telemetry carried over them."""

import asyncio
import contextlib
import functools
from dataclasses import dataclass, replace
from pathlib import Path

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.kernel.errors import DomainError
from shared.messaging.carrying import Carrier, receive_parcels
from shared.messaging.connection import Connection
from shared.messaging.ending import end
from shared.messaging.handing import hand_on
from shared.messaging.holding import Stretch
from shared.messaging.linking import Greeting, LinkState, join
from shared.messaging.mending import Mender
from shared.messaging.metrics import LINK_JOINED, LINK_WAITING
from shared.messaging.topology import Topology

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 1.0
_MEND_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Link:
    """What the status page shows of a link.

    Args:
        state: as the last look found it.
        seconds: there and back, as measured by telemetry; nothing when it is not answered.
        lacking: facts that the other site counts as delivered, that are not here and were not fetched yet.
    """

    state: LinkState
    seconds: float | None
    lacking: int = 0

    @property
    def reachable(self) -> bool:
        """Whether the other site answered the last time."""
        return self.seconds is not None


class Links:
    """The links of one site to its hub or to its edges; `start` returns at once, everything goes on trying.

    Args:
        place: of this site.
        connection: of the user that joins sites.
        folder: of the broker's files; what is known to be whole is remembered there.
    """

    def __init__(self, place: Topology, connection: Connection, folder: Path) -> None:
        self._place = place
        self._connection = connection
        self._states: dict[str, LinkState] = {}
        self._heard: dict[str, Greeting] = {}
        self._carriers: dict[str, tuple[Carrier, asyncio.Task[None]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self._changing = asyncio.Lock()
        self._mender = Mender(folder / "whole.json", self._changing)

    def start(self) -> None:
        """Begin."""
        self._hire()
        self._tasks = [
            asyncio.create_task(self._keep_joined(), name="links"),
            asyncio.create_task(self._keep_listening(), name="links-telemetry"),
            asyncio.create_task(self._keep_whole(), name="links-whole"),
        ]

    async def stop(self) -> None:
        """End."""
        await end(*self._tasks, *(task for _, task in self._carriers.values()))

    def change(self, place: Topology) -> None:
        """Other members from now on."""
        self._place = place
        self._hire()
        self._changed.set()

    @property
    def all(self) -> list[Link]:
        """Each link, as far as it is known."""
        unknown = LinkState("", joined=False, waiting=None, greeting=None)
        return [
            Link(
                self._states.get(site) or replace(unknown, site=site),
                carrier.seconds,
                self._mender.lacking.get(site, 0),
            )
            for site, (carrier, _) in self._carriers.items()
        ]

    def _others(self) -> tuple[str, ...]:
        uplink = self._place.uplink
        return (uplink.hub,) if uplink else tuple(member.site for member in self._place.members)

    def _hire(self) -> None:
        """One carrier for each other site."""
        others = self._others()
        for site in set(self._carriers) - set(others):
            self._carriers.pop(site)[1].cancel()
            self._states.pop(site, None)
            self._heard.pop(site, None)
            self._mender.forget(site)
        for site in others:
            if site not in self._carriers:
                carrier = Carrier(
                    self._place.site,
                    site,
                    self._connection,
                    functools.partial(self._states.get, site),
                    only_own=self._place.uplink is not None,
                )
                self._carriers[site] = carrier, asyncio.create_task(carrier.run(), name=f"carry-{site}")

    def _greeted(self, site: str, greeting: Greeting) -> bool:
        if site not in self._others():
            return False
        before = self._heard.get(site)
        self._heard[site] = greeting
        if before is None or replace(before, given=None) != replace(greeting, given=None):
            self._changed.set()
        return True

    async def _lacked(self, site: str, durable: str, lacks: list[Stretch]) -> bytes | None:
        if site not in self._others():
            return None
        try:
            return await hand_on(await self._connection.wait(), self._place, site, durable, lacks)
        except (DomainError, NatsError, OSError) as error:
            log.info("not_handed_on", to=site, error=str(error))
            return None

    async def _keep_joined(self) -> None:
        while True:
            client = await self._connection.wait()
            self._changed.clear()
            try:
                async with self._changing:
                    self._note(await self._connection.during(join(client, self._place, self._heard)))
            except (DomainError, NatsError, OSError) as error:
                log.info("links_not_joined", error=str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._changed.wait()

    async def _keep_whole(self) -> None:
        while True:
            client = await self._connection.wait()
            try:
                await self._connection.during(self._mender.look(client, self._place, self._heard))
            except (DomainError, NatsError, OSError) as error:
                log.info("wholeness_not_seen", error=str(error))
            await asyncio.sleep(_MEND_SECONDS)

    def _note(self, states: list[LinkState]) -> None:
        for state in states:
            before = self._states.get(state.site)
            if before is None or before.joined != state.joined:
                log.info("link_changed", to=state.site, joined=state.joined)
            self._states[state.site] = state
            LINK_JOINED.labels(state.site).set(state.joined)
            LINK_WAITING.labels(state.site).set(state.waiting or 0)

    async def _keep_listening(self) -> None:
        async def offer(message: Msg) -> None:
            for carrier, _ in self._carriers.values():
                carrier.offer(message.subject, message.data)

        seen, from_hub = None, self._place.uplink is not None
        while True:
            client = await self._connection.wait()
            if client is not seen:
                # The library subscribes again by itself after an interruption; only a new client knows nothing.
                with contextlib.suppress(NatsError, OSError):
                    await client.subscribe("tel.>", cb=offer)
                    await receive_parcels(client, self._place.site, self._greeted, self._lacked, from_hub=from_hub)
                    seen = client
            await asyncio.sleep(_LOOK_SECONDS)
