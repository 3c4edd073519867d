"""Facts that the brokers of two whole sites count as delivered and that went nowhere: fetched, and all is as if not."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.degraded import partition
from tests.degraded.partition import Border
from tests.harness.cuts import Cut
from tests.harness.lab import Lab, require_lab
from tests.harness.ports import Ports
from tests.harness.site import ROOT

_SEED = 23
_CUT_SECONDS = 4.0


async def _lose(lab: Lab, _: Sequence[Cut]) -> None:
    """Cut the cable; what was said meanwhile is counted as delivered on both sides when it is whole again."""
    lab.cables["yufa"].down()
    await asyncio.sleep(_CUT_SECONDS)
    await asyncio.gather(_skip(lab, "yufa", "SITE_yufa", "to_hub"), _skip(lab, "hub", "ALL", "to_yufa"))
    lab.cables["yufa"].up()


async def _skip(lab: Lab, name: str, stream: str, durable: str) -> None:
    command = (sys.executable, "-m", "tests.harness.broker_side", "skip", str(lab.sites[name].data), stream, durable)
    skipping = await asyncio.create_subprocess_exec("ip", "netns", "exec", lab.cables[name].space, *command, cwd=ROOT)
    assert await skipping.wait() == 0


@pytest.mark.timeout(600)
async def test_what_went_nowhere_on_both_ways_is_everywhere_once_and_all_see_the_same(
    tmp_path: Path, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_lab()
    monkeypatch.setattr(partition, "suffer", _lose)
    async with Border(tmp_path, ports, ("yufa",)) as border:
        outcome = await border.run(_SEED)
        said = {name: (await crew.client.get("/metrics")).text for name, crew in border.crews.items()}
    assert outcome.faults == []
    for name, text in said.items():
        counts = [line for line in text.splitlines() if line.startswith("yzt_link_mended_total{")]
        assert sum(float(line.rpartition(" ")[2]) for line in counts) > 0, f"nothing was lacking at {name}"
