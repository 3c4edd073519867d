"""A hub and its edges over real leaf connections: joined, apart, removed, re-added; nobody speaks for another."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.tls.authority import TlsFiles, initialise
from shared.messaging.access import FERRY, OPS, PROVISION, sync_user
from shared.messaging.js_api import call
from tests.harness.lab import delayed
from tests.harness.ports import Ports
from tests.integration.messaging_bed import INTAKE, PICTURE, stored, until
from tests.integration.sites_bed import Place, Sites, acting, member, said, sites_on


@pytest.fixture
async def sites(tmp_path: Path, ports: Ports) -> AsyncIterator[Sites]:
    async with sites_on(tmp_path, ports) as running:
        yield running


async def test_every_site_hears_every_fact_once_and_an_edge_its_own_without_a_hub(sites: Sites) -> None:
    yufa = await sites.edge("yufa")  # before there is a hub
    own = said("yufa")
    yufa.outbox.add(own)
    await yufa.has({own.id})
    hub = await sites.hub()
    sites.admit("yufa", "weishan")  # while it runs
    weishan = await sites.edge("weishan")
    others = [said("hub"), said("weishan")]
    hub.outbox.add(others[0])
    weishan.outbox.add(others[1])
    everything = {own.id, *(each.id for each in others)}
    for place in (hub, yufa, weishan):
        await place.has(everything)
        assert sorted(await place.facts()) == sorted(everything), "nothing twice"


async def test_with_certificates_an_edge_joins_only_the_hub_whose_root_it_was_given(
    sites: Sites, tmp_path: Path
) -> None:
    files, others = TlsFiles(tmp_path / "tls"), TlsFiles(tmp_path / "others")
    for each in (files, others):
        initialise(each, ("127.0.0.1",), datetime.now(UTC))
    sites.listener = replace(sites.listener, certificate=files.certificate, key=files.key)
    sites.admit("yufa", "weishan", "qingyun")
    hub = await sites.hub()
    sites.authority = files.root
    yufa = await sites.edge("yufa")
    sites.authority = others.root
    deceived = await sites.edge("weishan")
    sites.authority = None
    plain = await sites.edge("qingyun")
    fact = said("hub")
    hub.outbox.add(fact)
    await yufa.has({fact.id})
    assert hub.bus.topology.encrypted
    assert set(await _leaf_connections(hub)) == {"yufa"}
    assert not await deceived.facts()
    assert not await plain.facts()


async def test_a_link_that_takes_over_a_second_there_and_back_joins_and_is_measured(sites: Sites, ports: Ports) -> None:
    sites.admit("yufa")
    hub = await sites.hub()
    sites.through = ports.take()
    async with delayed(("127.0.0.1", sites.through), ("127.0.0.1", sites.port), 0.6):
        yufa = await sites.edge("yufa")
        up, down = said("yufa"), said("hub")
        yufa.outbox.add(up)
        hub.outbox.add(down)
        for place in (hub, yufa):
            await place.has({up.id, down.id})
        await until(lambda: bool(yufa.bus.state().links[0].reachable))
        assert (yufa.bus.state().links[0].seconds or 0) > 1
        await sites.stop("yufa")


async def test_a_third_edge_disturbs_nobody(sites: Sites) -> None:
    hub = await sites.hub()
    sites.admit("yufa")
    yufa = await sites.edge("yufa")
    await until(lambda: hub.joined() and yufa.joined())
    client = hub.bus.connection(INTAKE.name).client
    before = (client.stats["reconnects"], hub.bus.server.pid if hub.bus.server else None)
    edges_leaf = await _leaf_connections(hub)
    sites.admit("yufa", "weishan")
    weishan = await sites.edge("weishan")
    await until(lambda: hub.joined() and weishan.joined())
    assert (client.stats["reconnects"], hub.bus.server.pid if hub.bus.server else None) == before
    assert edges_leaf.items() <= (await _leaf_connections(hub)).items(), "yufa's connection is the one it was"


async def test_a_removed_edge_is_put_out_and_its_facts_stay(sites: Sites) -> None:
    hub = await sites.hub()
    sites.admit("yufa", "weishan")
    yufa, weishan = await sites.edge("yufa"), await sites.edge("weishan")
    first = said("yufa")
    yufa.outbox.add(first)
    await weishan.has({first.id})
    sites.members = (member("weishan"),)
    hub.bus.change_members(replace(sites.topology(), former=("yufa",)))
    async with asyncio.timeout(30):
        while len(await _leaf_connections(hub)) > 1:
            await asyncio.sleep(0.1)
    late, other = said("yufa", 2), said("hub")
    yufa.outbox.add(late)
    hub.outbox.add(other)
    await yufa.has({late.id})  # it goes on alone
    await weishan.has({other.id})
    assert first.id in await hub.facts()
    assert late.id not in await hub.facts()
    assert other.id not in await yufa.facts()


async def test_an_edge_that_lost_its_disk_begins_anew_and_both_histories_stay(sites: Sites, tmp_path: Path) -> None:
    hub = await sites.hub()
    sites.admit("yufa")
    yufa = await sites.edge("yufa")
    before, hubs = [said("yufa", number) for number in range(1, 9)], said("hub")
    yufa.outbox.add(*before)
    hub.outbox.add(hubs)
    await hub.has({each.id for each in before})
    await yufa.has({hubs.id})
    await sites.stop("yufa")
    (tmp_path / "yufa").rename(tmp_path / "lost")
    yufa = await sites.edge("yufa")
    after = [said("yufa", number, "a1") for number in range(1, 4)]
    yufa.outbox.add(*after)
    await hub.has({each.id for each in after})
    await yufa.has({hubs.id, *(each.id for each in before[:0])})
    found = await hub.facts()
    assert [one for one in found if one != hubs.id] == [each.id for each in (*before, *after)]


async def test_a_hub_that_lost_its_disk_gets_everything_from_its_edges_again(sites: Sites, tmp_path: Path) -> None:
    await sites.hub()
    sites.admit("yufa")
    yufa = await sites.edge("yufa")
    facts = [said("yufa", number) for number in range(1, 6)]
    yufa.outbox.add(*facts)
    await sites.running["hub"].has({each.id for each in facts})
    await sites.stop("hub")
    (tmp_path / "hub").rename(tmp_path / "lost")
    hub = await sites.hub()
    await hub.has({each.id for each in facts})
    assert await hub.facts() == [each.id for each in facts]


@pytest.mark.parametrize("user", [PROVISION, OPS, INTAKE.name, "sync"])
async def test_no_user_of_an_edge_speaks_for_another_site(sites: Sites, user: str) -> None:
    hub = await sites.hub()
    sites.admit("yufa", "weishan")
    yufa, weishan = await sites.edge("yufa"), await sites.edge("weishan")
    await until(lambda: hub.joined() and yufa.joined() and weishan.joined())
    async with acting(yufa, sync_user("yufa") if user == "sync" else user) as connection:
        for subject in ("evt.hub", "evt.weishan"):
            forged = said(subject.removeprefix("evt."))
            for target in (forged.type, "sync.hub.weishan", "sync.weishan.all", f"all.{forged.type}"):
                await connection.client.publish(target, orjson.dumps(forged.model_dump(mode="json")))
        await connection.client.flush()
    proof = said("yufa")
    yufa.outbox.add(proof)
    for place in (hub, yufa, weishan):
        await place.has({proof.id})
        assert await place.facts() == [proof.id]
    for place, site in ((hub, "hub"), (weishan, "weishan")):
        state = await call(place.bus.connection(PROVISION).client, f"STREAM.INFO.SITE_{site}")
        assert state["state"]["messages"] == 0


async def test_an_edge_whose_stream_was_bent_is_refused_at_the_hub(sites: Sites) -> None:
    hub = await sites.hub()
    sites.admit("yufa", "weishan")
    yufa, weishan = await sites.edge("yufa"), await sites.edge("weishan")
    await until(lambda: hub.joined() and yufa.joined() and weishan.joined())
    admin = yufa.bus.connection(PROVISION).client
    config = (await call(admin, "STREAM.INFO.SITE_yufa"))["config"]
    bent = {"src": "evt.yufa.intake.incident.reported.v1", "dest": "evt.hub.intake.incident.reported.v1"}
    await call(admin, "STREAM.UPDATE.SITE_yufa", {**config, "subject_transform": bent})
    forged = said("yufa")
    yufa.outbox.add(forged)
    await until(lambda: yufa.outbox.published == 1)
    assert (await _subjects(yufa, "SITE_yufa"))[forged.id] == bent["dest"], "the edge's own broker was deceived"
    await call(admin, "STREAM.UPDATE.SITE_yufa", config)
    honest, proof = said("yufa", 2), said("hub")
    yufa.outbox.add(honest)
    hub.outbox.add(proof)
    await hub.has({forged.id, honest.id, proof.id})
    await weishan.has({honest.id, proof.id})
    held = await _subjects(hub, "ALL")
    assert held[forged.id].startswith("refused.yufa.evt.hub."), "in the hub's log it lies apart, for everybody to see"
    assert (held[honest.id], held[proof.id]) == (honest.type, proof.type)
    assert forged.id not in await weishan.facts(), "and is not handed on"


async def _subjects(place: Place, stream: str) -> dict[str, str]:
    """Under which subject each event lies in a stream."""
    async with acting(place, FERRY) as reader:  # who may read every stream
        return {orjson.loads(each.body)["id"]: each.subject for each in await stored(reader, stream)}


async def test_telemetry_crosses_both_ways_and_only_about_ones_own(sites: Sites) -> None:
    hub = await sites.hub()
    sites.admit("yufa", "weishan")
    yufa, weishan = await sites.edge("yufa"), await sites.edge("weishan")
    await until(lambda: hub.joined() and yufa.joined() and weishan.joined())
    heard: dict[str, set[str]] = {"hub": set(), "yufa": set(), "weishan": set()}
    for name, place in (("hub", hub), ("yufa", yufa), ("weishan", weishan)):

        async def hear(message: Any, name: str = name) -> None:
            heard[name].add(message.subject)

        await place.bus.connection(PICTURE.name).client.subscribe("tel.>", cb=hear)
    both = {"tel.yufa.unit.u1", "tel.hub.unit.u9"}
    async with asyncio.timeout(60):  # a reading may be lost on its way; the next one is as good
        while not all(each == both for each in heard.values()):
            await yufa.bus.telemetry(INTAKE.name).publish("unit", "u1", {"lon": 116.3})
            await hub.bus.telemetry(INTAKE.name).publish("unit", "u9", {"lon": 116.3})
            await asyncio.sleep(0.2)
    await yufa.bus.connection(sync_user("yufa")).client.publish("tel.weishan.unit.u2", b"{}")
    async with asyncio.timeout(60):
        while "tel.yufa.unit.u3" not in heard["weishan"]:
            await yufa.bus.telemetry(INTAKE.name).publish("unit", "u3", {"lon": 116.3})
            await asyncio.sleep(0.2)
    assert "tel.weishan.unit.u2" not in heard["hub"] | heard["weishan"]


async def _leaf_connections(hub: Place) -> dict[str, int]:
    """User to connection number."""
    server = hub.bus.server
    assert server is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", server._ports[1])
    writer.write(b"GET /leafz HTTP/1.0\r\n\r\n")
    body = (await reader.read()).partition(b"\r\n\r\n")[2]
    writer.close()
    return {leaf["name"]: leaf["id"] for leaf in orjson.loads(body).get("leafs", [])}
