"""kill -9 of the broker and of the site while reports come in: what was answered with 2xx is there, once."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.harness.ports import Ports
from tests.harness.site import Site, all_items

REPORTS, CALLERS = 1_000, 8
KILL_BROKER_AT, KILL_SITE_AT = 300, 600


class Desk:
    """Officers who report until every one of the reports was answered with 2xx, each under its own key."""

    def __init__(self, site: Site, client: httpx.AsyncClient) -> None:
        self.site, self.client = site, client
        self.answered: dict[str, str] = {}
        self._waiting = list(range(REPORTS))

    async def report(self) -> None:
        while self._waiting:
            number = self._waiting.pop()
            body = {"type_code": "12G03", "description": f"来电 {number}", "location": {"lon": 116.45, "lat": 39.8}}
            key = f"call-{number}"
            while key not in self.answered:
                with contextlib.suppress(httpx.TransportError):
                    answer = await self.client.post("/api/incidents", json=body, headers={"Idempotency-Key": key})
                    if answer.is_success:
                        self.answered[key] = answer.json()["id"]
                        continue
                    assert answer.status_code == 503, answer.text
                await asyncio.sleep(0.05)

    async def until(self, count: int) -> None:
        while len(self.answered) < count:
            await asyncio.sleep(0.005)


@pytest.mark.timeout(180)
async def test_every_accepted_report_survives_once(tmp_path: Path, ports: Ports) -> None:
    site = Site(tmp_path, ports)
    async with site:
        client = await site.client()
        desk = Desk(site, client)
        calls = [asyncio.create_task(desk.report()) for _ in range(CALLERS)]
        await desk.until(KILL_BROKER_AT)
        os.kill(site.broker_pid, signal.SIGKILL)
        await desk.until(KILL_SITE_AT)
        site.kill()
        await site.start()
        await asyncio.gather(*calls)
        assert len(set(desk.answered.values())) == REPORTS

        kept = await all_items(client, "/api/incidents")
        assert Counter(incident["id"] for incident in kept) == Counter(desk.answered.values())
        assert len({incident["number"] for incident in kept}) == REPORTS
        drawn = await drawn_incidents(client, REPORTS)
        assert Counter(drawn) == Counter(f"incident:{incident}" for incident in desk.answered.values())
        await client.aclose()


async def drawn_incidents(client: httpx.AsyncClient, expected: int) -> list[str]:
    """Ids of the incidents on the map, once there are as many as expected (or after a minute, whatever is there)."""
    drawn: list[str] = []
    for _ in range(240):
        picture = (await client.get("/api/picture")).json()
        drawn = [f["id"] for f in picture["features"] if f["properties"]["kind"] == "incident"]
        if len(drawn) >= expected:
            break
        await asyncio.sleep(0.25)
    return drawn
