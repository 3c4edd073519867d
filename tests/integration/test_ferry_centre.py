"""What a centre carries: all sites' facts, each heard once, also where another bundle or the network brings them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import orjson
import pytest

from shared.messaging.ferry.carry import Landed
from shared.messaging.ferry.signing import Signer, TrustedSites
from shared.messaging.js_api import call
from shared.messaging.topology import LeafListener, Member, Topology, Uplink
from tests.harness.ports import Ports
from tests.integration.ferry_bed import Place, place
from tests.integration.messaging_bed import until

pytestmark = pytest.mark.nats
SITES = ("hub", "yufa", "weishan")


@pytest.fixture
def signers(tmp_path: Path) -> dict[str, Signer]:
    return {site: Signer(tmp_path / "keys" / site, site) for site in SITES}


@pytest.fixture
def trusted(tmp_path: Path, signers: dict[str, Signer]) -> TrustedSites:
    known = TrustedSites(tmp_path / "known")
    for site, signer in signers.items():
        known.add(signer.card, centre=site == "hub")
    return known


@pytest.fixture
async def places(tmp_path: Path) -> AsyncIterator[dict[str, Place]]:
    """Three sites without any network between them."""
    async with AsyncExitStack() as stack:
        yield {site: await stack.enter_async_context(place(tmp_path / site, site)) for site in SITES}


def ids(bodies: list[bytes]) -> list[str]:
    return [orjson.loads(body)["id"] for body in bodies]


async def test_a_centres_bundle_brings_every_sites_facts_once_and_not_ones_own(
    places: dict[str, Place], signers: dict[str, Signer], trusted: TrustedSites
) -> None:
    hub, yufa, weishan = (places[site] for site in SITES)
    for site, count in (("hub", 4), ("yufa", 3), ("weishan", 2)):
        await places[site].write(site, range(1, count + 1))
    await hub.take(await yufa.export("y.zip", signers["yufa"]), trusted)
    await hub.take(await weishan.export("w.zip", signers["weishan"]), trusted)
    await hub.picture("weishan", 2)
    everything = await hub.export("all.zip", signers["hub"], everything=True)
    assert await yufa.take(everything, trusted) == [Landed("hub", 6, 0, 9, 3, everything=True)]
    for site, count in (("hub", 4), ("yufa", 3), ("weishan", 2)):
        assert await yufa.picture(site, count) == [row.body for row in places[site].outbox.rows], site
    assert await yufa.take(everything, trusted) == [Landed("hub", 0, 9, 9, 0, everything=True)]
    # The same facts by another bundle, and a new one with them.
    await weishan.write("weishan", [3])
    assert await yufa.take(await weishan.export("w2.zip", signers["weishan"]), trusted) == [
        Landed("weishan", 1, 0, 3, 2)
    ]
    await hub.take(weishan.folder / "w2.zip", trusted)
    await hub.picture("weishan", 3)
    more = await hub.export("more.zip", signers["hub"], since=5, everything=True)
    assert await yufa.take(more, trusted) == [Landed("hub", 0, 4, 10, 1, everything=True)]
    assert await yufa.picture("weishan", 3) == [row.body for row in weishan.outbox.rows]


async def test_a_site_that_is_no_centre_here_carries_only_its_own(
    tmp_path: Path, places: dict[str, Place], signers: dict[str, Signer]
) -> None:
    known = TrustedSites(tmp_path / "peers")
    known.add(signers["hub"].card)
    await places["hub"].write("hub", [1])
    everything = await places["hub"].export("all.zip", signers["hub"], everything=True)
    assert await places["yufa"].refusal(everything, known) == "ferry.not_centre"
    await places["yufa"].take(await places["hub"].export("own.zip", signers["hub"]), known)
    assert len(await places["yufa"].picture("hub", 1)) == 1
    joined = TrustedSites(tmp_path / "peers", centre="hub")  # who has joined a hub need not say so again
    assert (await places["yufa"].take(everything, joined))[0].kept_back == 1
    assert len(await places["yufa"].picture("hub", 1)) == 1


async def test_a_site_with_others_below_it_takes_no_centres_bundle(
    places: dict[str, Place], signers: dict[str, Signer], trusted: TrustedSites
) -> None:
    await places["hub"].write("hub", [1])
    durable = {"durable_name": "to_lixian", "name": "to_lixian", "deliver_subject": "sync.lixian.all"}
    await call(
        await places["yufa"].admin.wait(), "CONSUMER.CREATE.ALL.to_lixian", {"stream_name": "ALL", "config": durable}
    )
    everything = await places["hub"].export("all.zip", signers["hub"], everything=True)
    assert await places["yufa"].refusal(everything, trusted) == "ferry.not_below"


async def test_a_link_that_comes_up_later_goes_on_behind_what_came_on_a_stick(
    tmp_path: Path, ports: Ports, signers: dict[str, Signer], trusted: TrustedSites
) -> None:
    listener, member = LeafListener("127.0.0.1", ports.take()), Member("yufa", "leaf_yufa", "secret")
    uplink = Uplink("hub", (f"127.0.0.1:{listener.port}",), member.user, member.password)
    async with (
        place(tmp_path / "hub", "hub", Topology("hub", listener=listener)) as hub,
        place(tmp_path / "yufa", "yufa", Topology("yufa", uplink)) as yufa,
    ):
        await hub.write("hub", range(1, 8))
        await yufa.write("yufa", range(1, 6))
        await hub.take(await yufa.export("y.zip", signers["yufa"]), trusted)
        await hub.picture("yufa", 5)
        await yufa.take(await hub.export("h.zip", signers["hub"], everything=True), trusted)
        await yufa.picture("hub", 7)
        await yufa.write("yufa", [6])
        await hub.write("hub", [8])
        for each in (hub, yufa):
            await _forget_ids(each)
        hub.bus.change_members(Topology("hub", listener=listener, members=(member,)))
        await until(lambda: all(link.state.joined for link in (*hub.bus.state().links, *yufa.bus.state().links)), 60)
        await yufa.write("yufa", [7])
        await hub.write("hub", [9])
        for each in (hub, yufa):
            for site, writer in (("hub", hub), ("yufa", yufa)):
                written = [row.body for row in writer.outbox.rows]
                assert await each.picture(site, len(written)) == written
        again = await hub.refusal(yufa.folder / "y.zip", trusted)
        assert again == "ferry.joined_by_network"
        assert set(Counter(ids(await hub.heard("yufa"))).values()) == {1}


async def _forget_ids(each: Place) -> None:
    """As after an hour: the broker knows no event by its id any more, so it could not drop what comes twice."""
    admin = await each.admin.wait()
    name = each.bus.topology.aggregate
    config = (await call(admin, f"STREAM.INFO.{name}"))["config"]
    await call(admin, f"STREAM.UPDATE.{name}", {**config, "duplicate_window": 100_000_000})
    await asyncio.sleep(0.5)
