"""What looks like the same event, and what counts as near."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.duplicates import change_window, like_draft, like_incident, window_in_force
from services.incident_intake.schemas import Identifier, ReportIncident
from services.incident_intake.schemas.desk import ChangeWindow
from shared.http.commands import json_response
from shared.kernel.access import Action, Actor


def duplicates_router(intake: Intake) -> APIRouter:
    """`/api/duplicates`, and the duplicates of one incident."""
    router = APIRouter(prefix="/api", tags=["duplicates"])
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_WRITE))]
    decider = Annotated[Actor, Depends(deps.auth.require(Action.SETTINGS_WRITE))]

    @router.post("/duplicates/check")
    async def check(actor: writer, cmd: ReportIncident) -> Response:
        """What looks like the report that is being typed; nothing is kept."""
        now = deps.clock.now()
        return json_response(await deps.database.read(lambda c: like_draft(c, intake, actor, cmd, now)))

    @router.get("/incidents/{incident_id}/duplicates")
    async def of_incident(actor: reader, incident_id: Identifier) -> Response:
        """What looks like this incident, the most alike first."""
        return json_response(await deps.database.read(lambda c: like_incident(c, intake, actor, incident_id)))

    @router.get("/duplicates/window")
    async def window(_actor: reader) -> Response:
        """How near and how soon two reports must be for a person to be asked, and on what basis."""
        return json_response(await deps.database.read(lambda c: window_in_force(c, intake).json()))

    @router.put("/duplicates/window")
    async def change(request: Request, actor: decider, cmd: ChangeWindow) -> Response:
        """Decide it."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: change_window(c, intake, actor, cmd, now))

    return router
