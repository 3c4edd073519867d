"""The steps of a report that people decide: edited, submitted, returned, signed, revised."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.information_reporting.domain.changes import overlaid
from services.information_reporting.domain.fields import Value, gaps, is_empty, ordered, read_values
from services.information_reporting.domain.naming import document_number, number_series, report_title
from services.information_reporting.domain.report import Report, require_open, require_revisable, step
from services.information_reporting.domain.rules import Heading
from services.information_reporting.handlers.context import Reporting, keep_report, own_report
from services.information_reporting.handlers.known import known_values, told_changes
from services.information_reporting.handlers.views import facts_now, field_label, report_view
from services.information_reporting.schemas import ChangeReport, ReturnReport, ReviseReport, SignReport, SubmitReport
from services.information_reporting.store.reports import add_step, keep_signed
from services.information_reporting.store.settings import next_number, rule_book, template_in_force
from shared.contracts.events.acts import Act
from shared.contracts.events.report import ReportState
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.clock import civil_date, wire_time
from shared.kernel.errors import Conflict
from shared.kernel.ids import new_id
from shared.storage.system import append_facts


def change_report(
    connection: Connection, reporting: Reporting, actor: Actor, report_id: str, cmd: ChangeReport, now: datetime
) -> Answer:
    """Say elements anew while nothing is signed.

    Raises:
        NotFound, Conflict: `report.signed_already`; `report.changed` with the present report and what differs.
        Invalid: an element is unknown or cannot be so.
    """
    before = own_report(connection, reporting, actor, report_id)
    said = read_values(cmd.fields)
    _require_version(connection, before, cmd.version, said)
    require_open(before)
    after = {**before.fields, **said}
    if after == before.fields:
        return Answer(200, report_view(connection, before))
    kept = keep_report(connection, reporting, replace(before, fields=after), None, now=now, actor=actor)
    return Answer(200, report_view(connection, kept))


def _require_version(
    connection: Connection, report: Report, version: int | None, said: Mapping[str, Value] | None = None
) -> None:
    if version is None or version == report.version:
        return
    differing = [
        {"field": name, "label": field_label(name), "yours": value, "current": report.fields.get(name)}
        for name, value in (said or {}).items()
        if value != report.fields.get(name)
    ]
    raise Conflict("report.changed", current=report_view(connection, report), changed=differing)


def submit_report(
    connection: Connection, reporting: Reporting, actor: Actor, report_id: str, cmd: SubmitReport, now: datetime
) -> Answer:
    """Give it to be signed; gaps are named on it and hold nothing back.

    Raises:
        NotFound, Conflict: `report.transition_refused`, `report.changed`, `report.superseded`.
    """
    before = own_report(connection, reporting, actor, report_id)
    _require_version(connection, before, cmd.version)
    after = replace(before, state=step(before, "submit"))
    kept = keep_report(connection, reporting, after, "submitted", now=now, actor=actor, changed=["state"])
    add_step(connection, kept, "submit", before, actor.name, at=now)
    return Answer(200, report_view(connection, kept))


def return_report(
    connection: Connection, reporting: Reporting, actor: Actor, report_id: str, cmd: ReturnReport, now: datetime
) -> Answer:
    """Back to whoever wrote it, with a reason.

    Raises:
        NotFound, Conflict: `report.transition_refused`.
    """
    before = own_report(connection, reporting, actor, report_id)
    after = replace(before, state=step(before, "return"))
    kept = keep_report(
        connection, reporting, after, "returned", now=now, actor=actor, changed=["state"], remark=cmd.reason
    )
    add_step(connection, kept, "return", before, actor.name, at=now, note=cmd.reason)
    return Answer(200, report_view(connection, kept))


def sign_report(
    connection: Connection, reporting: Reporting, actor: Actor, report_id: str, cmd: SignReport, now: datetime
) -> Answer:
    """Sign it as it stands: it gets its number, and what it says is put by for ever.

    Raises:
        NotFound, Conflict: `report.signed_already`, `report.transition_refused`, `report.changed`, `report.superseded`.
    """
    before = own_report(connection, reporting, actor, report_id)
    _require_version(connection, before, cmd.version)
    target, book, year = step(before, "sign"), rule_book(connection), civil_date(now).year
    number = next_number(connection, number_series(before.kind, year))
    signed = replace(
        before, state=target, signer_name=actor.name, signed_at=now,
        document_number=document_number(before.kind, book.heading, year, number),
    )  # fmt: skip
    changed = ["state", "signer_name", "signed_at", "document_number"]
    kept = keep_report(connection, reporting, signed, "signed", now=now, actor=actor, changed=changed)
    template = template_in_force(connection, kept.kind)
    body = report_body(kept, book.heading)
    keep_signed(connection, kept, body, signed_at=now, template_version=0 if template.is_default else template.version)
    add_step(connection, kept, "sign", before, actor.name, at=now, note=kept.document_number)
    _note_act(connection, reporting, Act.REPORT_SIGNED, actor, kept, now)
    return Answer(200, report_view(connection, kept))


def report_body(report: Report, heading: Heading) -> dict[str, Any]:
    """Everything a paper is printed from."""
    missing = gaps(report.kind, known_values(report), report.type_code)
    names = (
        "id", "serial", "revision", "title", "document_number", "signer_name", "incident_number", "incident_title",
        "type_code", "township_name", "day", "created_by_name", "exercise", "supersedes",
    )  # fmt: skip
    return {
        **{name: getattr(report, name) for name in names},
        "kind": report.kind.value,
        "created_at": wire_time(report.created_at),
        "signed_at": report.signed_at and wire_time(report.signed_at),
        "fields": ordered(report.fields),
        "gaps": list(missing),
        "changes": [
            {"field": one.field, "before": one.before, "after": one.after, "numeric": one.numeric}
            for one in told_changes(report)
        ],
        "heading": asdict(heading),
        "phone": report.phone and report.phone.model_dump(mode="json"),
    }


def revise_report(
    connection: Connection, reporting: Reporting, actor: Actor, report_id: str, cmd: ReviseReport, now: datetime
) -> Answer:
    """A new version of what was signed; the old one stays as it is and is told to be superseded.

    Raises:
        NotFound, Conflict: `report.not_signed`, `report.superseded`, `report.use_follow_up`, `report.revision_not_due`.
    """
    old = own_report(connection, reporting, actor, report_id)
    facts = facts_now(connection, old.incident_id) or {}
    news = {k: v for k, v in facts.items() if not is_empty(v) and v != old.prefilled.get(k)}
    require_revisable(old, facts_differ=bool(news))
    about = old.incident_title or old.township_name
    draft = replace(
        old, id=new_id(), revision=old.revision + 1, state=ReportState.DRAFT, version=0, created_at=now,
        created_by=actor.account_id, created_by_name=actor.name, supersedes=old.id,
        title=report_title(old.kind, old.serial, old.revision + 1, about=about, day=old.day),
        fields=overlaid(old.fields, news), prefilled=facts or old.prefilled, told=None,
        baseline=old.baseline if old.told is None else old.told, document_number=None, signer_name=None,
        signed_at=None, sent_at=None, sent_to=None, sent_channel=None, receipted_at=None, receipted_by=None, phone=None,
        answer=None,
    )  # fmt: skip
    made = keep_report(connection, reporting, draft, "drafted", now=now, actor=actor, remark=cmd.reason)
    add_step(connection, made, "draft", None, actor.name, at=now, note=cmd.reason)
    left = replace(old, superseded_by=made.id)
    kept = keep_report(connection, reporting, left, "revised", now=now, actor=actor, changed=["superseded_by"])
    add_step(connection, kept, "revise", old, actor.name, at=now, note=cmd.reason)
    _note_act(connection, reporting, Act.REPORT_REVISED, actor, kept, now)
    return Answer(201, report_view(connection, made))


def _note_act(
    connection: Connection, reporting: Reporting, act: Act, actor: Actor, report: Report, now: datetime
) -> None:
    detail = {"document_number": report.document_number, "title": report.title[:200], "revision": report.revision}
    fact = reporting.deps.acted("report", act, actor, now=now, target=report.id, detail=detail)
    append_facts(connection, fact)
