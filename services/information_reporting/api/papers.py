"""`/api/reports/{id}/document` and `/api/report-templates`."""

import asyncio
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response, UploadFile

from services.information_reporting.handlers.context import Reporting
from services.information_reporting.handlers.papers import own_template, paper_of, put_template, show_templates
from services.information_reporting.papers.default import default_template
from services.information_reporting.papers.guard import MAX_BYTES
from services.information_reporting.papers.press import DOCX_TYPE, PDF_TYPE, check_template, print_report
from services.information_reporting.schemas import TemplateView
from shared.contracts.events.report import ReportKind
from shared.http.commands import json_response
from shared.kernel.access import Action, Actor
from shared.kernel.errors import TooLarge


class PaperFormat(StrEnum):
    """How a paper is wanted."""

    DOCX = "docx"
    PDF = "pdf"


def papers_router(reporting: Reporting) -> APIRouter:
    """Papers and templates. One paper is made at a time: they take memory."""
    router = APIRouter(prefix="/api", tags=["reporting"])
    deps, press = reporting.deps, asyncio.Semaphore(1)
    reader = Annotated[Actor, Depends(deps.auth.require(Action.REPORT_READ))]
    planner = Annotated[Actor, Depends(deps.auth.require(Action.SETTINGS_WRITE))]

    @router.get("/reports/{report_id}/document", response_class=Response)
    async def document(
        actor: reader,
        report_id: str,
        format: PaperFormat = PaperFormat.PDF,  # noqa: A002
        inline: bool = False,  # noqa: FBT001, FBT002 — a query parameter
    ) -> Response:
        """The paper of a report; a draft says that it is one. `inline`: to be looked at in the browser, not kept."""
        job = await deps.database.read(lambda c: paper_of(c, actor, report_id))
        as_pdf = format is PaperFormat.PDF
        async with press:
            content = await asyncio.to_thread(print_report, job.body, job.template, as_pdf=as_pdf)
        reporting.metrics.rendered.labels(format.value).inc()
        return _file(content, PDF_TYPE if as_pdf else DOCX_TYPE, f"{job.name}.{format.value}", inline=inline and as_pdf)

    @router.get("/report-templates")
    async def templates(_actor: reader) -> Response:
        """The template in force of each kind of report, and the tags that may stand in one."""
        return json_response(await deps.database.read(show_templates))

    @router.get("/report-templates/{kind}", response_class=Response)
    async def template(_actor: reader, kind: ReportKind) -> Response:
        """The template in force, to be changed in a word processor."""
        own = await deps.database.read(lambda c: own_template(c, kind))
        content = await asyncio.to_thread(default_template, kind) if own is None else own
        return _file(content, DOCX_TYPE, f"{kind.value}.docx")

    @router.put("/report-templates/{kind}", response_model=TemplateView)
    async def replace_template(request: Request, actor: planner, kind: ReportKind, file: UploadFile) -> Response:
        """Put a template into force if it makes a paper; what is wrong with it is told with its place."""
        content = await file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise TooLarge("template.too_large", max_megabytes=MAX_BYTES // (1024 * 1024))
        async with press:
            await asyncio.to_thread(check_template, content, kind)
        now, name = deps.clock.now(), (file.filename or "")[:200] or None
        return await deps.commands.run(
            request, actor, lambda c: put_template(c, reporting, actor, kind, content, name, now), content=content
        )

    @router.post("/report-templates/{kind}/reset", response_model=TemplateView)
    async def reset(request: Request, actor: planner, kind: ReportKind) -> Response:
        """The product's own template again."""
        now = deps.clock.now()
        return await deps.commands.run(
            request, actor, lambda c: put_template(c, reporting, actor, kind, None, None, now)
        )

    return router


def _file(content: bytes, media_type: str, name: str, *, inline: bool = False) -> Response:
    disposition = f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})
