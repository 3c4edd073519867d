"""The index in the store: entries and their grams in, hits out. The two stores differ here and nowhere else."""

from collections.abc import Iterable, Mapping, Sequence
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
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

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
_INSERT = {
    name: Prepared(
        kind.insert(_TABLE).on_conflict_do_nothing(index_elements=["kind", "id"]).returning(_C.place), _COLUMNS
    )
    for name, kind in (("sqlite", sqlite), ("postgresql", postgresql))
}
_KNOWN = Prepared(
    select(_C.place, *(_C[name] for name in _COLUMNS)).where(_C.kind == bindparam("kind"), _C.id == bindparam("id"))
)
_UPDATE = Prepared(
    update(_TABLE).where(_C.place == bindparam("at")).values({name: bindparam(f"new_{name}") for name in _COLUMNS})
)
_ADD = {
    "sqlite": Prepared(text("INSERT INTO search_gram(rowid, grams) VALUES (:place, :grams)")),
    "postgresql": Prepared(text("INSERT INTO search_gram(place, grams) VALUES (:place, :grams)")),
}
_TAKE_AWAY = {
    # An index without content must be told what it had.
    "sqlite": Prepared(text("INSERT INTO search_gram(search_gram, rowid, grams) VALUES ('delete', :place, :grams)")),
    "postgresql": Prepared(text("DELETE FROM search_gram WHERE place = :place")),
}
_EMPTY = {
    "sqlite": text("INSERT INTO search_gram(search_gram) VALUES ('delete-all')"),
    "postgresql": text("DELETE FROM search_gram"),
}


def keep_entries(connection: Connection, entries: Iterable[Entry]) -> None:
    """Put the entries in the places of those that were there; what did not change is left alone."""
    added: dict[int, str] = {}
    for entry in entries:
        row = {name: getattr(entry, name) for name in _COLUMNS}
        place = _INSERT[connection.dialect.name].execute(connection, row).scalar()
        if place is None:
            place = _change(connection, entry, row)
        if place is not None:
            added[place] = entry.text
    grams_of = ({"place": place, "grams": _given(connection, folded)} for place, folded in added.items())
    _ADD[connection.dialect.name].execute_all(connection, grams_of)


def _change(connection: Connection, entry: Entry, row: Mapping[str, Any]) -> int | None:
    """Bring what is known up to date; its place, if its text must be added anew."""
    place, *values = _KNOWN.rows(connection, {"kind": entry.kind, "id": entry.id})[0]
    known = Entry(**dict(zip(_COLUMNS, values, strict=True)))
    if known != entry:
        _UPDATE.execute(connection, {"at": place, **{f"new_{name}": value for name, value in row.items()}})
    if known.text == entry.text:
        return None
    _take_away(connection, place, known.text)
    return int(place)


def drop_entry(connection: Connection, kind: str, entry_id: str) -> None:
    """Let a thing be found no more."""
    known = next(iter(_KNOWN.rows(connection, {"kind": kind, "id": entry_id})), None)
    if known is not None:
        _take_away(connection, known.place, known.text)
        connection.execute(delete(_TABLE).where(_C.place == known.place))


def empty_index(connection: Connection) -> None:
    """Forget everything, to begin anew."""
    connection.execute(_EMPTY[connection.dialect.name])
    connection.execute(delete(_TABLE))


def _take_away(connection: Connection, place: int, folded: str) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    told = {"grams": _given(connection, folded)} if is_sqlite else {}
    _TAKE_AWAY[connection.dialect.name].execute(connection, {"place": place, **told})


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


def _upsert_state(kind: Any) -> Prepared:
    row = kind.insert(_STATE)
    names = ("rules", "position")
    told = {name: row.excluded[name] for name in names}
    is_ahead = or_(_STATE.c.rules != row.excluded.rules, _STATE.c.position < row.excluded.position)
    return Prepared(row.on_conflict_do_update(index_elements=["id"], set_=told, where=is_ahead), ("id", *names))


_FIND_STATE = Prepared(select(_STATE.c.rules, _STATE.c.position).where(_STATE.c.id == bindparam("only")))
_SAVE_STATE = {"sqlite": _upsert_state(sqlite), "postgresql": _upsert_state(postgresql)}


def find_state(connection: Connection) -> IndexState:
    """Rules 0 before anything was indexed."""
    row = _FIND_STATE.execute(connection, {"only": _ONLY}).first()
    return IndexState(0, 0) if row is None else IndexState(row.rules, row.position)


def save_state(connection: Connection, state: IndexState) -> None:
    """Remember how far the index has come; of two processes that follow, the one ahead is right."""
    row = {"id": _ONLY, "rules": state.rules, "position": state.position}
    _SAVE_STATE[connection.dialect.name].execute(connection, row)
