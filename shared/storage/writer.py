"""The one writer of a database: many commands, one transaction, one fsync (group commit).

Works on PostgreSQL too: an advisory lock makes all replicas of a service one writer, so that outbox positions are
visible in the order in which they were given (an identity column alone does not promise that).
"""

import asyncio
import contextlib
import queue
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from shared.kernel.errors import Unavailable
from shared.storage.prepared import run

MAX_GROUP = 256
"""Commands in one transaction: enough to amortise the fsync, few enough to bound the wait of the first."""

FACTS_WAIT = "yzt_facts_wait"
"""Mark on the writer's connection: this transaction put facts into the outbox, whose relay is to be woken."""

_STOP = object()


@dataclass(slots=True)
class _Command:
    work: Callable[[Connection], Any]
    done: "Future[Any] | asyncio.Future[Any]"
    repeatable: bool = False
    outcome: Any = None
    error: BaseException | None = None


def storage_error(error: BaseException) -> BaseException:
    """What a failed write means to the caller: a full or unreachable store is `Unavailable`, a defect stays itself."""
    if not isinstance(error, DBAPIError):
        return error
    words = str(error.orig).lower()
    if "full" in words or "no space" in words:
        return Unavailable("storage.full", retry_after=10)
    away = ("disk i/o", "readonly", "locked", "unable to open", "connect")
    if error.connection_invalidated or any(word in words for word in away):
        return Unavailable("storage.unavailable", retry_after=5)
    return error


class GroupWriter:
    """Runs submitted work in its own thread, in order, grouped into transactions."""

    def __init__(self, engine: Engine, *, service: str, on_commit: Callable[[bool], None]) -> None:
        self._engine = engine
        self._lock_key = zlib.crc32(service.encode())
        self._on_commit = on_commit
        self._kept: Connection | None = None
        self._busy_since: float | None = None
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"writer-{service}", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], Any]) -> "Future[Any]":
        """Queue the work; the future is done after the commit, never before."""
        done: Future[Any] = Future()
        self._queue.put(_Command(work, done))
        return done

    def submit_from_loop(self, work: Callable[[Connection], Any], *, repeatable: bool = False) -> "asyncio.Future[Any]":
        """The same for the running event loop, which is woken once for a whole group of commands."""
        done = asyncio.get_running_loop().create_future()
        self._queue.put(_Command(work, done, repeatable))
        return done

    def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        self._queue.put(_STOP)
        self._thread.join()

    def busy_seconds(self) -> float:
        """For how long the transaction that runs now has been running; 0 when none does."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def _run(self) -> None:
        while True:
            group, stopping = self._next_group()
            if group:
                self._busy_since = time.monotonic()
                self._commit(group)
                self._busy_since = None
            if stopping:
                self._let_go()
                return

    def _next_group(self) -> tuple[list[_Command], bool]:
        first = self._queue.get()
        if first is _STOP:
            return [], True
        group = [first]
        while len(group) < MAX_GROUP:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is _STOP:
                return group, True
            group.append(item)
        return group, False

    def _commit(self, group: list[_Command]) -> None:
        facts_wait = False
        try:
            with self._transaction() as connection:
                _run_group(connection, group)
                facts_wait = connection.info.pop(FACTS_WAIT, False)
        except BaseException as error:  # noqa: BLE001 — every waiting caller must get an answer
            for command in group:
                command.error = command.error or storage_error(error)
        self._answer(group, facts_wait)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._engine.dialect.name == "postgresql":
            # From the pool each time: it finds out whether the server has gone away meanwhile.
            with self._engine.connect() as connection, connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": self._lock_key})
                yield connection
            return
        try:
            self._kept = self._kept or self._engine.connect()
            with self._kept.begin():
                yield self._kept
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            with contextlib.suppress(DBAPIError):
                kept.close()

    def _answer(self, group: list[_Command], facts_wait: bool) -> None:  # noqa: FBT001
        loops: dict[asyncio.AbstractEventLoop, list[_Command]] = {}
        for command in group:
            if isinstance(command.done, Future):
                _settle(command)
            else:
                loops.setdefault(command.done.get_loop(), []).append(command)
        for loop, commands in loops.items():
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(_settle_all, commands)
        self._on_commit(facts_wait)  # after the answers: who waits for one comes first


def _run_group(connection: Connection, group: list[_Command]) -> None:
    if len(group) == 1:
        group[0].outcome = group[0].work(connection)
        return
    for repeatable, side_by_side in groupby(group, key=attrgetter("repeatable")):
        commands = list(side_by_side)
        if not (repeatable and len(commands) > 1 and _run_together(connection, commands)):
            for command in commands:
                _run_one(connection, command)


def _run_together(connection: Connection, commands: list[_Command]) -> bool:
    """All behind one savepoint, which costs as much as a small statement; nothing is left of them if one fails."""
    run(connection, "SAVEPOINT command")
    try:
        outcomes = [command.work(connection) for command in commands]
    except Exception as error:
        if _is_ill(error):
            raise
        _undo(connection)
        return False
    run(connection, "RELEASE SAVEPOINT command")
    for command, outcome in zip(commands, outcomes, strict=True):
        command.outcome = outcome
    return True


def _run_one(connection: Connection, command: _Command) -> None:
    run(connection, "SAVEPOINT command")
    try:
        command.outcome = command.work(connection)
    except Exception as error:  # only this command fails, the others in the group go on
        if _is_ill(error):
            raise
        command.error = storage_error(error)
        _undo(connection)
    else:
        run(connection, "RELEASE SAVEPOINT command")


def _settle_all(commands: list[_Command]) -> None:
    for command in commands:
        if not command.done.cancelled():  # the caller went away; what it asked for is done all the same
            _settle(command)


def _settle(command: _Command) -> None:
    if command.error is not None:
        command.done.set_exception(command.error)
    else:
        command.done.set_result(command.outcome)


def _is_ill(error: Exception) -> bool:
    """The store itself: the whole group is refused."""
    return isinstance(error, DBAPIError) and isinstance(storage_error(error), Unavailable)


def _undo(connection: Connection) -> None:
    run(connection, "ROLLBACK TO SAVEPOINT command")
    run(connection, "RELEASE SAVEPOINT command")
