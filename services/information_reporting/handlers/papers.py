"""Papers of reports, and the templates they are printed on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.information_reporting.handlers.context import Reporting, visible_report
from services.information_reporting.handlers.steps import report_body
from services.information_reporting.papers.tags import known_tags
from services.information_reporting.schemas import TemplateView
from services.information_reporting.store.reports import find_signed
from services.information_reporting.store.settings import (
    TemplateInfo,
    add_template,
    rule_book,
    template_content,
    template_in_force,
)
from shared.contracts.events.acts import Act
from shared.contracts.events.report import ReportKind
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.storage.system import append_facts


@dataclass(frozen=True, slots=True)
class Job:
    """What the press needs: what the report says and the template, None for the product's own."""

    body: dict[str, Any]
    template: bytes | None
    name: str


def paper_of(connection: Connection, actor: Actor, report_id: str) -> Job:
    """A signed report as it was signed, on the template of that time; another as it stands.

    Raises:
        NotFound: `report.not_found`.
    """
    report = visible_report(connection, actor, report_id)
    signed = find_signed(connection, report.id)
    if signed is not None:
        content = template_content(connection, report.kind, signed.template_version)
        return Job(dict(signed.body), content, report.title)
    info = template_in_force(connection, report.kind)
    content = None if info.is_default else template_content(connection, report.kind, info.version)
    return Job(report_body(report, rule_book(connection).heading), content, report.title)


def show_templates(connection: Connection) -> dict[str, Any]:
    """The template in force of each kind, and the tags that a template may use."""
    items = [_view(template_in_force(connection, kind)) for kind in ReportKind]
    return {"items": items, "tags": [{"tag": tag, "meaning": meaning} for tag, meaning in known_tags().items()]}


def _view(info: TemplateInfo) -> dict[str, Any]:
    names = ("kind", "version", "is_default", "filename", "digest", "uploaded_at", "uploaded_by")
    values = {name: getattr(info, name) for name in names}
    return TemplateView(**values, label=label(f"report_kind.{info.kind.value}")).model_dump(mode="json")


def own_template(connection: Connection, kind: ReportKind) -> bytes | None:
    """The bureau's template in force; None if it is the product's own."""
    info = template_in_force(connection, kind)
    return None if info.is_default else template_content(connection, kind, info.version)


def put_template(
    connection: Connection,
    reporting: Reporting,
    actor: Actor,
    kind: ReportKind,
    content: bytes | None,
    filename: str | None,
    now: datetime,
) -> Answer:
    """Put a template that was checked into force, or (without content) the product's own again."""
    info = add_template(connection, kind, content, filename, by=actor.name, at=now)
    act = Act.TEMPLATE_RESET if content is None else Act.TEMPLATE_CHANGED
    detail = {"kind": kind.value, "version": info.version, "filename": filename}
    append_facts(connection, reporting.deps.acted("report", act, actor, now=now, target=kind.value, detail=detail))
    return Answer(200, _view(info))
