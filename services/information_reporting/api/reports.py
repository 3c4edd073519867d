"""`/api/reports`: drafted, edited, submitted, signed, sent, received; told by telephone first."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.information_reporting.api.arriving import wait_for_incident
from services.information_reporting.handlers.context import Reporting
from services.information_reporting.handlers.drafting import create_report
from services.information_reporting.handlers.reading import read_report, reports_page
from services.information_reporting.handlers.sending import note_receipt, phone_superiors, send_report
from services.information_reporting.handlers.steps import (
    change_report,
    return_report,
    revise_report,
    sign_report,
    submit_report,
)
from services.information_reporting.schemas import (
    ChangeReport,
    CreateReport,
    PhoneSuperiors,
    ReceiptReport,
    ReportView,
    ReturnReport,
    ReviseReport,
    SendReport,
    SignReport,
    SubmitReport,
)
from services.information_reporting.store.reports import ReportFilter
from shared.contracts.events.report import ReportKind, ReportState
from shared.http.commands import json_response
from shared.http.paging import After, Limit, time_key
from shared.kernel.access import Action, Actor
from shared.kernel.clock import UtcDatetime

Id = Annotated[str | None, Query(max_length=36)]
Words = Annotated[str | None, Query(max_length=200)]


def reports_router(reporting: Reporting) -> APIRouter:
    """Reports and their steps."""
    router = APIRouter(prefix="/api/reports", tags=["reporting"])
    deps, commands = reporting.deps, reporting.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.REPORT_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.REPORT_WRITE))]
    signer = Annotated[Actor, Depends(deps.auth.require(Action.REPORT_SIGN))]

    @router.get("")
    async def list_all(
        actor: reader,
        incident_id: Id = None,
        kind: Annotated[list[ReportKind] | None, Query()] = None,
        state: Annotated[list[ReportState] | None, Query()] = None,
        since: UtcDatetime | None = None,
        until: UtcDatetime | None = None,
        day: date | None = None,
        q: Words = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """Reports, newest first; `q` is looked for in titles, numbers and all that they say."""
        wanted = ReportFilter(
            incident_id=incident_id, kinds=tuple(kind or ()), states=tuple(state or ()), since=since, until=until,
            text=(q or "").strip() or None, day=day.isoformat() if day else None,
        )  # fmt: skip
        key = time_key(after)
        return json_response(await deps.database.read(lambda c: reports_page(c, actor, wanted, after=key, limit=limit)))

    @router.post("", status_code=201, response_model=ReportView)
    async def create(request: Request, actor: writer, cmd: CreateReport) -> Response:
        """A draft, prefilled from the facts; of an incident there is one initial report and one final one."""
        await wait_for_incident(deps, cmd.incident_id)
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: create_report(c, reporting, actor, cmd, now))

    @router.get("/{report_id}", response_model=ReportView)
    async def read(actor: reader, report_id: str) -> Response:
        """One report with its history."""
        return json_response(await deps.database.read(lambda c: read_report(c, actor, report_id)))

    @router.patch("/{report_id}", response_model=ReportView)
    async def change(request: Request, actor: writer, report_id: str, cmd: ChangeReport) -> Response:
        """Say elements anew while nothing is signed."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: change_report(c, reporting, actor, report_id, cmd, now))

    @router.post("/{report_id}/submit", response_model=ReportView)
    async def submit(request: Request, actor: writer, report_id: str, cmd: SubmitReport) -> Response:
        """To be signed; gaps hold nothing back."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: submit_report(c, reporting, actor, report_id, cmd, now))

    @router.post("/{report_id}/return", response_model=ReportView)
    async def give_back(request: Request, actor: signer, report_id: str, cmd: ReturnReport) -> Response:
        """Back to whoever wrote it, with a reason."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: return_report(c, reporting, actor, report_id, cmd, now))

    @router.post("/{report_id}/sign", response_model=ReportView)
    async def sign(request: Request, actor: signer, report_id: str, cmd: SignReport) -> Response:
        """Sign it: it gets its number and never changes again."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: sign_report(c, reporting, actor, report_id, cmd, now))

    @router.post("/{report_id}/send", response_model=ReportView)
    async def send(request: Request, actor: writer, report_id: str, cmd: SendReport) -> Response:
        """The signed paper went out; this meets the clocks that waited for it."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: send_report(c, reporting, actor, report_id, cmd, now))

    @router.post("/{report_id}/receipt", response_model=ReportView)
    async def receipt(request: Request, actor: writer, report_id: str, cmd: ReceiptReport) -> Response:
        """The other side has it."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: note_receipt(c, reporting, actor, report_id, cmd, now))

    @router.post("/{report_id}/phone", response_model=ReportView)
    async def phone(request: Request, actor: writer, report_id: str, cmd: PhoneSuperiors) -> Response:
        """Told by telephone, in whatever state the paper is."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: phone_superiors(c, reporting, actor, report_id, cmd, now))

    @router.post("/{report_id}/revise", status_code=201, response_model=ReportView)
    async def revise(request: Request, actor: writer, report_id: str, cmd: ReviseReport) -> Response:
        """A new version of what was signed; the old one stays."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: revise_report(c, reporting, actor, report_id, cmd, now))

    return router
