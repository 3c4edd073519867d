"""An operator ends a site while people work at it: what was answered is kept, nothing hangs, every line is JSON."""

import asyncio
import contextlib
from pathlib import Path

import httpx
import orjson
import pytest

from tests.harness.ports import Ports
from tests.harness.site import Site, all_items

pytestmark = [pytest.mark.nats, pytest.mark.timeout(300)]


async def keep_reporting(client: httpx.AsyncClient, taken: list[str]) -> None:
    """Until the site takes no more."""
    with contextlib.suppress(httpx.TransportError):
        while (answer := await client.post("/api/incidents", json={"title": "收工前"})).status_code == 201:
            taken.append(answer.json()["id"])


async def read_stream(client: httpx.AsyncClient, opened: asyncio.Event) -> None:
    """A screen that never lets go by itself."""
    with contextlib.suppress(httpx.TransportError):
        async with client.stream("GET", "/api/picture/stream", timeout=None) as answer:
            async for _ in answer.aiter_bytes():
                opened.set()


async def test_a_site_that_is_ended_lets_its_screens_go_and_keeps_what_it_has_answered(
    tmp_path: Path, ports: Ports
) -> None:
    site = Site(tmp_path, ports)
    await site.start()
    client, opened = await site.client(), asyncio.Event()
    taken: list[str] = []
    screen = asyncio.create_task(read_stream(client, opened))
    await opened.wait()
    people = [asyncio.create_task(keep_reporting(client, taken)) for _ in range(4)]
    while len(taken) < 20:
        await asyncio.sleep(0.01)
    await site.stop()
    assert site.exit_code == 0
    await asyncio.gather(screen, *people)
    await client.aclose()
    lines = [line for line in site.log.read_text("utf-8").splitlines() if not line.startswith(("一张图", "按 Ctrl"))]
    assert lines
    told = [orjson.loads(line) for line in lines]
    assert [line for line in told if line["level"] in {"error", "critical"}] == [], "the server gave up waiting"

    await site.start()
    client = await site.client()
    kept = {one["id"] for one in await all_items(client, "/api/incidents")}
    assert set(taken) <= kept
    assert (await client.get("/api/status")).json()["last_start"]["clean"] is True
    await client.aclose()
    await site.stop()
