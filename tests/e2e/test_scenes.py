"""The desk's acceptance scenarios, minute by minute on the whole product; each line of their tables is an assertion."""

from pathlib import Path
from types import ModuleType

import pytest

from tests.e2e.scenes import s2, s3, s4, s5
from tests.e2e.scenes.stage import stage
from tests.e2e.scenes.table import play


@pytest.mark.parametrize("scene", [s2, s3, s4, s5], ids=lambda scene: scene.__name__.rpartition(".")[2])
async def test_the_scenario_goes_as_its_table_says(
    scene: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path, scene.START, monkeypatch) as set_up:
        await play(set_up, scene.ROWS)
