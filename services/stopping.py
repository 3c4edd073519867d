"""The end of the process: asked for by a signal, bounded in time, and certain whatever hangs."""

import asyncio
import os
import signal
import threading

import structlog

from shared.messaging.ending import Ending

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOP_SECONDS = 20.0
"""Chosen: every part of a site ends in order within it, and whoever runs us kills only later (compose 30 s, systemd
45 s)."""
_LAST_SECONDS = 2.0
"""Of these, for what the interpreter itself ends behind the site: tasks, threads, files."""
_SAY_SECONDS = 1.0
_NOT_IN_ORDER = 1
_MOST_NAMES = 10


class Stopping:
    """Made while the site starts; from `listen` on the first signal asks for the end, the second one is the end.

    A task that swallows its cancellation, a thread that does not return: either would keep the interpreter for ever,
    behind everything that the site does in order. What was acknowledged is on the disk by then, so it may be left.

    Args:
        seconds: from the beginning of the end until the process is gone.
    """

    def __init__(self, seconds: float = STOP_SECONDS) -> None:
        self.asked = asyncio.Event()
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._log = structlog.get_logger(__name__).bind(**structlog.contextvars.get_contextvars())
        self._ending: Ending | None = None

    def listen(self) -> None:
        """Take SIGTERM and SIGINT from now on."""
        for number in _SIGNALS:
            self._loop.add_signal_handler(number, self.begin)

    def begin(self) -> Ending:
        """From now on the time runs; the site ends with what this returns, which is always the same."""
        if self._ending is None:
            self._ending = Ending(self._seconds - _LAST_SECONDS)
            for number in _SIGNALS:
                # Not through the loop any more: it may be what hangs, and it is closed before the process ends.
                self._loop.remove_signal_handler(number)
                signal.signal(number, lambda *_: self._leave("stop_forced"))
            timer = threading.Timer(self._seconds, self._leave, ("stop_overdue",))
            timer.daemon = True
            timer.start()
            self.asked.set()
        return self._ending

    def _leave(self, event: str) -> None:
        # In a thread of its own: a log that nobody reads may block, and a signal may come while it is being written.
        saying = threading.Thread(target=self._say, args=(event,), daemon=True)
        saying.start()
        saying.join(_SAY_SECONDS)
        os._exit(_NOT_IN_ORDER)

    def _say(self, event: str) -> None:
        ending = self._ending
        tasks = {_described(task) for task in asyncio.all_tasks(self._loop)}
        threads = {thread.name for thread in threading.enumerate() if not thread.daemon}
        self._log.error(
            event,
            present=ending.present if ending else (),
            left=ending.left if ending else (),
            tasks=sorted(tasks)[:_MOST_NAMES],
            threads=sorted(threads)[:_MOST_NAMES],
        )


def _described(task: "asyncio.Task[object]") -> str:
    """Its name, or what it runs if nobody has named it."""
    name = task.get_name()
    return getattr(task.get_coro(), "__qualname__", name) if name.startswith("Task-") else name
