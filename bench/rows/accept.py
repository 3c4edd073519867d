"""Accepting a report, one after another: against one commit of a row of the same size, alone, on the same disk."""

from typing import Any

from bench.figures import Row, middle, p50, p99, verdict
from bench.processes import line_of, module, running
from bench.product import product
from bench.run import Run

_ROW_BYTES = 3000
"""What a report adds to the product's store: incident, caller, timeline, and the fact in the outbox."""
_GOAL_RATIO, _GOAL_P99 = 3.0, 50.0
_OFFERED, _PACED = 50, 5


async def accept(run: Run) -> list[Row]:
    floors, ours = [], []
    async with product(run.folder / "accept") as site:
        await site.settle()
        await run.load(site.target, "sequential", count=50)
        for turn in range(run.rounds):
            floors.append((await _commits(run))["millis"])
            count = run.of(400, 50)
            ours.append((await run.load(site.target, "sequential", count=count, first=turn * count))["millis"])
        await site.settle()
        seconds = run.of(20, 2)
        paced = await run.load(site.target, "offered", rate=_PACED, seconds=seconds, clients=4, first=1_000_000)
        await site.settle()
        offered = await run.load(site.target, "offered", rate=_OFFERED, seconds=seconds, clients=16)
    floor50, floor99 = middle([p50(each) for each in floors]), middle([p99(each) for each in floors])
    our50, our99 = middle([p50(each) for each in ours]), middle([p99(each) for each in ours])
    ratio, late = our50 / floor50, p99(offered["millis"])
    return [
        Row("accept, sequential p50", f"{floor50:.2f} ms", f"{our50:.2f} ms", f"{ratio:.1f}", f"≤ {_GOAL_RATIO:g} ×",
            verdict(ratio <= _GOAL_RATIO)),
        Row("accept, sequential p99", f"{floor99:.2f} ms", f"{our99:.2f} ms", f"{our99 / floor99:.1f}"),
        Row(f"accept, p50 at {_PACED}/s", "", f"{p50(paced['millis']):.2f} ms",
            f"{p50(paced['millis']) / floor50:.1f}"),
        Row(f"accept, p99 at {_OFFERED}/s", "", f"{late:.1f} ms", "", f"≤ {_GOAL_P99:g} ms",
            verdict(late <= _GOAL_P99)),
    ]  # fmt: skip


async def _commits(run: Run) -> dict[str, Any]:
    spec = {"folder": str(run.folder), "count": run.of(400, 50), "size": _ROW_BYTES}
    async with running(*module("bench.floors.commit", spec), log=run.folder / "commit.log") as process:
        result: dict[str, Any] = await line_of(process)
        return result
