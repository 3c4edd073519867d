"""Reports a second from many clients: against granian, a JSON parser and one insert through group commit."""

from bench.figures import Row, middle, p99, verdict
from bench.processes import cpu_seconds
from bench.product import product
from bench.run import Run

_CLIENTS = 32
_GOAL_SHARE, _GOAL_RATE = 0.5, 1000
_SETTLE_SECONDS = 300.0


async def throughput(run: Run) -> list[Row]:
    seconds = run.of(8, 2)
    floors, ours, costs, wholes, tails = [], [], [], [], []
    async with product(run.folder / "throughput") as site, run.floor("intake") as bare:
        await site.settle()
        await run.load(site.target, "sequential", count=50)
        for turn in range(run.rounds):
            flood = {"clients": _CLIENTS, "seconds": seconds}
            result = await run.load(bare, "flood", **flood)
            floors.append(len(result["millis"]) / result["seconds"])
            before = cpu_seconds(site.pid)
            result = await run.load(site.target, "flood", first=turn * 1_000_000, **flood)
            costs.append((cpu_seconds(site.pid) - before) * 1000 / len(result["millis"]))
            ours.append(len(result["millis"]) / result["seconds"])
            tails.append(p99(result["millis"]))
            await site.settle(_SETTLE_SECONDS)
            wholes.append((cpu_seconds(site.pid) - before) * 1000 / len(result["millis"]))
    floor, rate = middle(floors), middle(ours)
    share = rate / floor
    return [
        Row(f"intake, {_CLIENTS} clients", f"{floor:,.0f}/s", f"{rate:,.0f}/s", f"{share:.0%}",
            f"≥ {_GOAL_SHARE:.0%}", verdict(share >= _GOAL_SHARE)),
        Row("  the same, absolute", "", f"{rate:,.0f}/s", "", f"≥ {_GOAL_RATE:,}/s", verdict(rate >= _GOAL_RATE)),
        Row("  p99 of an answer", "", f"{middle(tails):.0f} ms"),
        Row("  CPU of the site for a report", "", f"{middle(costs):.2f} ms"),
        Row("  until all that it sets off is done", "", f"{middle(wholes):.2f} ms"),
    ]  # fmt: skip
