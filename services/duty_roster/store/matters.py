"""What others told of matters that may be open at a change of shift: newest version only."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from services.duty_roster.tables import MATTER
from shared.contracts.events.duty import HandoverItem, HandoverItemKind
from shared.storage.prepared import Prepared

_HERE = (MATTER.c.kind == bindparam("of"), MATTER.c.id == bindparam("key"))
_CHANGING = ("version", "is_open", "text", "bundle", "since", "due_at")
_KNOWN = Prepared(select(MATTER.c.version).where(*_HERE))
_INSERT = Prepared(insert(MATTER), tuple(MATTER.c.keys()))
_UPDATE = Prepared(update(MATTER).where(*_HERE), _CHANGING)


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
    row: dict[str, Any] = {name: getattr(matter, name) for name in _CHANGING}
    known = _KNOWN.execute(connection, {"of": matter.kind.value, "key": matter.id}).scalar()
    if known is None:
        _INSERT.execute(connection, {"kind": matter.kind.value, "id": matter.id, **row})
    elif known < matter.version:
        _UPDATE.execute(connection, {"of": matter.kind.value, "key": matter.id, **row})


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
