"""What clients post: a first report as a duty officer types it, with a mark that is found again on every screen."""

import random
import re
import time

import orjson

MARK = re.compile(rb"~(\d+)~(\d+)~")
"""Number of the change, and when it was sent in nanoseconds of the machine's monotonic clock."""
_TYPES = ("11A01", "11B02", "12A01", "12B01", "13A00", "14A00")
_WEST, _SOUTH, _EAST, _NORTH = 116.22, 39.45, 116.70, 39.82


def mark(number: int) -> str:
    """A mark of this very moment."""
    return f"~{number}~{time.monotonic_ns()}~"


def report(number: int, chance: random.Random) -> bytes:
    """The body of a report, about 600 bytes."""
    return orjson.dumps(
        {
            "title": f"某仓库起火 {mark(number)}",
            "type_code": chance.choice(_TYPES),
            "source": "fire_119",
            "description": "二层厂房起火,火势较大,有浓烟,现场有人员被困,已通知周边群众疏散,风向东南,附近有加油站一处。",
            "location": {
                "lon": round(chance.uniform(_WEST, _EAST), 6),
                "lat": round(chance.uniform(_SOUTH, _NORTH), 6),
                "text": "示例路 12 号院内东侧仓库",
            },
            "casualties": {"injured": 2, "trapped": 1},
            "caller": {"name": "张某", "phone": "00000000000"},
        }
    )
