"""Routes of moving an incident's home to another site."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.handover import answer_handover, ask_to_take_over, offer_view
from services.incident_intake.schemas import AnswerHandover, AskHandover, Identifier
from services.incident_intake.store.homes import list_offers
from shared.http.commands import json_response
from shared.http.paging import After, Limit, encode_cursor, page, time_key
from shared.kernel.access import Action, Actor
from shared.kernel.clock import wire_time


def handovers_router(intake: Intake) -> APIRouter:
    """`/api/handovers`, and asking for one."""
    router = APIRouter(prefix="/api", tags=["incidents"])
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    closer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_CLOSE))]

    @router.post("/incidents/{incident_id}/handover", status_code=201)
    async def ask(request: Request, actor: closer, incident_id: Identifier, cmd: AskHandover) -> Response:
        """Ask another site to take the incident over; it stays here until that site has accepted in time."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: ask_to_take_over(c, intake, actor, incident_id, cmd, now))

    @router.get("/handovers")
    async def offers(_actor: reader, after: After = None, limit: Limit = 50) -> Response:
        """What this site is asked to take over, the newest first."""
        key, now = time_key(after), deps.clock.now()
        found = await deps.database.read(lambda c: list_offers(c, after=key, limit=limit + 1))
        final = found[limit - 1].handover if len(found) > limit else None
        cursor = encode_cursor(wire_time(final.requested_at), final.id) if final else None
        items: list[Any] = [offer_view(one, now) for one in found]
        return json_response(page(items, limit, cursor))

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
