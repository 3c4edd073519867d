"""How the last run ended, and what was looked at because of it; kept beside the data and shown to operators."""

import os
import sqlite3
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog
from sqlalchemy.engine import make_url

from shared.contracts.envelope import decode
from shared.i18n import label
from shared.kernel.clock import wire_time
from shared.kernel.errors import Malformed
from shared.storage.engines import is_sqlite
from shared.storage.files import remove_durably, write_durably

_log = structlog.get_logger(__name__)
_MARKS = "running"
_KEPT = "last_start.json"
_LAST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Args:
        subject: a store, `broker`, `picture` or `clock`.
        code: what was found, of the labels `last_start.*`.
        fatal: the service cannot be started with this store.
    """

    subject: str
    ok: bool
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    fatal: bool = False

    @property
    def said(self) -> str:
        """The sentence that an operator reads."""
        return label(f"last_start.{self.code}", **self.params)

    def view(self) -> dict[str, Any]:
        """With the sentence."""
        return {**asdict(self), "detail": self.said}


@dataclass
class LastStart:
    """The start of this process.

    Args:
        home: the site's data.
        services: hosted here.
        at: now.
        clean: the run before ended in order, or there was none.
        last_seen: about when the run before was last alive, if it did not end in order.
    """

    home: Path
    services: tuple[str, ...]
    at: datetime
    clean: bool = True
    last_seen: datetime | None = None
    checks: list[Check] = field(default_factory=list)

    @classmethod
    def begin(cls, home: Path, services: tuple[str, ...], at: datetime) -> "LastStart":
        """Read the marks of the run before and leave our own."""
        start = cls(home, services, at)
        marks = [mark for mark in map(start._mark, services) if mark.exists()]
        if marks:
            start.clean = False
            start.last_seen = datetime.fromtimestamp(max(mark.stat().st_mtime for mark in marks), UTC)
            if start.last_seen > at + timedelta(seconds=5):
                back = round((start.last_seen - at).total_seconds())
                start.note(Check("clock", ok=False, code="clock_behind", params={"seconds": back}))
        for name in services:
            start._mark(name).parent.mkdir(parents=True, exist_ok=True)
            write_durably(start._mark(name), orjson.dumps({"pid": os.getpid(), "at": wire_time(at)}))
        if not start.clean:
            _log.warning("unclean_start", last_seen=start.last_seen and wire_time(start.last_seen))
        return start

    @property
    def refused(self) -> tuple[str, ...]:
        """The services whose store is broken."""
        return tuple(check.subject for check in self.checks if check.fatal)

    def inspect(self, service: str, url: str) -> bool:
        """Look at a store before it is opened; whether it may be opened. Thorough after an unclean end."""
        if not is_sqlite(url):
            return True
        file = Path(make_url(url).database or "")
        if not file.exists():
            return True
        check = inspect_store(file, service, thorough=not self.clean)
        self.note(check)
        return not check.fatal

    def note(self, check: Check) -> None:
        """Keep what was found; say it in the log unless all is well after a clean end."""
        self.checks.append(check)
        if not (self.clean and check.ok):
            (_log.info if check.ok else _log.error)("start_check", **asdict(check))
        self.keep()

    def keep(self) -> None:
        """Write it beside the data; a full disk does not hinder a start."""
        try:
            write_durably(self.home / _KEPT, orjson.dumps(self.view(), option=orjson.OPT_INDENT_2), mode=0o644)
        except OSError:
            _log.warning("last_start_not_kept")

    def alive(self) -> None:
        """Note that this run lives, for whoever starts after an unclean end."""
        for name in self.services:
            try:
                os.utime(self._mark(name))
            except OSError:
                _log.warning("mark_not_kept", service=name)

    def end(self) -> None:
        """This run has ended in order."""
        for name in self.services:
            remove_durably(self._mark(name))

    def view(self) -> dict[str, Any]:
        """For `GET /api/status`."""
        return {
            "at": wire_time(self.at),
            "clean": self.clean,
            "last_seen": wire_time(self.last_seen) if self.last_seen else None,
            "refused": list(self.refused),
            "checks": [check.view() for check in self.checks],
        }

    def _mark(self, service: str) -> Path:
        return self.home / _MARKS / service


def inspect_store(file: Path, service: str, *, thorough: bool) -> Check:
    """Whether a SQLite store is whole: readable, cursor within the journal, last facts decode; pages if thorough."""
    connection = sqlite3.connect(file)
    try:
        if thorough:
            words = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
            if words != ["ok"]:
                return _broken(service, "; ".join(words))
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").fetchone():
            return Check(service, ok=True, code="store_new")
        return _journal(connection, service)
    except (sqlite3.DatabaseError, Malformed) as error:
        return _broken(service, str(error))
    finally:
        connection.close()


def _journal(connection: sqlite3.Connection, service: str) -> Check:
    last = connection.execute("SELECT coalesce(max(position), 0) FROM outbox").fetchone()[0]
    row = connection.execute("SELECT position FROM outbox_cursor WHERE id = 1").fetchone()
    sent = row[0] if row else 0
    bodies = connection.execute("SELECT body FROM outbox ORDER BY position DESC LIMIT ?", (_LAST_ROWS,))
    for (body,) in bodies:
        decode(bytes(body))
    if sent > last:
        return Check(service, ok=False, code="cursor_ahead", params={"sent": sent, "last": last})
    return Check(service, ok=True, code="store_whole", params={"last": last, "waiting": last - sent})


def _broken(service: str, reason: str) -> Check:
    return Check(service, ok=False, code="store_broken", params={"reason": reason[:300]}, fatal=True)
