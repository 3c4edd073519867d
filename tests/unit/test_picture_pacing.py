"""Frames: the first at once, a lasting load at most one each 150 ms, never further apart than that."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.operational_picture.domain.pacing import FRAME_SECONDS, IN_STOCK, LEAST_SECONDS, Pace


def frames_until(end: float, changes: list[float]) -> list[tuple[float, float]]:
    """When each change happened and when it was told."""
    pace, free, told, waiting = Pace(), 0.0, [], sorted(changes)
    while waiting:
        at = max(free, waiting[0])
        told += [(change, at) for change in waiting if change <= at]
        waiting = [change for change in waiting if change > at]
        free = at + pace.pause(at)
    assert all(at <= end + FRAME_SECONDS for _, at in told)
    return told


@given(st.lists(st.floats(0, 30), min_size=1, max_size=300))
def test_no_change_waits_longer_than_a_frame_and_no_time_has_more_frames_than_the_pace_allows(
    changes: list[float],
) -> None:
    told = frames_until(30, changes)
    assert all(0 <= at - change <= FRAME_SECONDS + 1e-6 for change, at in told)
    frames = sorted({at for _, at in told})
    for first, begin in enumerate(frames):
        for count, end in enumerate(frames[first:], 1):
            assert count <= IN_STOCK + 1 + (end - begin) / FRAME_SECONDS + 1e-6
    assert all(later - earlier >= LEAST_SECONDS - 1e-6 for earlier, later in pairwise(frames))


def test_reports_that_come_close_together_with_their_call_outs_are_told_at_once_after_a_quiet_time() -> None:
    reports = [60 + turn / 4 for turn in range(4)]
    told = dict(frames_until(70, [1.0, *reports, *(at + 0.03 for at in reports)]))
    assert max(told[at] - at for at in reports) == pytest.approx(0)


def test_a_flood_after_a_quiet_time_is_told_at_the_pace_of_any_flood() -> None:
    told = frames_until(70, [0.0, *(60 + turn / 100 for turn in range(1000))])
    frames = {at for _, at in told if at >= 60}
    assert len(frames) <= IN_STOCK + 1 + 10 / FRAME_SECONDS
