"""From the start of the POST to the frame at another client: against one bare process that does only this."""

from typing import Any

from bench.broker import broker
from bench.figures import Row, middle, verdict
from bench.product import product
from bench.run import Run
from bench.wire import Target

_GOAL_RATIO, _GOAL_P99 = 2.0, 250.0
_CALM_RATE, _BUSY_RATE, _SCREENS = 3, 50, 200


async def screen(run: Run) -> list[Row]:
    floors, ours = [], []
    async with product(run.folder / "screen") as site, broker(run.folder / "screen_floor") as nats:
        await site.settle()
        async with run.floor("screen", nats=nats.url) as bare:
            for turn in range(run.rounds):
                floors.append(await _watched(run, bare, bare, 1, _CALM_RATE, first=turn * 10_000))
                ours.append(await _watched(run, site.target, site.stream, 1, _CALM_RATE, first=turn * 10_000))
        busy = await _watched(run, site.target, site.stream, _SCREENS, _BUSY_RATE, first=1_000_000)
    floor50, our50 = (middle([each["p50"] for each in turns]) for turns in (floors, ours))
    floor99, our99 = (middle([each["p99"] for each in turns]) for turns in (floors, ours))
    ratio = our50 / floor50
    return [
        Row("on another screen, p50", f"{floor50:.1f} ms", f"{our50:.1f} ms", f"{ratio:.1f}", f"≤ {_GOAL_RATIO:g} ×",
            verdict(ratio <= _GOAL_RATIO)),
        Row("on another screen, p99", f"{floor99:.1f} ms", f"{our99:.1f} ms", f"{our99 / floor99:.1f}"),
        Row(f"  p99 at {_BUSY_RATE}/s, {_SCREENS} screens", "", f"{busy['p99']:.0f} ms", "", f"≤ {_GOAL_P99:g} ms",
            verdict(busy["p99"] <= _GOAL_P99)),
    ]  # fmt: skip


async def _watched(run: Run, posts: Target, stream: Target, count: int, rate: int, *, first: int) -> dict[str, Any]:
    seconds = run.of(12, 3)
    async with run.screens(stream, count, first=first) as wall:
        await run.load(posts, "offered", rate=rate, seconds=seconds, clients=16, first=first)
        result = await wall.result()
    if result["delivered"] != count * rate * seconds:
        raise RuntimeError(f"{result['delivered']} of {count * rate * seconds} changes arrived")
    return result
