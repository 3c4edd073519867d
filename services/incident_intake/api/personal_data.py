"""Routes of personal data that wait for destruction, and of what is left of those destroyed."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.personal_data import (
    destroy_call_now,
    destroy_now,
    destroyed_page,
    extend_retention,
    waiting_page,
)
from services.incident_intake.schemas import Identifier
from services.incident_intake.schemas.finding import DestroyPersonalData, ExtendPersonalData
from shared.http.commands import json_response
from shared.http.paging import After, Limit, time_key
from shared.kernel.access import Action, Actor


def personal_data_router(intake: Intake) -> APIRouter:
    """`/api/personal-data`."""
    router = APIRouter(prefix="/api/personal-data", tags=["personal data"])
    deps, commands = intake.deps, intake.deps.commands
    keeper = Annotated[Actor, Depends(deps.auth.require(Action.PERSONAL_DATA))]

    @router.get("")
    async def listed(
        _actor: keeper, state: Literal["waiting", "destroyed"] = "waiting", after: After = None, limit: Limit = 50
    ) -> Response:
        """What waits, the earliest due first; or what was destroyed, newest first. Never the data themselves."""
        key, look = time_key(after), waiting_page if state == "waiting" else destroyed_page
        return json_response(await deps.database.read(lambda c: look(c, after=key, limit=limit)))

    @router.post("/{incident_id}/extend")
    async def extend(request: Request, actor: keeper, incident_id: Identifier, cmd: ExtendPersonalData) -> Response:
        """Keep them longer, with the reason and the assessment that the law asks for."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: extend_retention(c, intake, actor, incident_id, cmd, now))

    @router.post("/{incident_id}/destroy")
    async def destroy(request: Request, actor: keeper, incident_id: Identifier, cmd: DestroyPersonalData) -> Response:
        """Destroy them now; how many there were and who had read them stays."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: destroy_now(c, intake, actor, incident_id, cmd, now))

    @router.post("/calls/{call_id}/destroy")
    async def destroy_call(request: Request, actor: keeper, call_id: Identifier, cmd: DestroyPersonalData) -> Response:
        """The same for a call that led to no incident; what was said goes with it."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: destroy_call_now(c, intake, actor, call_id, cmd, now))

    return router
