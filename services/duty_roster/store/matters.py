"""What others told of matters that may be open at a change of shift: newest version only."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from services.duty_roster.tables import MATTER
from shared.contracts.events.duty import HandoverItem, HandoverItemKind
from shared.storage.prepared import Prepared

_CHANGING = ("version", "is_open", "text", "bundle", "since", "due_at")


def _keeping(insert: sqlite.Insert | postgresql.Insert) -> Prepared:
    told = {name: insert.excluded[name] for name in _CHANGING}
    newer = MATTER.c.version < insert.excluded.version
    statement = insert.on_conflict_do_update(index_elements=["kind", "id"], set_=told, where=newer)
    return Prepared(statement, tuple(MATTER.c.keys()))


_KEEP = {"sqlite": _keeping(sqlite.insert(MATTER)), "postgresql": _keeping(postgresql.insert(MATTER))}


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that somebody must go on with."""

    kind: HandoverItemKind
    id: str
    version: int
    is_open: bool
    text: str
    since: datetime
    due_at: datetime | None = None
    bundle: str | None = None


def keep_matter(connection: Connection, matter: Matter) -> None:
    """Keep it unless something as new is known."""
    row = {name: getattr(matter, name) for name in _CHANGING}
    _KEEP[connection.dialect.name].execute(connection, {"kind": matter.kind.value, "id": matter.id, **row})


def open_items(connection: Connection) -> list[HandoverItem]:
    """What is open now as lines of a handover: incidents first, each sort oldest first, a bundle as one line."""
    rows = connection.execute(select(MATTER).where(MATTER.c.is_open).order_by(MATTER.c.since, MATTER.c.id)).all()
    bundles = Counter((row.kind, row.bundle) for row in rows if row.bundle)
    lines: dict[str, HandoverItem] = {}
    for kind in HandoverItemKind:
        for row in rows:
            if row.kind != kind.value:
                continue
            ident = f"{row.kind}:{row.bundle or row.id}"
            count = bundles[row.kind, row.bundle] if row.bundle else 1
            text = row.text.replace("{count}", str(count))
            ref = None if row.bundle else row.id
            lines.setdefault(ident, HandoverItem(id=ident, kind=kind, ref=ref, text=text, due_at=row.due_at))
    return list(lines.values())
