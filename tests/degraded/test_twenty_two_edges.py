"""S1 on the edges of a district: some are cut while it rains, and return; nothing is lost, doubled or shown as normal.

`YZT_EDGES` says how many; two if it is not set. `python -m tests.degraded.s1 --edges 22` plays it on a whole district
with the product's own limits and prints what the sites weigh. `tests/degraded/s1/script.py` says which lines of the
scenario's table are played, and which no service reaches yet.
"""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.degraded.s1.play import Form, run
from tests.harness.lab import Lab, require_lab
from tests.harness.ports import Ports

FORM = Form(edges=int(os.environ.get("YZT_EDGES", "2")))
pytestmark = pytest.mark.timeout(300 + 60 * FORM.edges)
Record = Callable[[str, object], None]


@pytest.fixture
async def lab(tmp_path: Path, ports: Ports) -> AsyncIterator[Lab]:
    require_lab()
    async with Lab(tmp_path, ports, FORM.names, FORM.environment) as wired:
        yield wired


async def test_a_district_plays_the_rain_with_townships_cut_off_and_keeps_every_promise(
    lab: Lab, record_property: Record
) -> None:
    for name, value in (await run(lab, FORM, lambda line: None)).items():
        record_property(name, str(value))
