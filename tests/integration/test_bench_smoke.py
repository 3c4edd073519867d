"""The benchmark runs and prints its table; and what it once brought to light stays found. No figure is judged here."""

import asyncio
import sys
from pathlib import Path

import pytest

from bench.product import product
from bench.run import Run

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.nats, pytest.mark.timeout(240)]


async def test_a_quick_run_of_one_row_prints_the_machine_and_a_table_with_floor_product_and_goal(
    tmp_path: Path,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench", "--quick", "--on", str(tmp_path), "accept",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    machine, head, _, *rows = output.decode().splitlines()
    assert "cores" in machine
    assert "nats-server" in machine
    assert [cell.strip() for cell in head.strip("|").split("|")] == [
        "what", "floor", "product", "ratio", "goal", "met?",
    ]  # fmt: skip
    cells = [cell.strip() for cell in rows[0].strip("|").split("|")]
    assert cells[1].endswith("ms")
    assert cells[2].endswith("ms")
    assert cells[5] in {"yes", "NO"}
    left = await asyncio.to_thread(lambda: list(tmp_path.iterdir()))
    assert left == [], "a run leaves nothing behind"


async def test_a_wall_of_open_screens_does_not_keep_reports_from_being_taken(tmp_path: Path) -> None:
    run = Run(tmp_path, quick=True)
    async with product(tmp_path / "site") as site:
        await site.settle()
        async with run.screens(site.stream, 300, first=1) as wall:
            await run.load(site.target, "sequential", count=3, first=1)
            assert (await wall.result())["least"] == 3
