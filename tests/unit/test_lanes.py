"""A run of several workers loses nothing and begins with what takes long."""

from hypothesis import given
from hypothesis import strategies as st

from tests.harness.lanes import SLOW, in_lanes

_FOLDERS = st.lists(st.sampled_from([*SLOW, "unit", "contract"]), max_size=60)


@given(_FOLDERS, st.integers(1, 5))
def test_every_item_is_run_once(folders: list[str], workers: int) -> None:
    items = list(enumerate(folders))
    assert sorted(in_lanes([(folder, item) for item, folder in items], workers)) == list(range(len(folders)))


def test_each_stretch_begins_with_a_slow_kind() -> None:
    folders = ["architecture"] * 14 + ["degraded"] * 2 + ["e2e"] * 3 + ["integration"] * 5 + ["unit"] * 6
    order = in_lanes([(folder, folder) for folder in folders], 3)
    assert [order[0], order[10], order[20]] == ["degraded", "e2e", "integration"]
    assert order[-1] == "unit"
