"""The broker is dead for a minute: intake answers 2xx throughout, and the map catches up after its return."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.degraded.test_kill_during_intake import drawn_incidents
from tests.harness.nats import NatsServer
from tests.harness.ports import Ports
from tests.harness.site import Site

DEAD_SECONDS = float(os.environ.get("YZT_TEST_BROKER_DEAD_SECONDS", "60"))
EVERY_SECONDS = 0.1


@pytest.mark.timeout(240)
async def test_intake_goes_on_and_the_map_catches_up(
    tmp_path: Path, ports: Ports, record_property: Callable[[str, object], None]
) -> None:
    broker = NatsServer(tmp_path / "nats", ports)
    await broker.start()
    outside = {"YZT_NATS_URL": f"nats://site:site@127.0.0.1:{broker.port}"}
    try:
        async with Site(tmp_path, ports, environment=outside) as site:
            client = await site.client()
            first = await client.post("/api/incidents", json={"title": "之前"})
            assert await drawn_incidents(client, 1) == [f"incident:{first.json()['id']}"]

            await broker.kill()
            statuses: list[int] = []
            ends = time.monotonic() + DEAD_SECONDS
            while time.monotonic() < ends:
                answer = await client.post("/api/incidents", json={"title": f"断开期间 {len(statuses)}"})
                statuses.append(answer.status_code)
                await asyncio.sleep(EVERY_SECONDS)
            assert set(statuses) == {201}
            assert (await client.get("/readyz")).status_code == 200
            status = (await client.get("/api/status")).json()
            assert not status["broker"]["connected"]
            [waiting] = [box["depth"] for box in status["outbox"] if box["service"] == "incident_intake"]
            assert waiting >= len(statuses)

            await broker.start()
            back = time.monotonic()
            drawn = await drawn_incidents(client, 1 + len(statuses))
            record_property("reports", len(statuses))
            record_property("seconds_until_all_on_the_map", round(time.monotonic() - back, 2))
            assert len(drawn) == len(set(drawn)) == 1 + len(statuses)
            await client.aclose()
    finally:
        await broker.stop()
