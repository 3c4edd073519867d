"""Sites with real brokers between which bundles are carried."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope
from shared.contracts.events.ops import SiteFact
from shared.kernel.errors import DomainError
from shared.messaging.access import FERRY, PROVISION
from shared.messaging.bus import Bus, BusSettings, Participant
from shared.messaging.connection import Connection, Credentials
from shared.messaging.ferry.bundle import Bundle, BundleWriter
from shared.messaging.ferry.carry import Landed, land
from shared.messaging.ferry.exporting import export
from shared.messaging.ferry.signing import Signer, TrustedSites
from shared.messaging.ferry.streams import aggregate_of, site_of
from shared.messaging.keys import Keyring
from shared.messaging.topology import Topology
from tests.integration.messaging_bed import INTAKE, NOW, PICTURE, ListOutbox, until
from tests.integration.messaging_bed import stored as all_of


def beat(site: str, number: int) -> Envelope:
    payload = SiteFact(site=site, name="站点", product_version="1", beat_at=NOW)
    made = draft(
        site=site, service="operations", kind="ops.site.heartbeat.v1", aggregate_id=site, version=number,
        payload=payload, now=NOW, exercise=False,
    )  # fmt: skip
    return made.model_copy(update={"type": f"evt.{site}.intake.incident.reported.v1"})


@dataclass
class Place:
    """A site with its broker, relays and keys."""

    bus: Bus
    outbox: ListOutbox
    ferry: Connection
    admin: Connection
    folder: Path

    async def write(self, site: str, numbers: Sequence[int]) -> None:
        before = len(self.outbox.rows)
        self.outbox.add(*(beat(site, number) for number in numbers))
        await until(lambda: self.outbox.published == before + len(numbers))

    async def export(self, name: str, signer: Signer, since: int | datetime = 0, *, everything: bool = False) -> Path:
        writer = BundleWriter(self.folder / name, signer, exercise=False, now=NOW)
        site = await site_of(await self.admin.wait(), "?")
        await export(await self.ferry.wait(), writer, site, since, everything=everything)
        writer.finish()
        return self.folder / name

    async def take(self, file: Path, trusted: TrustedSites) -> list[Landed]:
        admin = await self.admin.wait()
        with Bundle(file, trusted, exercise=False) as bundle:
            here = await site_of(admin, "?")
            return await land(await self.ferry.wait(), admin, bundle, here, await aggregate_of(admin))

    async def refusal(self, file: Path, trusted: TrustedSites) -> str:
        with pytest.raises(DomainError) as caught:
            await self.take(file, trusted)
        return caught.value.code

    async def picture(self, site: str, count: int) -> list[bytes]:
        """What the followers of this site read of another one, as soon as so many facts are there."""
        async with asyncio.timeout(60):
            while len(await self.heard(site)) < count:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)  # what should not be there would come now
        return await self.heard(site)

    async def heard(self, site: str) -> list[bytes]:
        everything = await all_of(self.bus.connection(PICTURE.name), self.bus.topology.aggregate)
        return [each.body for each in everything if each.subject.startswith(f"evt.{site}.")]


@asynccontextmanager
async def place(folder: Path, site: str, topology: Topology | None = None) -> AsyncIterator[Place]:
    """A running site."""
    outbox = ListOutbox()
    bus = Bus(
        BusSettings(site, folder / "nats", topology=topology), [Participant(INTAKE, outbox), Participant(PICTURE)]
    )
    await bus.start()
    keys = Keyring(folder / "nats" / "keys")
    ferry, admin = (Connection(Credentials(bus.url, user, keys.seed("REAL", user))) for user in (FERRY, PROVISION))
    for each in (ferry, admin):
        each.start()
        await each.wait()
    await until(lambda: bus.state().provisioned)
    try:
        yield Place(bus, outbox, ferry, admin, folder)
    finally:
        await ferry.stop()
        await admin.stop()
        await bus.stop()
