"""Reports a second when the desk is a process of its own, as in the split deployment; the flood of `throughput`."""

from bench.figures import Row, middle, p50, p99, verdict
from bench.processes import cpu_seconds
from bench.run import Run
from bench.split import split

_CLIENTS = 32
_GOAL_RATE = 1000


async def split_desk(run: Run) -> list[Row]:
    """One after another, then from many clients at once."""
    seconds = run.of(8, 2)
    rates, tails, costs, alone = [], [], [], []
    async with split(run.folder / "split") as site:
        await site.settle()
        await run.load(site.desk.target, "sequential", count=50)
        for turn in range(run.rounds):
            first = turn * 1_000_000
            await site.settle()
            one = await run.load(site.desk.target, "sequential", count=run.of(400, 50), first=first + 500_000)
            alone.append(one["millis"])
            await site.settle()
            before = cpu_seconds(site.desk.pid)
            result = await run.load(site.desk.target, "flood", clients=_CLIENTS, seconds=seconds, first=first)
            costs.append((cpu_seconds(site.desk.pid) - before) * 1000 / len(result["millis"]))
            rates.append(len(result["millis"]) / result["seconds"])
            tails.append(p99(result["millis"]))
        await site.settle()
    rate = middle(rates)
    return [
        Row("desk alone in a process, p50", "", f"{middle([p50(each) for each in alone]):.2f} ms"),
        Row(f"  {_CLIENTS} clients", "", f"{rate:,.0f}/s", "", f"≥ {_GOAL_RATE:,}/s", verdict(rate >= _GOAL_RATE)),
        Row("  p99 of an answer", "", f"{middle(tails):.0f} ms"),
        Row("  CPU of the desk for a report", "", f"{middle(costs):.2f} ms"),
    ]
