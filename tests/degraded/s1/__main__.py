"""S1 on many edges: `python -m tests.degraded.s1 --edges 22`; needs root. Prints what was measured, as JSON at the end.

The exit code is 1 when a promise was broken.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from tests.degraded.s1.footprint import Spread
from tests.degraded.s1.play import Form, run
from tests.harness.lab import Lab, require_lab
from tests.harness.ports import Ports

_BEGAN = time.monotonic()


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edges", type=int, default=22, choices=range(2, 23), metavar="2…22")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds for a minute of the table, T+0 to T+150")
    parser.add_argument("--rest", type=float, default=60.0, help="seconds for which idle sites are measured")
    parser.add_argument("--rounds", type=int, default=2, help="how often it is played on the same sites")
    parser.add_argument("--silence", type=float, nargs=4, default=(20.0, 45.0, 90.0, 120.0),
                        metavar=("BEAT", "SUSPECTED", "LOST", "CHECK"))  # fmt: skip
    parser.add_argument("--keep", action="store_true", help="keep data and logs")
    given = parser.parse_args()
    form = Form(given.edges, given.pace, given.rest, given.rounds, tuple(given.silence))
    return asyncio.run(_main(form, keep=given.keep))


async def _main(form: Form, *, keep: bool) -> int:
    require_lab()
    folder = Path(tempfile.mkdtemp(prefix="yzt-s1-"))
    try:
        with Ports() as ports:
            async with Lab(folder, ports, form.names, form.environment) as lab:
                figures = await run(lab, form, _say)
    except AssertionError as broken:
        _say(f"BROKEN: {broken}")
        return 1
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(orjson.dumps(figures, default=_plain, option=orjson.OPT_INDENT_2).decode() + "\n")
    return 0


def _plain(value: Any) -> Any:
    if isinstance(value, Spread):
        return str(value)
    raise TypeError(type(value))


def _say(line: str) -> None:
    sys.stdout.write(f"{time.monotonic() - _BEGAN:6.0f} s  {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
