"""Bundles into streams of a real broker: the same bytes in the same places, however often, in whatever pieces."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope
from shared.contracts.events.ops import SiteFact
from shared.kernel.errors import DomainError
from shared.messaging.access import FERRY, OPS, PROVISION
from shared.messaging.bus import Bus, BusSettings, Participant
from shared.messaging.connection import Connection, Credentials
from shared.messaging.ferry import carry
from shared.messaging.ferry.bundle import Bundle, BundleWriter
from shared.messaging.ferry.carry import Landed, aggregate_of, export, land, site_of
from shared.messaging.ferry.signing import Signer, TrustedSites
from shared.messaging.js_api import ApiError, call
from shared.messaging.keys import Keyring
from tests.integration.messaging_bed import INTAKE, NOW, PICTURE, ListOutbox, until
from tests.integration.messaging_bed import stored as all_of

pytestmark = pytest.mark.nats


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

    async def export(self, name: str, signer: Signer, since: int = 0) -> Path:
        writer = BundleWriter(self.folder / name, signer, exercise=False, now=NOW)
        await export(await self.ferry.wait(), writer, await site_of(await self.admin.wait(), "?"), since)
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
            while len(await self._heard(site)) < count:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)  # what should not be there would come now
        return await self._heard(site)

    async def _heard(self, site: str) -> list[bytes]:
        everything = await all_of(self.bus.connection(PICTURE.name))
        return [each.body for each in everything if each.subject.startswith(f"evt.{site}.")]


@asynccontextmanager
async def place(folder: Path, site: str) -> AsyncIterator[Place]:
    outbox = ListOutbox()
    bus = Bus(BusSettings(site, folder / "nats"), [Participant(INTAKE, outbox), Participant(PICTURE)])
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


@pytest.fixture
async def yufa(tmp_path: Path) -> AsyncIterator[Place]:
    async with place(tmp_path / "yufa", "yufa") as running:
        yield running


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Place]:
    async with place(tmp_path / "hub", "hub") as running:
        yield running


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "key", "yufa")


@pytest.fixture
def trusted(tmp_path: Path, signer: Signer) -> TrustedSites:
    known = TrustedSites(tmp_path / "known")
    known.add(signer.card)
    return known


async def test_facts_arrive_byte_for_byte_in_order_and_importing_again_changes_nothing(
    yufa: Place, hub: Place, signer: Signer, trusted: TrustedSites
) -> None:
    await yufa.write("yufa", range(1, 601))
    file = await yufa.export("a.zip", signer)
    assert await hub.take(file, trusted) == [Landed("yufa", 600, 0, 600)]
    written = [row.body for row in yufa.outbox.rows]
    assert await hub.picture("yufa", 600) == written
    assert await hub.take(file, trusted) == [Landed("yufa", 0, 600, 600)]
    assert await hub.picture("yufa", 600) == written


async def test_overlapping_bundles_make_one_unbroken_log(
    yufa: Place, hub: Place, signer: Signer, trusted: TrustedSites
) -> None:
    await yufa.write("yufa", range(1, 6))
    first = await yufa.export("a.zip", signer)
    await yufa.write("yufa", range(6, 9))
    second = await yufa.export("b.zip", signer, since=3)
    await hub.take(first, trusted)
    assert await hub.take(second, trusted) == [Landed("yufa", 3, 2, 8)]
    assert await hub.picture("yufa", 8) == [row.body for row in yufa.outbox.rows]


async def test_a_bundle_behind_a_gap_is_refused_and_leaves_nothing(
    yufa: Place, hub: Place, signer: Signer, trusted: TrustedSites
) -> None:
    await yufa.write("yufa", range(1, 6))
    assert await hub.refusal(await yufa.export("late.zip", signer, since=2), trusted) == "ferry.gap"
    with pytest.raises(ApiError):
        await call(await hub.admin.wait(), "STREAM.INFO.SITE_yufa")


async def test_an_import_that_was_broken_off_goes_on(
    yufa: Place, hub: Place, signer: Signer, trusted: TrustedSites, monkeypatch: pytest.MonkeyPatch
) -> None:
    await yufa.write("yufa", range(1, 21))
    file = await yufa.export("a.zip", signer)
    monkeypatch.setattr(carry, "_BATCH", 4)
    done: list[int] = []
    real = carry._store

    async def breaks_off(*args: object) -> int:
        if len(done) == 3:
            raise OSError("the stick was pulled")
        done.append(await real(*args))  # type: ignore[arg-type]
        return done[-1]

    monkeypatch.setattr(carry, "_store", breaks_off)
    with pytest.raises(OSError, match="pulled"):
        await hub.take(file, trusted)
    monkeypatch.setattr(carry, "_store", real)
    assert await hub.take(file, trusted) == [Landed("yufa", 8, 12, 20)]
    assert await hub.picture("yufa", 20) == [row.body for row in yufa.outbox.rows]


async def test_a_log_that_began_anew_or_went_another_way_is_not_mixed_in(
    tmp_path: Path, yufa: Place, hub: Place, signer: Signer, trusted: TrustedSites
) -> None:
    await yufa.write("yufa", range(1, 4))
    await hub.take(await yufa.export("a.zip", signer), trusted)
    async with place(tmp_path / "new-disk", "yufa") as reborn:
        await reborn.write("yufa", range(1, 9))
        file = await reborn.export("b.zip", signer)
        assert await hub.refusal(file, trusted) == "ferry.other_epoch"
        epoch = (await call(await yufa.admin.wait(), "STREAM.INFO.SITE_yufa"))["config"]["metadata"]["epoch"]
        writer = BundleWriter(tmp_path / "fork.zip", signer, exercise=False, now=NOW)
        writer.add("yufa", epoch, 1, [row.body for row in reborn.outbox.rows])
        writer.finish()
        assert await hub.refusal(tmp_path / "fork.zip", trusted) == "ferry.forked"
    assert await hub.picture("yufa", 3) == [row.body for row in yufa.outbox.rows]


async def test_nothing_is_taken_before_the_sites_below_can_hear_it(
    yufa: Place, hub: Place, signer: Signer, trusted: TrustedSites, monkeypatch: pytest.MonkeyPatch
) -> None:
    await yufa.write("yufa", range(1, 4))
    file = await yufa.export("a.zip", signer)
    admin = await hub.admin.wait()
    durable = {
        "durable_name": "to_lixian", "name": "to_lixian", "deliver_subject": "sync.lixian.all",
        "ack_policy": "flow_control", "deliver_policy": "all", "max_ack_pending": 64, "filter_subjects": ["evt.hub.>"],
    }  # fmt: skip
    await call(admin, "CONSUMER.CREATE.ALL.to_lixian", {"stream_name": "ALL", "config": durable})
    monkeypatch.setattr(carry, "_HAND_ON_TRIES", 2)
    assert await hub.refusal(file, trusted) == "ferry.not_handed_on"
    assert (await call(admin, "STREAM.INFO.SITE_yufa"))["state"]["last_seq"] == 0
    durable["filter_subjects"] = ["evt.hub.>", "evt.yufa.>"]
    await call(admin, "CONSUMER.CREATE.ALL.to_lixian", {"stream_name": "ALL", "config": durable})
    assert await hub.take(file, trusted) == [Landed("yufa", 3, 0, 3)]


async def test_own_facts_are_not_taken_back(yufa: Place, signer: Signer, trusted: TrustedSites) -> None:
    await yufa.write("yufa", range(1, 4))
    assert await yufa.take(await yufa.export("a.zip", signer), trusted) == []


async def test_provisioning_again_leaves_the_ferried_source_in_place(
    yufa: Place, hub: Place, signer: Signer, trusted: TrustedSites
) -> None:
    from shared.messaging.provision import provision

    await yufa.write("yufa", range(1, 3))
    await hub.take(await yufa.export("a.zip", signer), trusted)
    await provision(await hub.admin.wait(), "hub")
    sources = (await call(await hub.admin.wait(), "STREAM.INFO.ALL"))["config"]["sources"]
    assert {each["name"] for each in sources} == {"SITE_hub", "SITE_yufa"}


async def test_no_user_can_put_a_fact_into_a_ferried_stream_under_its_own_subject(
    yufa: Place, hub: Place, signer: Signer, trusted: TrustedSites
) -> None:
    await yufa.write("yufa", range(1, 3))
    await hub.take(await yufa.export("a.zip", signer), trusted)
    for connection in (hub.bus.connection(INTAKE.name), hub.bus.connection(OPS), hub.ferry, hub.admin):
        client = await connection.wait()
        await client.publish("evt.yufa.intake.incident.reported.v1", b"{}")
        await client.flush()
    for connection in (hub.bus.connection(INTAKE.name), hub.bus.connection(OPS), hub.admin):
        client = await connection.wait()
        await client.publish("ferry.yufa.intake.incident.reported.v1", b"{}")
        await client.flush()
    info = await call(await hub.admin.wait(), "STREAM.INFO.SITE_yufa")
    assert info["state"]["last_seq"] == 2
