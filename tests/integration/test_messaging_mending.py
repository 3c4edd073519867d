"""What the way between two sites lost is noticed where it is lacking, and fetched; nothing is said twice.

The broker's race is made here on purpose: `CONSUMER.RESET` behind facts that were not delivered makes it count them as
delivered, as its answer does when a reader comes back at the wrong moment.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from nats.errors import TimeoutError as NatsTimeout
from prometheus_client import REGISTRY

from services.operations.disk import DiskState
from services.operations.links import links_view
from services.operations.notices import notices
from services.operations.routes import broker_notices
from shared.contracts.envelope import encode
from shared.messaging import links
from shared.messaging.access import PROVISION, sync_user
from shared.messaging.handing import packed, unpacked
from shared.messaging.js_api import call
from shared.messaging.reading import Stored
from shared.messaging.topology import carried_subject
from tests.harness.ports import Ports
from tests.integration.messaging_bed import until
from tests.integration.sites_bed import Place, Sites, acting, said, sites_on


@pytest.fixture
async def sites(tmp_path: Path, ports: Ports, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sites]:
    monkeypatch.setattr(links, "_MEND_SECONDS", 0.5)
    async with sites_on(tmp_path, ports) as running:
        yield running


async def skip(place: Place, durable: str, to: int) -> None:
    """Let the broker count everything before `to` as delivered."""
    stream, _, name = durable.partition(".")
    admin = place.bus.connection(PROVISION).client
    info = await call(admin, f"CONSUMER.RESET.{stream}.{name}", {"seq": to})
    assert info["ack_floor"]["stream_seq"] == to - 1


async def joined(*places: Place) -> None:
    await until(lambda: all(place.joined() for place in places))


def mended(site: str) -> float:
    return REGISTRY.get_sample_value("yzt_link_mended_total", {"site": site}) or 0.0


@pytest.mark.parametrize("behind", [0, 2])
async def test_facts_that_were_counted_as_delivered_to_the_hub_reach_everybody_once(sites: Sites, behind: int) -> None:
    sites.admit("yufa", "weishan")
    hub, yufa, weishan = await sites.hub(), await sites.edge("yufa"), await sites.edge("weishan")
    await joined(hub, yufa, weishan)
    facts = [said("yufa", number) for number in range(1, 11)]
    yufa.outbox.add(*facts[:3])
    await hub.has({each.id for each in facts[:3]})
    before = mended("yufa")
    await sites.stop("hub")
    yufa.outbox.add(*facts[3:])
    await until(lambda: yufa.outbox.published == len(facts))
    await skip(yufa, "SITE_yufa.to_hub", 1 + len(facts) - behind)
    hub = await sites.hub()
    everything = {each.id for each in facts}
    for place in (hub, weishan):
        await place.has(everything)
        assert sorted(await place.facts()) == sorted(everything), "nothing twice"
    assert mended("yufa") - before == 7 - behind
    assert sorted(await yufa.facts()) == sorted(everything), "at home nothing is said twice"
    after = said("yufa", 11)
    yufa.outbox.add(after)
    await hub.has({after.id})
    await until(lambda: hub.bus.state().links[0].lacking == 0)


async def test_facts_that_were_counted_as_delivered_to_an_edge_reach_it_once(sites: Sites) -> None:
    sites.admit("yufa", "weishan")
    hub, yufa, weishan = await sites.hub(), await sites.edge("yufa"), await sites.edge("weishan")
    await joined(hub, yufa, weishan)
    own, hubs, others = ([said(site, number) for number in range(1, 5)] for site in ("yufa", "hub", "weishan"))
    for number in range(2):
        for place, facts in ((yufa, own), (hub, hubs), (weishan, others)):
            place.outbox.add(facts[number])
    first = {each.id for each in (*own[:2], *hubs[:2], *others[:2])}
    await yufa.has(first)
    await hub.has(first)
    await sites.stop("yufa")
    hub.outbox.add(*hubs[2:])
    weishan.outbox.add(*others[2:])
    later = {each.id for each in (*hubs[2:], *others[2:])}
    await hub.has(later)
    await skip(hub, "ALL.to_yufa", 11)
    yufa = await sites.edge("yufa")
    await yufa.has(first | later)
    yufa.outbox.add(*own[2:])
    everything = {each.id for each in (*own, *hubs, *others)}
    for place in (hub, yufa, weishan):
        await place.has(everything)
        assert sorted(await place.facts()) == sorted(everything), "nothing twice"


async def test_what_is_whole_is_not_asked_for_and_noted_as_such(sites: Sites, tmp_path: Path) -> None:
    sites.admit("yufa")
    hub, yufa = await sites.hub(), await sites.edge("yufa")
    await joined(hub, yufa)
    before = mended("yufa"), mended("hub")
    facts = [*(said("yufa", number) for number in range(1, 6)), *(said("hub", number) for number in range(1, 6))]
    yufa.outbox.add(*facts[:5])
    hub.outbox.add(*facts[5:])
    for place in (hub, yufa):
        await place.has({each.id for each in facts})
    noted = tmp_path / "hub" / "whole.json", tmp_path / "yufa" / "whole.json"
    await until(lambda: all(file.exists() for file in noted))

    def checked(file: Path, site: str) -> int:
        _, up_to, _ = orjson.loads(file.read_bytes())["held"][site]
        return int(up_to)

    await until(lambda: checked(noted[0], "yufa") == len(facts) // 2)
    await until(lambda: checked(noted[1], "hub") >= len(facts) // 2)
    assert (mended("yufa"), mended("hub")) == before
    assert {link.lacking for place in (hub, yufa) for link in place.bus.state().links} == {0}


async def test_what_cannot_be_fetched_yet_is_told(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    sites.admit("yufa")
    hub, yufa = await sites.hub(), await sites.edge("yufa")
    await joined(hub, yufa)
    await sites.stop("hub")
    facts = [said("yufa", number) for number in range(1, 4)]
    yufa.outbox.add(*facts)
    await until(lambda: yufa.outbox.published == len(facts))
    await skip(yufa, "SITE_yufa.to_hub", 4)
    answers = asyncio.Event()

    async def late(*_: object) -> None:
        answers.set()

    with monkeypatch.context() as broken:
        broken.setattr(links, "hand_on", late)
        hub = await sites.hub()
        await until(answers.is_set)
        await until(lambda: hub.bus.state().links[0].lacking == len(facts))
        assert any("yufa" in each and "3" in each for each in broker_notices(hub.bus))
        assert links_view(hub.bus)["items"][0]["lacking_facts"] == len(facts)
        [shown] = notices(hub.bus, DiskState.OK)
        assert (shown.code, shown.title) == ("link.lacking:yufa", "榆垡镇有 3 条消息没有到")
        assert REGISTRY.get_sample_value("yzt_link_lacking", {"site": "yufa"}) == len(facts)
    await hub.has({each.id for each in facts})
    await until(lambda: not broker_notices(hub.bus))


async def test_an_edge_that_answers_in_another_ones_name_is_not_believed(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites.admit("yufa", "weishan")
    hub, yufa, weishan = await sites.hub(), await sites.edge("yufa"), await sites.edge("weishan")
    await joined(hub, yufa, weishan)
    await sites.stop("hub")
    own = said("yufa")
    yufa.outbox.add(own, said("yufa"), said("yufa"))
    await until(lambda: yufa.outbox.published == 3)
    await skip(yufa, "SITE_yufa.to_hub", 4)
    others = said("weishan", 1), said("weishan", 2)
    subjects = others[0].type, own.type, own.type  # another's subject, and another's words under its own
    facts = zip(range(1, 4), subjects, (*others, own), strict=True)
    answer = packed([Stored(seq, subject, encode(fact)) for seq, subject, fact in facts], 3)

    async def deceive(*_: object) -> bytes:
        return answer

    monkeypatch.setattr(links, "hand_on", deceive)
    hub = await sites.hub()
    proof = said("weishan", 3)
    weishan.outbox.add(proof)
    for place in (hub, weishan):
        await place.has({own.id, proof.id})
        assert sorted(await place.facts()) == sorted([own.id, proof.id])


async def test_an_edge_is_handed_nothing_but_what_it_may_hear_of_the_durable_it_has(sites: Sites) -> None:
    sites.admit("yufa", "weishan")
    hub, yufa, weishan = await sites.hub(), await sites.edge("yufa"), await sites.edge("weishan")
    await joined(hub, yufa, weishan)
    facts = [said("hub"), said("weishan"), said("yufa")]
    for place, fact in zip((hub, weishan, yufa), facts, strict=True):
        place.outbox.add(fact)
    for place in (hub, yufa, weishan):
        await place.has({each.id for each in facts})
    admin = hub.bus.connection(PROVISION).client
    info = await call(admin, "CONSUMER.INFO.ALL.to_yufa")
    async with acting(yufa, sync_user("yufa")) as connection:

        async def ask(durable: str) -> set[str]:
            body = orjson.dumps({"durable": durable, "lacks": [[1, 3]]})
            answer = await connection.client.request(carried_subject("hub", "yufa"), body, timeout=3)
            handed = unpacked(answer.data)
            assert handed is not None
            return {orjson.loads(each.body)["id"] for each in handed.facts}

        assert await ask(info["created"]) <= {facts[0].id, facts[1].id}
        with pytest.raises((NatsTimeout, TimeoutError)):
            await ask("another")
