"""A link comes back after a silent cut: when the hub has the first fact of the backlog, and when all of them."""

import asyncio
import sys
import time
from collections import defaultdict

import orjson

from bench.figures import Row, verdict
from bench.processes import running
from bench.rows.history import write_past
from bench.run import Run
from tests.harness.lab import Lab, lab_lacks
from tests.harness.ports import Ports
from tests.harness.site import ROOT

_GOAL_FIRST, _GOAL_ALL = 5.0, 15.0
_EDGE = "yufa"
_PATIENCE_SECONDS = 300.0


async def heal(run: Run) -> list[Row]:
    count, seconds = run.of(10_000, 500), run.of(60, 8)
    if lacking := lab_lacks():
        return [Row("healing of a cut link", "", f"not measured: {lacking[1]}")]
    with Ports() as ports:
        async with Lab(run.folder / "heal", ports, (_EDGE,)) as lab:
            await lab.start()
            await lab.joined()
            first, last = await _cut_and_heal(lab, count, seconds)
            lost, doubled, disordered = await _faults(lab, count)
    faults = f"{lost} / {doubled} / {disordered}"
    return [
        Row(f"{seconds} s silent cut, first of {count:,} facts at the hub", "", f"{first:.1f} s", "",
            f"≤ {_GOAL_FIRST:g} s", verdict(first <= _GOAL_FIRST)),
        Row("  all of them", "", f"{last:.1f} s", "", f"≤ {_GOAL_ALL:g} s", verdict(last <= _GOAL_ALL)),
        Row("  lost / doubled / out of order", "", faults, "", "0 / 0 / 0", verdict(faults == "0 / 0 / 0")),
    ]  # fmt: skip


async def _cut_and_heal(lab: Lab, count: int, seconds: int) -> tuple[float, float]:
    """Seconds from the healing to the first and to the last fact."""
    arguments = _inside(lab, "hub", "watch", str(lab.hub.data), "ALL", _EDGE, str(count))
    async with running(*arguments, log=lab.folder / "watch.log") as watching:
        assert watching.stdout is not None
        await watching.stdout.readline()
        lab.cables[_EDGE].drop()
        began = time.monotonic()
        await asyncio.to_thread(write_past, lab.sites[_EDGE].data / "db" / "incident_intake.db", count, _EDGE)
        await asyncio.sleep(max(0.0, seconds - (time.monotonic() - began)))
        healed = time.monotonic()
        lab.cables[_EDGE].whole()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            first, last = [float(await watching.stdout.readline()) - healed for _ in range(2)]
    return first, last


async def _faults(lab: Lab, count: int) -> tuple[int, int, int]:
    process = await asyncio.create_subprocess_exec(
        *_inside(lab, "hub", "dump", str(lab.hub.data), "ALL"), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    facts = [fact for fact in map(orjson.loads, said.splitlines()) if fact[1].startswith(f"evt.{_EDGE}.intake.")]
    events = {event for _, _, event, _, _ in facts}
    versions: dict[str, list[int]] = defaultdict(list)
    for _, _, _, aggregate, version in facts:
        versions[aggregate].append(version)
    disordered = sum(found != sorted(found) for found in versions.values())
    return count - len(events), len(facts) - len(events), disordered


def _inside(lab: Lab, name: str, *arguments: str) -> tuple[str, ...]:
    module = (sys.executable, "-m", "tests.harness.broker_side")
    return ("ip", "netns", "exec", lab.cables[name].space, *module, *arguments)
