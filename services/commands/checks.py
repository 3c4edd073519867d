"""What can be wrong with the stores of a stopped site, looked at row by row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from services.settings import Settings
from shared.contracts.envelope import decode
from shared.kernel.errors import Malformed
from shared.storage.engines import is_sqlite, open_engine
from shared.storage.system import OUTBOX, published_position

_CHUNK = 500
_SHOWN = 5
_AUDIT_FAULTS = {
    "missing": "少了第 {seq} 条",
    "altered": "第 {seq} 条被改动",
    "rewritten": "第 {seq} 条之前被重写",
    "truncated": "第 {seq} 条以后被截断",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one store.

    Args:
        detail: what was looked at, or what is wrong.
    """

    store: str
    check: str
    ok: bool
    detail: str


def stores_of(settings: Settings) -> tuple[str, ...]:
    """The stores that may exist: one for each service, and the site's own journal."""
    return (*settings.service, "operations")


def file_of(settings: Settings, store: str) -> Path | None:
    """The SQLite file of a store; None when it lies in PostgreSQL."""
    url = settings.url_of(store)
    return Path(make_url(url).database or "") if is_sqlite(url) else None


def check_store(settings: Settings, store: str) -> Iterator[Finding]:
    """All checks of one store."""
    yield from check_url(settings.url_of(store), store)


def check_url(url: str, store: str) -> Iterator[Finding]:
    """All checks of the store behind this URL."""
    engine = open_engine(url, service=store, writer=False, size=1)
    try:
        with engine.connect() as connection, connection.begin():
            if is_sqlite(url):
                yield _integrity(connection, store)
            yield from _outbox(connection, store, gapless=is_sqlite(url))
            if store == "identity":
                yield _audit(connection, store)
    except (DBAPIError, ValueError) as error:
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        yield Finding(store, "读取", ok=False, detail=f"数据库读不出:{reason}")
    finally:
        engine.dispose()


def _integrity(connection: Connection, store: str) -> Finding:
    lines = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
    return Finding(store, "数据库完整性", ok=lines == ["ok"], detail="完好" if lines == ["ok"] else _some(lines))


def _outbox(connection: Connection, store: str, *, gapless: bool) -> Iterator[Finding]:
    if not inspect(connection).has_table("outbox"):
        yield Finding(store, "事实", ok=False, detail="没有事实表,不是本系统的数据库")
        return
    faults: list[str] = []
    count = last = 0
    for position, fault in _rows(connection):
        if gapless and position != last + 1:
            faults.append(f"少了第 {last + 1} 到 {position - 1} 条")
        if fault:
            faults.append(fault)
        count, last = count + 1, position
    yield Finding(store, "事实", ok=not faults, detail=_some(faults) if faults else f"{count} 条,全部可读、编号一致")
    cursor = published_position(connection)
    told = f"已发 {cursor},最后 {last}"
    yield Finding(store, "发送位置", ok=cursor <= last, detail=told if cursor <= last else f"{told}:超过了最后一条")


def _rows(connection: Connection) -> Iterator[tuple[int, str | None]]:
    """Every position with what is wrong there."""
    query = select(OUTBOX.c.position, OUTBOX.c.event_id, OUTBOX.c.subject, OUTBOX.c.body).order_by(OUTBOX.c.position)
    last = 0
    while rows := connection.execute(query.where(OUTBOX.c.position > last).limit(_CHUNK)).all():
        for row in rows:
            yield row.position, _fault(row.position, row.event_id, row.subject, bytes(row.body))
        last = rows[-1].position


def _fault(position: int, event_id: str, subject: str, body: bytes) -> str | None:
    try:
        fact = decode(body)
    except Malformed as error:
        return f"第 {position} 条读不出({error.params['reason']})"
    return None if (fact.id, fact.type) == (event_id, subject) else f"第 {position} 条的内容与编号不符"


def _audit(connection: Connection, store: str) -> Finding:
    # `up` loads only what it hosts.
    from services.identity.domain.audit import BEGINNING, first_fault  # noqa: PLC0415
    from services.identity.store import audit_after  # noqa: PLC0415

    at = BEGINNING
    while links := audit_after(connection, at[0], _CHUNK):
        fault = first_fault(links, after=at)
        if fault is not None:
            return Finding(store, "审计链", ok=False, detail=_AUDIT_FAULTS[fault.reason].format(seq=fault.seq))
        at = (links[-1].entry.seq, links[-1].hash)
    return Finding(store, "审计链", ok=True, detail=f"{at[0]} 条,连续完整")


def _some(faults: Iterable[str]) -> str:
    listed = list(faults)
    more = f" 等 {len(listed)} 处" if len(listed) > _SHOWN else ""
    return ";".join(listed[:_SHOWN]) + more
