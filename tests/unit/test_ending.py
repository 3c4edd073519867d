"""The end of a site is bounded: what does not end is named and left, and the process ends whatever still runs."""

import asyncio
import contextlib
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from shared.messaging.ending import Ending

ROOT = Path(__file__).resolve().parents[2]


async def test_a_part_that_does_not_end_is_named_and_left_and_those_behind_it_still_end_in_order() -> None:
    released, ended = asyncio.Event(), []

    async def stubborn() -> None:
        while not released.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await released.wait()

    async def willing(name: str) -> None:
        ended.append(name)

    async def failing() -> None:
        raise OSError("no space")

    ending = Ending(0.4)
    with capture_logs() as said:
        await ending.by(0.5, {"jobs": stubborn(), "beside": willing("beside")})
        await ending.by(0.75, {"journal": failing()})
        await ending.by(1.0, {"store": willing("store")})
    released.set()
    assert ended == ["beside", "store"]
    assert ending.left == ["jobs", "journal"]
    assert [(line["part"], line["reason"]) for line in said] == [("jobs", "too_long"), ("journal", "failed")]


async def test_what_one_part_does_not_need_those_behind_it_have() -> None:
    ending = Ending(100)
    assert 30 < ending.patience(0.5, 1000) <= 40
    await ending.by(0.4, {"quick": asyncio.sleep(0)})
    assert ending.patience(0.5, 1000) > 30
    assert ending.patience(0.5, 5) == 5


SITE = """
import asyncio, contextlib, os, signal, sys, threading, time
from services.stopping import Stopping
from shared.telemetry.logs import configure_logs

async def stubborn():
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)

def task():
    asyncio.get_running_loop().create_task(stubborn(), name="hanging")

def thread():
    threading.Thread(target=threading.Event().wait, name="hanging").start()

def unread_log():
    os.dup2(os.pipe()[1], 2)
    print("x" * 1_000_000, file=sys.stderr)

def second_signal():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(3600)

async def site(hang, seconds):
    stopping = Stopping(seconds)
    stopping.listen()
    os.kill(os.getpid(), signal.SIGTERM)
    await stopping.asked.wait()
    hang()

configure_logs(site="hub")
asyncio.run(site(globals()[sys.argv[1]], float(sys.argv[2])))
"""


@pytest.mark.parametrize(
    ("hangs", "seconds", "event", "named"),
    [
        ("task", 0.2, "stop_overdue", "hanging"),
        ("thread", 0.2, "stop_overdue", "hanging"),
        ("unread_log", 0.2, None, ""),
        ("second_signal", 3600.0, "stop_forced", "site"),
    ],
)
def test_a_process_that_is_asked_to_end_ends_whatever_hangs(
    hangs: str, seconds: float, event: str | None, named: str
) -> None:
    command = [sys.executable, "-c", SITE, hangs, str(seconds)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 1
    told = [orjson.loads(line) for line in ended.stderr.splitlines()]
    assert [line["event"] for line in told] == ([event] if event else [])
    assert all(line["site"] == "hub" and named in {*line["tasks"], *line["threads"]} for line in told)
