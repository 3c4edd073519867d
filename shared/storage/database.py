"""A service's database: durable group-committed writes, snapshot reads, and a bell that rings after each commit."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from shared.storage.engines import ensure_schema, open_engine
from shared.storage.migrate import upgrade
from shared.storage.writer import GroupWriter, storage_error

T = TypeVar("T")
PROBE_SECONDS = 1.0
STUCK_SECONDS = 30.0
"""A transaction that runs longer than this hangs: the longest import takes a third of it."""
READERS = 2
"""Reader threads: as many as the cores of the smallest machine we run on."""


class Database:
    """One database of one service. Open it with `Database.open` inside a running event loop."""

    def __init__(self, url: str, *, service: str, migrations: Path) -> None:
        self.service = service
        self._writer_engine = open_engine(url, service=service, writer=True, size=1)
        ensure_schema(self._writer_engine, service)
        upgrade(self._writer_engine, migrations)
        self._reader_engine = open_engine(url, service=service, writer=False, size=READERS)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix=f"reader-{service}")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bells: list[asyncio.Event] = []
        self._fact_bells: list[asyncio.Event] = []
        self._writer = GroupWriter(self._writer_engine, service=service, on_commit=self._ring)

    @classmethod
    async def open(cls, url: str, *, service: str, migrations: Path) -> "Database":
        """Open and migrate; `url` is `sqlite:////abs/file.db` or `postgresql+psycopg://…` (schema = service).

        Raises:
            sqlalchemy.exc.DBAPIError: the store cannot be opened.
        """
        database = await asyncio.to_thread(cls, url, service=service, migrations=migrations)
        database._loop = asyncio.get_running_loop()  # noqa: SLF001 — its own
        return database

    async def write(self, work: Callable[[Connection], T], *, repeatable: bool = False) -> T:
        """Run `work` in the writer; when this returns, what it did is on the disk.

        A `DomainError` raised inside undoes only this work.

        Args:
            work: what is to be done in the transaction.
            repeatable: it touches nothing but the store (a counter at most), so it may be undone and run anew when
                another one fails that shares its commit; much cheaper where dozens do.

        Raises:
            Unavailable: the disk is full or the store cannot be reached; nothing was kept.
        """
        # The writer's thread has no context of its own: facts made there must bear the request's correlation id.
        here = copy_context()
        outcome: T = await self._writer.submit_from_loop(
            lambda connection: here.run(work, connection), repeatable=repeatable
        )
        return outcome

    def write_soon(self, work: Callable[[Connection], Any]) -> "Future[Any]":
        """Queue `work` and go on; for callers outside the event loop."""
        return self._writer.submit(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent snapshot in a reader thread.

        Raises:
            Unavailable: the store cannot be reached.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._reader_engine.connect() as connection, connection.begin():
                return work(connection)
        except DBAPIError as error:
            raise storage_error(error) from error

    def bell(self, *, facts_only: bool = False) -> asyncio.Event:
        """An event that is set after every commit, or after those with new facts only; the listener clears it."""
        event = asyncio.Event()
        (self._fact_bells if facts_only else self._bells).append(event)
        return event

    def _ring(self, facts_wait: bool) -> None:  # noqa: FBT001
        loop = self._loop
        # A bell that is set already (who reads it clears it first) needs no second wake of the loop.
        silent = [bell for bell in (*self._bells, *(self._fact_bells if facts_wait else ())) if not bell.is_set()]
        if loop is not None and silent and not loop.is_closed():
            loop.call_soon_threadsafe(_set_all, silent)

    async def is_writable(self, patience: float = PROBE_SECONDS) -> bool:
        """Whether commits succeed (used by readiness). A long import keeps it busy, which is not ill.

        Args:
            patience: seconds to wait for an answer; afterwards it is writable unless one transaction hangs.
        """
        try:
            async with asyncio.timeout(patience):
                await self.write(lambda connection: connection.execute(text("SELECT 1")).scalar())
        except TimeoutError:
            return self._writer.busy_seconds() < STUCK_SECONDS
        except Exception:  # noqa: BLE001 — any failure means: not writable
            return False
        return True

    async def checkpoint(self) -> None:
        """Bring everything from the write-ahead log into the SQLite file itself; nothing to do for PostgreSQL."""
        if self._writer_engine.dialect.name == "sqlite":
            await asyncio.get_running_loop().run_in_executor(self._readers, self._checkpoint)

    def _checkpoint(self) -> None:
        with sqlite3.connect(self._writer_engine.url.database or "", timeout=5) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        connection.close()

    async def close(self) -> None:
        """Finish queued writes and close every connection."""
        await asyncio.to_thread(self._writer.stop)
        await asyncio.to_thread(self._readers.shutdown)  # a read that hangs must not stop the whole process
        self._writer_engine.dispose()
        self._reader_engine.dispose()


def _set_all(bells: list[asyncio.Event]) -> None:
    for bell in bells:
        bell.set()
