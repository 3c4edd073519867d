"""`python -m bench [--quick] [names…]`: floors and product side by side in one run, printed as a table."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.figures import Row, machine, table
from bench.rows.accept import accept
from bench.rows.fanout import fanout
from bench.rows.find import find
from bench.rows.heal import heal
from bench.rows.history import history
from bench.rows.memory import memory
from bench.rows.screen import screen
from bench.rows.split import split_desk
from bench.rows.throughput import throughput
from bench.run import Run

ROWS: dict[str, Callable[[Run], Awaitable[list[Row]]]] = {
    "accept": accept,
    "throughput": throughput,
    "split": split_desk,
    "screen": screen,
    "fanout": fanout,
    "memory": memory,
    "history": history,
    "heal": heal,
    "find": find,
}


async def measure(names: list[str], *, quick: bool, keep: Path | None, facts: int | None = None) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="yzt-bench-", dir=keep) as folder:
        for name in names:
            started = time.perf_counter()
            found = await ROWS[name](Run(Path(folder), quick, facts))
            rows += found
            print(f"{name}, {time.perf_counter() - started:.0f} s\n{table(found)}\n", file=sys.stderr)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(ROWS)} (all if none is given)")
    parser.add_argument("--quick", action="store_true", help="a few seconds a row: shows that it runs, not how fast")
    parser.add_argument("--on", type=Path, help="folder on the disk to be measured; the temporary one if not given")
    parser.add_argument("--facts", type=int, help="how long the past of `history` is; 100,000 if not given")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(ROWS))
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}")
    print(machine())
    names = given.names or list(ROWS)
    print(table(asyncio.run(measure(names, quick=given.quick, keep=given.on, facts=given.facts))))


if __name__ == "__main__":
    main()
