"""The barest durable store: SQLite with the product's settings, one row a command, one commit for all that wait."""

import asyncio
import queue
import sqlite3
import threading
from pathlib import Path

Waiting = tuple[bytes, "asyncio.Future[None]"]
_INSERT = "INSERT INTO report (body) VALUES (?)"
_MAX_GROUP = 256


def open_store(file: Path) -> sqlite3.Connection:
    """A store that is on the disk when a commit returns."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS report (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    return connection


def commit_one(connection: sqlite3.Connection, body: bytes) -> None:
    """One row, one commit."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(_INSERT, (body,))
    connection.execute("COMMIT")


class GroupCommit:
    """Writes in a thread of its own; wakes the loop once a group."""

    def __init__(self, file: Path) -> None:
        self._connection = open_store(file)
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Waiting] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    async def write(self, body: bytes) -> None:
        """Returns when the row is on the disk."""
        done = self._loop.create_future()
        self._queue.put((body, done))
        await done

    def _run(self) -> None:
        while True:
            group = [self._queue.get()]
            while len(group) < _MAX_GROUP and not self._queue.empty():
                group.append(self._queue.get())
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(_INSERT, [(body,) for body, _ in group])
            self._connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(_answer, group)


def _answer(group: list[Waiting]) -> None:
    for _, done in group:
        if not done.cancelled():
            done.set_result(None)
