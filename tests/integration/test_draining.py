"""An operator ends a site while people work at it: what was answered is kept, nothing hangs, every line is JSON."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import httpx
import orjson
import pytest

from tests.harness.nats import NatsServer
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


async def until_told(site: Site, event: str) -> dict[str, object]:
    """The first line of the log that tells of it."""
    while True:
        lines = [line for line in site.log.read_text("utf-8").splitlines() if f'"event":"{event}"' in line]
        if lines:
            return dict(orjson.loads(lines[0]))
        await asyncio.sleep(0.01)


async def test_a_second_signal_ends_a_site_at_once_that_is_still_waiting_for_its_broker(
    tmp_path: Path, ports: Ports
) -> None:
    async with NatsServer(tmp_path / "nats", ports) as broker:
        outside = {"YZT_NATS_URL": f"nats://site:site@127.0.0.1:{broker.port}"}
        async with Site(tmp_path, ports, environment=outside) as site:
            client = await site.client()
            while not (await client.get("/api/status")).json()["broker"]["connected"]:
                await asyncio.sleep(0.05)
            await client.aclose()
            os.kill(broker.pid, signal.SIGSTOP)
            try:
                os.kill(site.pid, signal.SIGTERM)
                await until_told(site, "stopping")
                await site.stop()
            finally:
                os.kill(broker.pid, signal.SIGCONT)
            assert site.exit_code == 1
            assert (await until_told(site, "stop_forced"))["left"] == []
