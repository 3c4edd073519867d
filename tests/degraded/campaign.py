"""Many seeded runs of one fault: `python -m tests.degraded.campaign power --runs 50 --seed 1`; prints a table row.

One run at a time, each bounded; a run that breaks a promise is printed with its seed, and the exit code is 1.
"""

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.degraded.faults import FAULTS, Outcome, run
from tests.degraded.partition import Borders
from tests.harness.ports import Ports

PARTITION = "partition"
_RUN_SECONDS = 900.0


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted((*FAULTS, PARTITION)))
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each following one has the next number")
    parser.add_argument("--minutes", type=float, default=60.0, help="no further run is begun after that long")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a run that broke a promise")
    given = parser.parse_args()
    return asyncio.run(_campaign(given.kind, given.runs, given.seed, given.minutes, keep=given.keep))


async def _campaign(kind: str, runs: int, first: int, minutes: float, *, keep: bool) -> int:
    ends = time.monotonic() + minutes * 60
    acknowledged, done, broken = 0, 0, []
    borders = Borders(keep=keep)
    for seed in range(first, first + runs):
        if time.monotonic() > ends:
            break
        outcome = await (_between(borders, seed) if kind == PARTITION else _one(kind, seed, keep=keep))
        done += 1
        acknowledged += outcome.acknowledged
        if outcome.faults:
            broken.append(seed)
        words = "; ".join(outcome.faults[:5]) or "kept"
        _say(f"{kind} seed {seed}: {outcome.acknowledged} acknowledged, refused {outcome.refused}, "
             f"{outcome.seconds:.1f} s: {words}" + (f" ({outcome.story})" if outcome.story else ""))  # fmt: skip
    await borders.close()
    seeds = f"{first}–{first + done - 1}"
    result = f"{len(broken)} broken: seeds {broken}" if broken else "0 lost, 0 doubled, 0 out of order, picture = fold"
    _say(f"| {kind} | {done} | {seeds} | {acknowledged} | {result} | {_commit()} |")
    return 1 if broken else 0


async def _one(kind: str, seed: int, *, keep: bool) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix=f"yzt-{kind}-{seed}-"))
    broke = True
    try:
        with Ports() as ports:
            async with asyncio.timeout(_RUN_SECONDS):
                outcome = await run(kind, seed, folder, ports)
        broke = bool(outcome.faults)
    except Exception as error:  # noqa: BLE001 — a run that cannot finish counts as broken, the next one goes on
        outcome = _unfinished(error)
    finally:
        if not (keep and broke):
            shutil.rmtree(folder, ignore_errors=True)
    return outcome


async def _between(borders: Borders, seed: int) -> Outcome:
    try:
        async with asyncio.timeout(_RUN_SECONDS):
            return await borders.run(seed)
    except Exception as error:  # noqa: BLE001 — as above
        return _unfinished(error)


def _unfinished(error: Exception) -> Outcome:
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "/tests/" in frame.filename]
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(own))
    return Outcome(0, {}, [f"{type(error).__name__}: {error} in {where}"[:600]], 0.0)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
