"""What the bureau decides as data: rules, heading, templates, and the numbers of documents."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Text, bindparam, func, insert, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite

from services.information_reporting.domain.rules import DEFAULTS, Heading, Keeper, Rule, RuleBook
from services.information_reporting.tables import RULE_BOOK, SERIES, TEMPLATE
from shared.contracts.events.report import ClockChannel, ClockFrom, ReportKind, ReportLeg
from shared.contracts.levels import IncidentGrade
from shared.storage.prepared import Prepared

_ONLY = 1
_NEXT = {
    name: Prepared(
        dialect.insert(SERIES)
        .values(name=bindparam("series"), last=1)
        .on_conflict_do_update(index_elements=["name"], set_={"last": SERIES.c.last + 1})
        .returning(SERIES.c.last)
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_BOOK = Prepared(
    select(
        type_coerce(RULE_BOOK.c.rules, Text).label("rules"), type_coerce(RULE_BOOK.c.heading, Text).label("heading"),
        RULE_BOOK.c.version, RULE_BOOK.c.updated_at, RULE_BOOK.c.updated_by,
    ).where(RULE_BOOK.c.id == bindparam("only"))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """The template in force of a kind; version 0 is the product's own."""

    kind: ReportKind
    version: int
    is_default: bool
    filename: str | None = None
    digest: str | None = None
    uploaded_at: datetime | None = None
    uploaded_by: str | None = None


def rule_book(connection: Connection) -> RuleBook:
    """The rules and the heading in force."""
    found = _BOOK.rows(connection, {"only": _ONLY})
    if not found:
        return RuleBook(DEFAULTS, Heading(), 1)
    (row,) = found
    return RuleBook(
        _rules_of(row.rules), Heading(**orjson.loads(row.heading)), row.version, row.updated_at, row.updated_by
    )


@lru_cache(maxsize=2)
def _rules_of(text: str) -> tuple[Rule, ...]:
    # By its text: read with every fact, changed once a year; what was never committed is never taken for what was.
    return tuple(rule_of(one) for one in orjson.loads(text))


def save_rule_book(connection: Connection, book: RuleBook) -> None:
    """Replace them."""
    row = {
        "id": _ONLY, "rules": [rule_json(rule) for rule in book.rules], "heading": asdict(book.heading),
        "version": book.version, "updated_at": book.updated_at, "updated_by": book.updated_by,
    }  # fmt: skip
    if not _BOOK.rows(connection, {"only": _ONLY}):
        connection.execute(insert(RULE_BOOK), row)
    else:
        connection.execute(update(RULE_BOOK).where(RULE_BOOK.c.id == _ONLY).values(**row))


def rule_json(rule: Rule) -> dict[str, Any]:
    """A rule for a column or an answer."""
    return {**asdict(rule), "types": list(rule.types), "sources": list(rule.sources)}


def rule_of(said: dict[str, Any]) -> Rule:
    """A rule from a column."""
    grades = {name: said[name] and IncidentGrade(said[name]) for name in ("grade_at_least", "grade_below")}
    return Rule(**{
        **said, **grades, "leg": ReportLeg(said["leg"]), "channel": ClockChannel(said["channel"]),
        "clock_from": ClockFrom(said["clock_from"]), "kept_by": Keeper(said["kept_by"]),
        "types": tuple(said["types"]), "sources": tuple(said["sources"]),
    })  # fmt: skip


def next_number(connection: Connection, series: str) -> int:
    """The next number of a series of documents: gap-free, since it is undone with the act that asked for it."""
    return int(_NEXT[connection.dialect.name].execute(connection, {"series": series}).scalar_one())


def add_template(
    connection: Connection, kind: ReportKind, content: bytes | None, filename: str | None, *, by: str, at: datetime
) -> TemplateInfo:
    """Put a template into force, or (without content) the product's own again; older ones stay for what is signed."""
    known = select(func.max(TEMPLATE.c.version)).where(TEMPLATE.c.kind == kind.value)
    version = int(connection.execute(known).scalar() or 0) + 1
    digest = None if content is None else hashlib.sha256(content).hexdigest()
    row = {
        "kind": kind.value, "version": version, "content": content, "digest": digest, "filename": filename,
        "uploaded_at": at, "uploaded_by": by,
    }  # fmt: skip
    connection.execute(insert(TEMPLATE), row)
    return TemplateInfo(kind, version, content is None, filename, digest, at, by)


def template_in_force(connection: Connection, kind: ReportKind) -> TemplateInfo:
    """What a report of this kind is printed on now."""
    columns = [column for column in TEMPLATE.c if column.name != "content"]
    has_content = TEMPLATE.c.content.is_not(None).label("has_content")
    query = select(*columns, has_content).where(TEMPLATE.c.kind == kind.value).order_by(TEMPLATE.c.version.desc())
    row = connection.execute(query.limit(1)).first()
    if row is None:
        return TemplateInfo(kind, 0, is_default=True)
    return TemplateInfo(
        kind, row.version, not row.has_content, row.filename, row.digest, row.uploaded_at, row.uploaded_by
    )


def template_content(connection: Connection, kind: ReportKind, version: int) -> bytes | None:
    """The template of this version; None is the product's own."""
    query = select(TEMPLATE.c.content).where(TEMPLATE.c.kind == kind.value, TEMPLATE.c.version == version)
    content = connection.execute(query).scalar()
    return None if content is None else bytes(content)
