"""Processes of a run: started, asked for one line of JSON, measured in /proc, ended by their own id."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_READY_SECONDS = 60.0
_END_SECONDS = 30.0
_LINE_LIMIT = 64 * 1024 * 1024


@asynccontextmanager
async def running(*arguments: str, log: Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Process]:
    """A process as long as the block lasts; what it says to stderr goes to `log`."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *arguments, stdin=PIPE, stdout=PIPE, stderr=output, cwd=ROOT, env={**os.environ, **(env or {})},
            limit=_LINE_LIMIT,
        )  # fmt: skip
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        # communicate, not wait: whoever still talks into a full pipe would never end
        await asyncio.wait_for(process.communicate(), _END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def module(name: str, spec: object | None = None) -> tuple[str, ...]:
    """The command line of one of our modules; `spec` is handed over as JSON."""
    words = (sys.executable, "-m", name)
    return words if spec is None else (*words, orjson.dumps(spec).decode())


async def line_of(process: Process, seconds: float = _READY_SECONDS) -> Any:
    """The next line of JSON that the process prints.

    Raises:
        RuntimeError: it ended without a word.
    """
    assert process.stdout is not None
    async with asyncio.timeout(seconds):
        line = await process.stdout.readline()
    if not line:
        raise RuntimeError("a process of the run ended without a result; see its log")
    return orjson.loads(line)


def cpu_seconds(pid: int) -> float:
    """User and system time that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_bytes(pid: int) -> int:
    """Resident memory of the process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
