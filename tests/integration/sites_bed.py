"""A hub and its edges over real leaf connections, each a bus of its own with facts in a list."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shared.contracts.envelope import Envelope
from shared.kernel.ids import new_id
from shared.messaging.bus import Bus, BusSettings, Participant
from shared.messaging.connection import Connection, Credentials
from shared.messaging.topology import LeafListener, Member, Topology, Uplink
from tests.harness.ports import Ports
from tests.integration.messaging_bed import HASTY, INTAKE, NOW, PICTURE, ListOutbox, event_ids, stored


def said(site: str, number: int = 1, aggregate: str = "a0") -> Envelope:
    return Envelope(
        id=new_id(),
        source=f"/sites/{site}/incident_intake",
        type=f"evt.{site}.intake.incident.reported.v1",
        subject=aggregate,
        time=NOW,
        data={"number": number},
        aggregateversion=number,
        correlationid=new_id(),
    )


def member(site: str) -> Member:
    return Member(site, f"leaf_{site}", f"secret-of-{site}")


@dataclass
class Place:
    """One running site."""

    bus: Bus
    outbox: ListOutbox
    aggregate: str
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def facts(self, stream: str | None = None) -> list[str]:
        return event_ids(await stored(self.bus.connection(PICTURE.name), stream or self.aggregate))

    def joined(self) -> bool:
        links = self.bus.state().links
        return bool(links) and all(link.state.joined for link in links)

    async def has(self, wanted: set[str]) -> None:
        async with asyncio.timeout(60):
            while not wanted <= set(await self.facts()):
                await asyncio.sleep(0.1)


class Sites:
    """A hub with a leaf port, and edges that join it, all on this machine."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.folder = folder
        self.port = ports.take()
        self.listener = LeafListener("127.0.0.1", self.port)
        self.members: tuple[Member, ...] = ()
        self.authority: Path | None = None
        self.through = self.port
        self.running: dict[str, Place] = {}

    async def hub(self) -> Place:
        return await self._start("hub", Topology("hub", listener=self.listener, members=self.members))

    async def edge(self, site: str) -> Place:
        known = member(site)
        uplink = Uplink("hub", (f"127.0.0.1:{self.through}",), known.user, known.password, self.authority)
        return await self._start(site, Topology(site, uplink))

    def admit(self, *sites: str) -> None:
        self.members = tuple(member(site) for site in sites)
        if "hub" in self.running:
            self.running["hub"].bus.change_members(self.topology())

    def topology(self) -> Topology:
        return Topology("hub", listener=self.listener, members=self.members)

    async def _start(self, site: str, topology: Topology) -> Place:
        outbox = ListOutbox()
        participants = (Participant(INTAKE, outbox), Participant(PICTURE))
        bus = Bus(BusSettings(site, self.folder / site, topology=topology, patience=HASTY), participants)
        await bus.start()
        self.running[site] = Place(bus, outbox, topology.aggregate)
        return self.running[site]

    async def stop(self, site: str) -> None:
        await self.running.pop(site).bus.stop()


@asynccontextmanager
async def sites_on(folder: Path, ports: Ports) -> AsyncIterator[Sites]:
    sites = Sites(folder, ports)
    try:
        yield sites
    finally:
        await asyncio.gather(*(sites.stop(name) for name in list(sites.running)))


@asynccontextmanager
async def acting(place: Place, user: str) -> AsyncIterator[Connection]:
    keyring = place.bus._keyring
    connection = Connection(Credentials(place.bus.url, user, keyring.seed("REAL", user)))
    connection.start()
    await connection.wait()
    try:
        yield connection
    finally:
        await connection.stop()
