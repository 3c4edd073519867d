"""Reports in the store; what was signed and the steps are only ever added."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, false, insert, or_, select, update

from services.information_reporting.domain.report import OUT, Report
from services.information_reporting.tables import REPORT, SIGNED, STEP
from shared.contracts.events.report import PhoneReport, ReportKind, ReportState, SendChannel, SupportAnswer
from shared.kernel.ids import new_id
from shared.kernel.initials import initials
from shared.kernel.words import BETWEEN, fold, terms
from shared.storage.prepared import Prepared

_IS_NEWS = REPORT.c.kind != ReportKind.SUPPORT.value
# Written out: a list would be expanded anew each time.
_IS_OUT = or_(*(REPORT.c.state == state for state in sorted(state.value for state in OUT)), REPORT.c.phone.is_not(None))
_OUT_OF_INCIDENT = Prepared(select(REPORT).where(REPORT.c.incident_id == bindparam("incident"), _IS_NEWS, _IS_OUT))
_IN_SERIES = Prepared(
    select(REPORT)
    .where(REPORT.c.series == bindparam("wanted"), REPORT.c.kind == bindparam("sort"))
    .order_by(REPORT.c.serial, REPORT.c.revision)
)
_NAMES = tuple(name for name in REPORT.c.keys() if name not in {"series", "words"})  # noqa: SIM118 — no dict


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports are wanted; None means no matter."""

    incident_id: str | None = None
    kinds: tuple[ReportKind, ...] = ()
    states: tuple[ReportState, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    township: str | None = None
    day: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a report's history."""

    at: datetime
    actor_name: str | None
    act: str
    from_state: str | None
    to_state: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Signed:
    """A report as it was signed, with the version of the template it is printed on."""

    template_version: int
    body: Mapping[str, Any]
    digest: str


def insert_report(connection: Connection, report: Report) -> None:
    """A new row."""
    connection.execute(insert(REPORT), _row(report))


def save_report(connection: Connection, report: Report) -> None:
    """Replace the row; the version before it must be the stored one."""
    here = (REPORT.c.id == report.id, REPORT.c.version == report.version - 1)
    done = connection.execute(update(REPORT).where(*here).values(**_row(report)))
    assert done.rowcount == 1


def find_report(connection: Connection, report_id: str) -> Report | None:
    """The report with this id."""
    row = connection.execute(select(REPORT).where(REPORT.c.id == report_id)).first()
    return None if row is None else _report_of(row)


def list_reports(
    connection: Connection, wanted: ReportFilter, *, after: tuple[datetime, str] | None, limit: int
) -> list[Report]:
    """Newest first, from behind the given key."""
    query = select(REPORT).where(*_conditions(wanted))
    if after is not None:
        moment, last_id = after
        same = and_(REPORT.c.created_at == moment, REPORT.c.id < last_id)
        query = query.where(or_(REPORT.c.created_at < moment, same))
    rows = connection.execute(query.order_by(REPORT.c.created_at.desc(), REPORT.c.id.desc()).limit(limit))
    return [_report_of(row) for row in rows]


def in_series(connection: Connection, series: str, kind: ReportKind) -> list[Report]:
    """The reports of a kind about one incident or day, oldest first."""
    return [_report_of(row) for row in _IN_SERIES.rows(connection, {"wanted": series, "sort": kind.value})]


def told_last(connection: Connection, incident_id: str) -> Report | None:
    """The report of the incident that went out last, by telephone or on paper; a request for support tells no news."""
    rows = _OUT_OF_INCIDENT.rows(connection, {"incident": incident_id})
    found = [report for row in rows if (report := _report_of(row)).told is not None]
    return max(found, key=lambda one: (one.sent_at or one.updated_at, one.id), default=None)


def _conditions(wanted: ReportFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.incident_id is not None:
        yield REPORT.c.incident_id == wanted.incident_id
    if wanted.kinds:
        yield REPORT.c.kind.in_([kind.value for kind in wanted.kinds])
    if wanted.states:
        yield REPORT.c.state.in_([state.value for state in wanted.states])
    if wanted.since is not None:
        yield REPORT.c.created_at >= wanted.since
    if wanted.until is not None:
        yield REPORT.c.created_at < wanted.until
    if wanted.township is not None:
        yield REPORT.c.township == wanted.township
    if wanted.day is not None:
        yield REPORT.c.day == wanted.day
    if wanted.text:
        said = terms(wanted.text)
        yield and_(*(REPORT.c.words.contains(term) for term in said)) if said else false()


def _row(report: Report) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(report, name) for name in _NAMES}
    row |= {"kind": report.kind.value, "state": report.state.value, "series": report.series}
    row |= {name: dict(row[name]) for name in ("fields", "prefilled")}
    row |= {name: None if row[name] is None else dict(row[name]) for name in ("baseline", "told")}
    row["sent_channel"] = report.sent_channel and report.sent_channel.value
    row["phone"] = report.phone and report.phone.model_dump(mode="json")
    row["answer"] = report.answer and report.answer.model_dump(mode="json")
    heads = (report.title, report.incident_number, report.incident_title, report.document_number, report.township_name)
    texts = [value for value in report.fields.values() if isinstance(value, str)]
    row["words"] = _found_by(heads, texts)
    return row


def _found_by(heads: Iterable[str | None], texts: Iterable[str]) -> str:
    """What a report is found by, folded: everything that it says; its heads by the letters of their pinyin too."""
    said = [fold(head) for head in heads if head]
    letters = [one for head in said for one in initials(head)]
    return BETWEEN.join(word for word in (*said, *map(fold, texts), *letters) if word)


def _report_of(row: Row[Any]) -> Report:
    values = {name: getattr(row, name) for name in _NAMES}
    values["kind"] = ReportKind(row.kind)
    values["state"] = ReportState(row.state)
    values["sent_channel"] = row.sent_channel and SendChannel(row.sent_channel)
    values["phone"] = row.phone and PhoneReport.model_validate(row.phone)
    values["answer"] = row.answer and SupportAnswer.model_validate(row.answer)
    return Report(**values)


def add_step(connection: Connection, report: Report, act: str, before: Report | None, name: str | None, *,
             at: datetime, note: str | None = None) -> None:  # fmt: skip
    """Append a line to the report's history."""
    row = {
        "id": new_id(), "report_id": report.id, "at": at, "actor_name": name, "act": act,
        "from_state": before.state.value if before else None, "to_state": report.state.value, "note": note,
    }  # fmt: skip
    connection.execute(insert(STEP), row)


def steps_of(connection: Connection, report_id: str) -> list[Step]:
    """The report's history, oldest first."""
    rows = connection.execute(select(STEP).where(STEP.c.report_id == report_id).order_by(STEP.c.id))
    return [Step(row.at, row.actor_name, row.act, row.from_state, row.to_state, row.note) for row in rows]


def keep_signed(
    connection: Connection, report: Report, body: Mapping[str, Any], *, signed_at: datetime, template_version: int
) -> str:
    """Put by what the report says now, for ever; returns its digest (SHA-256 of the JSON)."""
    digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    row = {
        "report_id": report.id, "signed_at": signed_at, "signer_name": report.signer_name,
        "document_number": report.document_number, "template_version": template_version, "body": dict(body),
        "digest": digest,
    }  # fmt: skip
    connection.execute(insert(SIGNED), row)
    return digest


def find_signed(connection: Connection, report_id: str) -> Signed | None:
    """What the report said when it was signed."""
    row = connection.execute(select(SIGNED).where(SIGNED.c.report_id == report_id)).first()
    return None if row is None else Signed(row.template_version, row.body, row.digest)
