"""Beats are never taken for old ones: after a restart, with a clock set back, on a new disk of an old site."""

from datetime import timedelta
from pathlib import Path

from services.operations.heartbeat import beat
from tests.harness.clock import HandClock
from tests.harness.hosting import hosted


async def versions(folder: Path, clock: HandClock, *steps: timedelta) -> list[int]:
    async with hosted(folder, services=("operational_picture",), clock=clock) as site:
        for step in steps:
            await beat(site.deps("operations"), "heartbeat", "1")
            clock.advance(seconds=step.total_seconds())
        return [each.aggregateversion for each in await site.facts("operations") if each.aggregate == "site"]


async def test_a_clock_that_is_set_back_makes_no_beat_older(tmp_path: Path) -> None:
    clock = HandClock()
    found = await versions(tmp_path, clock, timedelta(seconds=20), timedelta(days=-1), timedelta(seconds=20))
    found = await versions(tmp_path, clock, timedelta(days=1), timedelta(seconds=20))
    assert found == sorted(set(found))
    assert len(found) >= 5


async def test_a_new_disk_goes_on_above_what_others_have_heard(tmp_path: Path) -> None:
    clock = HandClock()
    before = await versions(tmp_path / "old", clock, *[timedelta(seconds=20)] * 5)
    after = await versions(tmp_path / "new", clock, timedelta(seconds=20))
    assert after[0] > before[-1]
