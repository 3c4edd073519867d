"""The broker's store is full: everything is accepted and waits, it is said, and flows on when there is more room."""

import asyncio
from pathlib import Path

import httpx
import orjson
import pytest
from prometheus_client import REGISTRY

from shared.messaging.bus import Bus, BusSettings, Participant
from shared.messaging.ending import Ending
from tests.harness.ports import Ports
from tests.harness.site import Site
from tests.integration.ferry_bed import beat
from tests.integration.messaging_bed import INTAKE, PICTURE, ListOutbox, stored, until

pytestmark = pytest.mark.nats
_MEGABYTE = 1024 * 1024
_PATIENCE = 120.0


def bus_with(folder: Path, outbox: ListOutbox, megabytes: int) -> Bus:
    settings = BusSettings("hub", folder / "nats", max_file=megabytes * _MEGABYTE)
    return Bus(settings, [Participant(INTAKE, outbox), Participant(PICTURE)])


async def test_facts_wait_in_order_while_the_store_is_full_and_none_is_lost(tmp_path: Path) -> None:
    outbox = ListOutbox()
    bus = bus_with(tmp_path, outbox, 1)
    await bus.start()
    await until(lambda: bus.state().provisioned, _PATIENCE)
    assert not bus.state().full
    outbox.add(*(beat("hub", number) for number in range(1, 3001)))
    await until(lambda: bus.state().full and bus.state().relays[INTAKE.name].last_error == "broker.full", _PATIENCE)
    assert not bus.state().ready
    assert bus.state().error == "broker.full"
    assert outbox.published < 3000
    await until(lambda: bus.state().stored.full, _PATIENCE)
    used = REGISTRY.get_sample_value("yzt_broker_stored_bytes") or 0
    assert used >= 0.99 * (REGISTRY.get_sample_value("yzt_broker_stored_limit_bytes") or 0) > 0
    await bus.stop(Ending(2))
    bus = bus_with(tmp_path, outbox, 64)
    await bus.start()
    try:
        async with asyncio.timeout(_PATIENCE):
            while len(held := await stored(bus.connection(PICTURE.name))) < 3000:
                await asyncio.sleep(0.1)
        assert [orjson.loads(each.body)["id"] for each in held] == [row.event_id for row in outbox.rows]
        assert not bus.state().full
    finally:
        await bus.stop()


async def test_a_site_goes_on_taking_reports_says_so_and_shows_them_when_the_limit_is_raised(
    tmp_path: Path, ports: Ports
) -> None:
    folder, limit = tmp_path / "site", {"YZT_NATS_MAX_FILE_MB": "1"}
    taken: set[str] = set()
    async with Site(folder, ports, environment=limit) as site:
        client = await site.client()
        async with asyncio.timeout(_PATIENCE):
            while (await client.get("/api/status")).json()["broker"]["error"] != "broker.full":
                for _ in range(20):
                    taken.add(await _report(client))
        taken.add(await _report(client))
        broker = (await client.get("/api/status")).json()["broker"]
        assert not broker["ready"]
        assert "YZT_NATS_MAX_FILE_MB" in broker["notice"]
        [told] = (await client.get("/api/status")).json()["notices"]
        assert (told["code"], told["level"]) == ("broker.full", "danger")
        assert "打电话" in told["text"], "an officer is told what to do"
        assert (await client.get("/readyz")).status_code == 200, "reports are taken, so it is ready"
        assert any("YZT_NATS_MAX_FILE_MB" in said for said in (await client.get("/readyz")).json()["notices"])
        await client.aclose()
    async with Site(folder, ports) as site:
        client = await site.client()
        async with asyncio.timeout(_PATIENCE):
            while not taken <= await _drawn(client):
                await asyncio.sleep(0.2)
        assert (await client.get("/readyz")).json()["notices"] == []
        assert (await client.get("/api/status")).json()["notices"] == []
        await client.aclose()


async def _report(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/incidents", json={"title": "接报", "description": "积水" * 4000})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _drawn(client: httpx.AsyncClient) -> set[str]:
    features = (await client.get("/api/picture")).json()["features"]
    return {each["id"].partition(":")[2] for each in features if each["properties"]["kind"] == "incident"}
