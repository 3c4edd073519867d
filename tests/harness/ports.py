"""Free TCP ports that stay ours: no other run of the tests and no outgoing connection takes them meanwhile."""

import fcntl
import socket
import tempfile
from pathlib import Path
from random import SystemRandom
from types import TracebackType
from typing import Self, TextIO

_LOW, _HIGH = 20_000, 32_000
"""Below the ports that Linux gives to outgoing connections (from 32,768), so nothing grabs one between two starts."""


class Ports:
    """Reserves ports by a locked file each; the kernel drops the locks when the process ends, however it ends."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.gettempdir()) / "yzt-ports"
        self._folder.mkdir(mode=0o777, exist_ok=True)
        self._held: list[TextIO] = []

    def take(self) -> int:
        """A port on 127.0.0.1 that nobody listens on and that is reserved until `close`."""
        for port in SystemRandom().sample(range(_LOW, _HIGH), 500):
            if self._reserve(port):
                return port
        raise RuntimeError("no free port found")

    def _reserve(self, port: int) -> bool:
        try:
            lock = (self._folder / str(port)).open("w")
        except PermissionError:  # another user's
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            return False
        self._held.append(lock)
        return True

    def close(self) -> None:
        """Gives all ports back."""
        for lock in self._held:
            lock.close()
        self._held.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
