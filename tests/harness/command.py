"""The console command as a person types it: a process of its own, its exit code and what it said."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.harness.hosting import ADMIN_PASSWORD

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Done:
    """How it ended; `said` is both outputs with line breaks and table borders left in."""

    code: int
    said: str


def yizhangtu(*arguments: str | Path, password: str | None = ADMIN_PASSWORD, **environment: str) -> Done:
    """Run `yizhangtu ARGUMENTS`; further `YZT_*` variables by name."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("YZT_")}
    given = {"YZT_PASSWORD": password} if password else {}
    done = subprocess.run(
        [sys.executable, "-m", "services", *map(str, arguments)],
        cwd=ROOT,
        env={**clean, "COLUMNS": "200", **given, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout)
