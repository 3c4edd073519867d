"""`/api/support-requests`: what superiors are asked for, and what they answered."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.information_reporting.api.arriving import wait_for_incident
from services.information_reporting.handlers.context import Reporting
from services.information_reporting.handlers.support import answer_support, request_support
from services.information_reporting.schemas import AnswerSupport, ReportView, RequestSupport
from shared.kernel.access import Action, Actor


def support_router(reporting: Reporting) -> APIRouter:
    """Requests for support; they are reports of their own kind and go the same steps under `/api/reports`."""
    router = APIRouter(prefix="/api/support-requests", tags=["reporting"])
    deps, commands = reporting.deps, reporting.deps.commands
    writer = Annotated[Actor, Depends(deps.auth.require(Action.REPORT_WRITE))]

    @router.post("", status_code=201, response_model=ReportView)
    async def ask(request: Request, actor: writer, cmd: RequestSupport) -> Response:
        """请求支援: a draft for the superiors. Nobody is dispatched by it."""
        await wait_for_incident(deps, cmd.incident_id)
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: request_support(c, reporting, actor, cmd, now))

    @router.post("/{report_id}/answer", response_model=ReportView)
    async def answered(request: Request, actor: writer, report_id: str, cmd: AnswerSupport) -> Response:
        """What the superiors answered: granted, partly, refused; by whom."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: answer_support(c, reporting, actor, report_id, cmd, now))

    return router
