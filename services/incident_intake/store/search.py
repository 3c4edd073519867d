"""The index in the store: entries and their grams in, hits out. The two stores differ here and nowhere else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from services.incident_intake.domain.incident import type_prefix
from services.incident_intake.domain.search.grams import grams, is_decided_by_grams, sought
from services.incident_intake.tables.search import SearchEntryRow, SearchStateRow
from shared.kernel.words import BETWEEN
from shared.storage.prepared import Prepared

_TABLE = SearchEntryRow.__table__  # type: ignore[attr-defined]
_STATE = SearchStateRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c
_ONLY = 1
INCIDENT, CALL = "incident", "call"

Key = tuple[datetime, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that can be found; `text` is folded, its parts with `BETWEEN` between them."""

    kind: str
    id: str
    received_at: datetime
    home_site: str
    status: str
    grade: str | None
    type_code: str | None
    township: str | None
    sensitive: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a search asks for; empty parts ask for everything."""

    terms: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    grade: str | None = None
    type_code: str | None = None
    township: str | None = None
    sensitive: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    home_site: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found."""

    kind: str
    id: str
    received_at: datetime


_COLUMNS = tuple(field.name for field in fields(Entry))
_INSERT = insert(_TABLE).values({name: bindparam(name) for name in _COLUMNS}).returning(_C.place)
_KNOWN = Prepared(select(_C.place, _C.text).where(_C.kind == bindparam("kind"), _C.id == bindparam("id")))
_UPDATE = update(_TABLE).where(_C.place == bindparam("at"))
_ADD = {
    "sqlite": text("INSERT INTO search_gram(rowid, grams) VALUES (:place, :grams)"),
    "postgresql": text("INSERT INTO search_gram(place, grams) VALUES (:place, :grams)"),
}
_TAKE_AWAY = {
    # An index without content must be told what it had.
    "sqlite": text("INSERT INTO search_gram(search_gram, rowid, grams) VALUES ('delete', :place, :grams)"),
    "postgresql": text("DELETE FROM search_gram WHERE place = :place"),
}
_EMPTY = {
    "sqlite": text("INSERT INTO search_gram(search_gram) VALUES ('delete-all')"),
    "postgresql": text("DELETE FROM search_gram"),
}


def keep_entry(connection: Connection, entry: Entry) -> None:
    """Put the entry in the place of the one that was there."""
    row = {name: getattr(entry, name) for name in _COLUMNS}
    known = _KNOWN.execute(connection, {"kind": entry.kind, "id": entry.id}).first()
    if known is None:
        place = connection.execute(_INSERT, row).scalar_one()
        _add(connection, place, entry.text)
        return
    connection.execute(_UPDATE.values(row), {"at": known.place})
    if known.text != entry.text:
        _take_away(connection, known.place, known.text)
        _add(connection, known.place, entry.text)


def drop_entry(connection: Connection, kind: str, entry_id: str) -> None:
    """Let a thing be found no more."""
    known = _KNOWN.execute(connection, {"kind": kind, "id": entry_id}).first()
    if known is not None:
        _take_away(connection, known.place, known.text)
        connection.execute(delete(_TABLE).where(_C.place == known.place))


def empty_index(connection: Connection) -> None:
    """Forget everything, to begin anew."""
    connection.execute(_EMPTY[connection.dialect.name])
    connection.execute(delete(_TABLE))


def _add(connection: Connection, place: int, folded: str) -> None:
    connection.execute(_ADD[connection.dialect.name], {"place": place, "grams": _given(connection, folded)})


def _take_away(connection: Connection, place: int, folded: str) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    told = {"grams": _given(connection, folded)} if is_sqlite else {}
    connection.execute(_TAKE_AWAY[connection.dialect.name], {"place": place, **told})


def _given(connection: Connection, folded: str) -> Any:
    """The grams as the store takes them."""
    found = sorted(grams(folded.split(BETWEEN)))
    return " ".join(found) if connection.dialect.name == "sqlite" else found


def find_hits(connection: Connection, wanted: Wanted, *, after: Key, limit: int) -> list[Hit]:
    """What fits, newest report first, after the given sort key."""
    query = select(_C.kind, _C.id, _C.received_at).where(*_conditions(connection, wanted))
    if after is not None:
        moment, last_id = after
        query = query.where(or_(_C.received_at < moment, and_(_C.received_at == moment, _C.id < last_id)))
    rows = connection.execute(query.order_by(_C.received_at.desc(), _C.id.desc()).limit(limit))
    return [Hit(row.kind, row.id, row.received_at) for row in rows]


def incidents_saying(connection: Connection, words: Sequence[str]) -> Select[tuple[str]]:
    """Ids of the incidents that have every folded word, by the letters of their pinyin too, as far as the index is."""
    return select(_C.id).where(_C.kind == INCIDENT, *_saying(connection, words))


def count_hits(connection: Connection, wanted: Wanted) -> int:
    """How many fit."""
    return int(
        connection.execute(
            select(func.count()).select_from(_TABLE).where(*_conditions(connection, wanted))
        ).scalar_one()
    )


def _conditions(connection: Connection, wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    yield from _saying(connection, wanted.terms)
    if wanted.kinds:
        yield _C.kind.in_(wanted.kinds)
    if wanted.statuses:
        yield _C.status.in_(wanted.statuses)
    if wanted.type_code is not None:
        yield _C.type_code.startswith(type_prefix(wanted.type_code), autoescape=True)
    for name in ("grade", "township", "sensitive", "home_site"):
        value = getattr(wanted, name)
        if value is not None:
            yield _C[name] == value
    if wanted.since is not None:
        yield _C.received_at >= wanted.since
    if wanted.until is not None:
        yield _C.received_at < wanted.until


def _saying(connection: Connection, terms: Sequence[str]) -> Iterable[ColumnElement[bool]]:
    if not terms:
        return
    pieces = list(dict.fromkeys(piece for term in terms for piece in sought(term)))
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        words = " ".join(f'"{piece}"' for piece in pieces)
        have = text("place IN (SELECT rowid FROM search_gram WHERE search_gram MATCH :pieces)").bindparams(pieces=words)
    else:
        have = text("place IN (SELECT place FROM search_gram WHERE grams @> :pieces)").bindparams(pieces=pieces)
    yield have  # type: ignore[misc]
    position = func.instr if is_sqlite else func.strpos
    yield from (position(_C.text, term) > 0 for term in terms if not is_decided_by_grams(term))


@dataclass(frozen=True, slots=True)
class IndexState:
    """Up to which position of the journal the index knows everything, and by which rules its texts were folded."""

    rules: int
    position: int


def find_state(connection: Connection) -> IndexState:
    """Rules 0 before anything was indexed."""
    row = connection.execute(select(_STATE.c.rules, _STATE.c.position).where(_STATE.c.id == _ONLY)).first()
    return IndexState(0, 0) if row is None else IndexState(row.rules, row.position)


def save_state(connection: Connection, state: IndexState) -> None:
    """Remember how far the index has come; of two processes that follow, the one ahead is right."""
    known = find_state(connection)
    if known.rules == 0:
        connection.execute(insert(_STATE), {"id": _ONLY, "rules": state.rules, "position": state.position})
    elif known.rules != state.rules or known.position < state.position:
        changed = update(_STATE).where(_STATE.c.id == _ONLY)
        connection.execute(changed.values(rules=state.rules, position=state.position))
