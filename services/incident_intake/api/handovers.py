"""Routes of incidents between sites: moving a home, noting on another site's, going on beside it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.continuing import continue_incident
from services.incident_intake.handlers.handover import answer_handover, ask_to_take_over, offer_view, withdraw_request
from services.incident_intake.handlers.remarks import make_remark
from services.incident_intake.schemas import (
    AnswerHandover,
    AskHandover,
    Identifier,
    IncidentView,
    NoteInput,
    TimelineView,
    WithReason,
)
from services.incident_intake.store.homes import list_offers
from shared.http.commands import json_response
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor


def handovers_router(intake: Intake) -> APIRouter:
    """`/api/handovers`, asking for one, and what can be done about an incident that another site writes."""
    router = APIRouter(prefix="/api", tags=["incidents"])
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    closer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_CLOSE))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_WRITE))]

    @router.post("/incidents/{incident_id}/handover", status_code=201)
    async def ask(request: Request, actor: closer, incident_id: Identifier, cmd: AskHandover) -> Response:
        """Ask another site to take the incident over; it stays here until that site has accepted in time."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: ask_to_take_over(c, intake, actor, incident_id, cmd, now))

    @router.post("/incidents/{incident_id}/handover/withdraw")
    async def withdraw(request: Request, actor: closer, incident_id: Identifier) -> Response:
        """Take the request back while its answer has not been heard."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: withdraw_request(c, intake, actor, incident_id, now))

    @router.post("/incidents/{incident_id}/remarks", status_code=201, response_model=TimelineView)
    async def remark(request: Request, actor: writer, incident_id: Identifier, cmd: NoteInput) -> Response:
        """Note something on an incident, also on another site's and while that is cut off."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: make_remark(c, intake, actor, incident_id, cmd, now))

    @router.post("/incidents/{incident_id}/continue", status_code=201, response_model=IncidentView)
    async def go_on(request: Request, actor: closer, incident_id: Identifier, cmd: WithReason) -> Response:
        """Go on beside another site's incident, with an incident of this site that names it."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: continue_incident(c, intake, actor, incident_id, cmd, now))

    @router.get("/handovers")
    async def offers(_actor: reader, after: After = None, limit: Limit = 50) -> Response:
        """What this site is asked to take over, the newest first."""
        key, now = time_key(after), deps.clock.now()
        found = await deps.database.read(lambda c: list_offers(c, after=key, limit=limit + 1))
        return json_response(
            keyed_page(
                found, limit, lambda one: (one.handover.requested_at, one.handover.id), lambda one: offer_view(one, now)
            )
        )

    @router.post("/handovers/{handover_id}/accept")
    async def accept(request: Request, actor: closer, handover_id: Identifier, cmd: AnswerHandover) -> Response:
        """Take it over; this site writes it as soon as the old home has handed over."""
        now = deps.clock.now()
        return await commands.run(
            request, actor, lambda c: answer_handover(c, intake, actor, handover_id, cmd, now, is_yes=True)
        )

    @router.post("/handovers/{handover_id}/decline")
    async def decline(request: Request, actor: closer, handover_id: Identifier, cmd: AnswerHandover) -> Response:
        """Say no."""
        now = deps.clock.now()
        return await commands.run(
            request, actor, lambda c: answer_handover(c, intake, actor, handover_id, cmd, now, is_yes=False)
        )

    return router
