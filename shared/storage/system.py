"""The tables every service has: outbox (also the journal), inbox, idempotency keys; and how they are used."""

from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from shared.contracts.envelope import Envelope, encode
from shared.kernel.errors import TooLarge
from shared.storage.prepared import Prepared
from shared.storage.types import UtcTime
from shared.storage.writer import FACTS_WAIT

SYSTEM = MetaData()
MAX_FACT_BYTES = 1_000_000
"""What one message may weigh at the broker (1 MiB with its headers), with room for the headers."""

OUTBOX = Table(
    "outbox",
    SYSTEM,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("event_id", String(36), nullable=False, unique=True),
    Column("subject", String(200), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
"""Facts in the order in which they were committed. Rows stay after publishing: the journal beside the broker."""

OUTBOX_CURSOR = Table(
    "outbox_cursor", SYSTEM, Column("id", Integer, primary_key=True), Column("position", BigInteger, nullable=False)
)
INBOX = Table(
    "inbox",
    SYSTEM,
    Column("consumer", String(80), primary_key=True),
    Column("event_id", String(36), primary_key=True),
    Column("seen_at", UtcTime, nullable=False),
)
IDEMPOTENCY = Table(
    "idempotency",
    SYSTEM,
    Column("key", String(300), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
)

_APPEND = Prepared(insert(OUTBOX), ("event_id", "subject", "body", "recorded_at"))
_SEE = {
    # RETURNING, since an INSERT's row count is not kept on PostgreSQL (it says -1).
    name: Prepared(kind.insert(INBOX).on_conflict_do_nothing().returning(INBOX.c.event_id), tuple(INBOX.c.keys()))
    for name, kind in (("sqlite", sqlite), ("postgresql", postgresql))
}
_RECALL = Prepared(
    select(IDEMPOTENCY.c.fingerprint, IDEMPOTENCY.c.status, IDEMPOTENCY.c.body).where(
        IDEMPOTENCY.c.key == bindparam("wanted")
    )
)
_REMEMBER = Prepared(insert(IDEMPOTENCY), ("key", "fingerprint", "status", "body", "at"))
_ONLY = 1
_PUBLISHED = Prepared(select(OUTBOX_CURSOR.c.position).where(OUTBOX_CURSOR.c.id == bindparam("only")))


def _forward(kind: ModuleType) -> Prepared:
    moved = kind.insert(OUTBOX_CURSOR)
    ahead = OUTBOX_CURSOR.c.position < moved.excluded.position
    changed = {"position": moved.excluded.position}
    return Prepared(moved.on_conflict_do_update(index_elements=["id"], set_=changed, where=ahead), ("id", "position"))


_FORWARD = {name: _forward(kind) for name, kind in (("sqlite", sqlite), ("postgresql", postgresql))}


def append_facts(connection: Connection, *facts: Envelope) -> None:
    """Put the facts into the outbox, in this order, in the transaction of the change they tell of.

    Raises:
        TooLarge: `fact.too_large`; the broker would never take it, and everything behind it would wait for ever.
    """
    connection.info[FACTS_WAIT] = True
    for fact in facts:
        body = encode(fact)
        if len(body) > MAX_FACT_BYTES:
            raise TooLarge("fact.too_large", kind=fact.kind, size=len(body), limit=MAX_FACT_BYTES)
        row = {"event_id": fact.id, "subject": fact.type, "body": body, "recorded_at": fact.time}
        _APPEND.execute(connection, row)


def seen_before(connection: Connection, consumer: str, event_id: str, *, now: datetime) -> bool:
    """Note that the consumer takes this event; True if it had been taken already, and nothing must be done again."""
    row = {"consumer": consumer, "event_id": event_id, "seen_at": now}
    return _SEE[connection.dialect.name].execute(connection, row).first() is None


@dataclass(frozen=True, slots=True)
class Remembered:
    """The first answer that was given under an idempotency key."""

    fingerprint: str
    status: int
    body: bytes


def recall(connection: Connection, key: str) -> Remembered | None:
    """What was answered under this key before, if anything."""
    row = _RECALL.execute(connection, {"wanted": key}).first()
    return None if row is None else Remembered(row.fingerprint, row.status, bytes(row.body))


def remember(connection: Connection, key: str, answer: Remembered, *, now: datetime) -> None:
    """Keep the answer, in the transaction of the change it tells of."""
    row = {"key": key, "fingerprint": answer.fingerprint, "status": answer.status, "body": answer.body, "at": now}
    _REMEMBER.execute(connection, row)


def forget_before(connection: Connection, moment: datetime) -> int:
    """Drop idempotency keys and inbox rows older than the moment; returns how many rows went.

    The moment must lie further back than any client or broker retries (default: 30 days).
    """
    gone = connection.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.at < moment)).rowcount
    return gone + connection.execute(delete(INBOX).where(INBOX.c.seen_at < moment)).rowcount


def published_position(connection: Connection) -> int:
    """The last outbox position that the broker has acknowledged; 0 at the start."""
    return int(_PUBLISHED.execute(connection, {"only": _ONLY}).scalar() or 0)


def mark_published(connection: Connection, position: int) -> None:
    """Move the cursor forward; it never moves back."""
    _FORWARD[connection.dialect.name].execute(connection, {"id": _ONLY, "position": position})


def create_system_tables(connection: Connection) -> None:
    """Make the tables above; called by the first migration of every service."""
    SYSTEM.create_all(connection)


__all__ = [
    "IDEMPOTENCY", "INBOX", "OUTBOX", "OUTBOX_CURSOR", "Remembered", "append_facts", "create_system_tables",
    "forget_before", "mark_published", "published_position", "recall", "remember", "seen_before",
]  # fmt: skip
