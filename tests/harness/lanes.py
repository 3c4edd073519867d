"""The order of a run with several workers: what takes long begins first, each kind on a worker of its own.

pytest-xdist hands every worker a stretch of the list and lets an idle one take from another's end. In the order of the
folders labs and browsers stood at the ends of stretches, so that a run ended with one worker busy for minutes.
"""

from collections.abc import Sequence
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
SLOW = ("degraded", "e2e", "integration")
"""Folders whose tests take seconds or minutes each, the slowest first."""


def in_lanes(items: Sequence[tuple[str, Item]], workers: int) -> list[Item]:
    """Items ordered so that each worker's stretch begins with slow ones and ends with quick ones.

    Args:
        items: each with the name of its folder.
        workers: how many share the list, in stretches of equal length.
    """
    lanes: list[list[Item]] = [[] for _ in range(workers)]
    for number, folder in enumerate(SLOW):
        lanes[number % workers].extend(item for where, item in items if where == folder)
    quick = (item for where, item in items if where not in SLOW)
    for lane in lanes[:-1]:
        lane.extend(islice(quick, max(0, len(items) // workers - len(lane))))
    lanes[-1].extend(quick)
    return [item for lane in lanes for item in lane]
