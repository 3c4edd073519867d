"""A thousand screens and fifty changes a second: against a bare nats-server with a WebSocket for every screen."""

import asyncio
import contextlib
import resource
import time
from dataclasses import dataclass
from typing import Any

import nats

from bench.broker import Broker, broker
from bench.figures import Row, verdict
from bench.processes import cpu_seconds
from bench.product import Product, product
from bench.reports import mark
from bench.run import Run
from bench.wire import Target

_RATE = 50
_GOAL_P99, _GOAL_CPU = 300.0, 0.5
_DESCRIPTORS_BESIDE = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """What the screens saw, and the share of a core that the server needed meanwhile."""

    wall: dict[str, Any]
    cpu: float


async def fanout(run: Run) -> list[Row]:
    count = _allowed(run.of(1000, 50))
    async with product(run.folder / "fanout") as site:
        await site.settle()
        few = await _product(run, site, 1, first=1)
        await site.settle()
        many = await _product(run, site, count, first=1_000_000)
    size = few.wall["bytes"] // (_RATE * run.of(10, 3))
    async with broker(run.folder / "fanout_floor") as server:
        bare = await _broker(run, server, count, size)
    ours = many.cpu - few.cpu
    expected = count * _RATE * run.of(10, 3)
    lost = expected - many.wall["delivered"]
    ratio = ours / bare.cpu
    return [
        Row(f"{count:,} screens × {_RATE}/s, lost", f"{expected - bare.wall['delivered']:,}", f"{lost:,}",
            "", "0", verdict(lost == 0)),
        Row("  p50", f"{bare.wall['p50']:.0f} ms", f"{many.wall['p50']:.0f} ms"),
        Row("  p99", f"{bare.wall['p99']:.0f} ms", f"{many.wall['p99']:.0f} ms", "", f"≤ {_GOAL_P99:g} ms",
            verdict(many.wall["p99"] <= _GOAL_P99)),
        Row("  server CPU for the screens", f"{bare.cpu:.0%}", f"{ours:.0%}", f"{ratio:.2f}", f"≤ {_GOAL_CPU:g} ×",
            verdict(ratio <= _GOAL_CPU)),
        Row("  server CPU with intake, relay, fold", "", f"{many.cpu:.0%}"),
    ]  # fmt: skip


async def _product(run: Run, site: Product, count: int, *, first: int) -> Seen:
    async with run.screens(site.stream, count, first=first) as wall:
        before, started = site.cpu_seconds(), time.perf_counter()
        await run.load(site.target, "offered", rate=_RATE, seconds=run.of(10, 3), clients=16, first=first)
        share = (site.cpu_seconds() - before) / (time.perf_counter() - started)
        return Seen(await wall.result(), share)


async def _broker(run: Run, server: Broker, count: int, size: int) -> Seen:
    target = Target("127.0.0.1", server.websocket, "/")
    async with run.screens(target, count, transport="nats") as wall:
        before, started = cpu_seconds(server.pid), time.perf_counter()
        await _publish(server, run.of(10, 3), size)
        share = (cpu_seconds(server.pid) - before) / (time.perf_counter() - started)
        return Seen(await wall.result(), share)


async def _publish(server: Broker, seconds: int, size: int) -> None:
    client = await nats.connect(server.url)
    begun = time.perf_counter()
    for number in range(_RATE * seconds):
        await asyncio.sleep(max(begun + number / _RATE - time.perf_counter(), 0))
        await client.publish("fan", mark(number).encode().ljust(size))
        await client.flush()
    await client.close()


def _allowed(count: int) -> int:
    """No more screens than this process and its children may open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return max(min(count, hard - _DESCRIPTORS_BESIDE), 1)
