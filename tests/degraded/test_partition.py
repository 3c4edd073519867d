"""Short form of the partition campaign: one seeded run of two sites; `python -m tests.degraded.campaign` runs fifty."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.degraded.partition import Border
from tests.harness.lab import require_lab
from tests.harness.ports import Ports

SEED = 23
"""The link is cut silently for some seconds."""


@pytest.mark.timeout(600)
async def test_what_both_sides_of_a_cut_wrote_is_everywhere_once_in_order(
    tmp_path: Path, ports: Ports, record_property: Callable[[str, object], None]
) -> None:
    require_lab()
    async with Border(tmp_path, ports, ("yufa",)) as border:
        outcome = await border.run(SEED)
    record_property("acknowledged", outcome.acknowledged)
    record_property("story", outcome.story)
    assert outcome.faults == []
    assert outcome.acknowledged > 40
