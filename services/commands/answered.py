"""Call-outs that were answered after the backup must not ring again, as far as the replaced store still tells it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.contracts.envelope import decode
from shared.kernel.errors import Malformed

_OPEN = ("pending", "calling", "exhausted")
_ENDED = ("acknowledged", "cancelled")
_TABLES = (
    ("notification", "INSERT OR REPLACE", "id = ?"),
    ("target", "INSERT OR REPLACE", "notification_id = ?"),
    ("attempt", "INSERT OR IGNORE", "delivery_id IN (SELECT id FROM target WHERE notification_id = ?)"),
)
"""Parents first; what belongs to one call-out. Tries are only ever added."""
Row = tuple[Any, ...]


@dataclass(slots=True)
class _Ended:
    """What the replaced store tells of call-outs that are open in the backup."""

    count: int = 0
    rows: list[tuple[str, str, list[Row]]] = field(default_factory=list)
    facts: list[Row] = field(default_factory=list)


def carry_answers(restored: sqlite3.Connection, former: Path) -> int:
    """Bring the end of each call-out over that is open in the backup and was ended in the replaced store; how many.

    The facts that tell of it come too, so that everybody hears it. A replaced store that cannot be read tells nothing.
    """
    try:
        with closing(sqlite3.connect(f"{former.as_uri()}?mode=ro", uri=True)) as source:
            if any(_columns(source, table) != _columns(restored, table) for table, _, _ in _TABLES):
                return 0
            ended = _read(restored, source)
    except (sqlite3.DatabaseError, Malformed):
        return 0
    for table, insert, rows in ended.rows:
        marks = ", ".join("?" * len(_columns(restored, table)))
        restored.executemany(f"{insert} INTO {table} VALUES ({marks})", rows)
    restored.executemany("INSERT INTO outbox (event_id, subject, body, recorded_at) VALUES (?, ?, ?, ?)", ended.facts)
    return ended.count


def still_open(restored: sqlite3.Connection) -> int:
    """How many call-outs go on ringing after the start."""
    return int(_scalar(restored, "SELECT count(*) FROM notification WHERE state IN ('pending', 'calling')"))


def _read(restored: sqlite3.Connection, source: sqlite3.Connection) -> _Ended:
    marks = ", ".join("?" * len(_OPEN))
    waiting = restored.execute(f"SELECT id FROM notification WHERE state IN ({marks})", _OPEN)  # noqa: S608 — marks
    found = [row[0] for row in waiting]
    states = {one: source.execute("SELECT state FROM notification WHERE id = ?", (one,)).fetchone() for one in found}
    wanted = {one for one, row in states.items() if row and row[0] in _ENDED}
    ended = _Ended(len(wanted))
    for table, insert, which in _TABLES:
        for one in sorted(wanted):
            rows = source.execute(f"SELECT * FROM {table} WHERE {which}", (one,)).fetchall()  # noqa: S608 — constants
            ended.rows.append((table, insert, rows))
    last = _scalar(restored, "SELECT coalesce(max(position), 0) FROM outbox")
    later = "SELECT event_id, subject, body, recorded_at FROM outbox WHERE position > ? ORDER BY position"
    ended.facts = [row for row in source.execute(later, (last,)) if decode(bytes(row[2])).subject in wanted]
    return ended


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]


def _scalar(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
