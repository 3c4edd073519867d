"""Bundles into streams of a real broker: the same bytes in the same places, however often, in whatever pieces."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.kernel.errors import DomainError
from shared.messaging.access import OPS
from shared.messaging.ferry import carry
from shared.messaging.ferry.bundle import BundleWriter
from shared.messaging.ferry.carry import Landed
from shared.messaging.ferry.signing import Signer, TrustedSites
from shared.messaging.js_api import ApiError, call
from tests.integration.ferry_bed import Place, place
from tests.integration.messaging_bed import INTAKE, NOW

pytestmark = pytest.mark.nats


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


async def test_an_export_since_a_time_begins_with_the_first_fact_stored_then(
    yufa: Place, hub: Place, signer: Signer, trusted: TrustedSites
) -> None:
    await yufa.write("yufa", range(1, 4))
    await asyncio.sleep(0.05)
    moment = datetime.now(UTC)
    await asyncio.sleep(0.05)
    await yufa.write("yufa", range(4, 6))
    later = await yufa.export("later.zip", signer, since=moment)
    assert await hub.refusal(later, trusted) == "ferry.gap"
    await hub.take(await yufa.export("all.zip", signer, since=moment - timedelta(days=1)), trusted)
    assert await hub.take(later, trusted) == [Landed("yufa", 0, 2, 5)]
    with pytest.raises(DomainError, match=r"ferry\.nothing_new"):
        await yufa.export("none.zip", signer, since=datetime.now(UTC) + timedelta(days=1))


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
