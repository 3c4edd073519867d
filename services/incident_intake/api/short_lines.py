"""代录 and 念报: lines that came by satellite phone, SMS, 北斗 or radio, and orders that leave the same way."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.short_lines.look import lines_page, preview_lines, render_line
from services.incident_intake.handlers.short_lines.take import take_lines
from services.incident_intake.schemas import ReadShortLines, RenderShortLine, ShortLineAnswer, TakeShortLines
from shared.http.commands import json_response
from shared.kernel.access import Action, Actor

Unit = Annotated[str | None, Query(pattern=r"^[0-9]{3}$")]


def short_lines_router(intake: Intake) -> APIRouter:
    """Routes of short lines."""
    router = APIRouter(prefix="/api/short-lines", tags=["short lines"])
    deps, commands = intake.deps, intake.deps.commands
    writer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_WRITE))]
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]

    @router.post("", status_code=201, response_model=ShortLineAnswer)
    async def take(request: Request, actor: writer, cmd: TakeShortLines) -> Response:
        """File lines in the name of the far site; each number of a sender has its effect once."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: take_lines(c, intake, actor, cmd, now))

    @router.post("/read")
    async def read(_actor: writer, cmd: ReadShortLines) -> Response:
        """What the lines say and would become; nothing is kept."""
        now = deps.clock.now()
        return json_response(await deps.database.read(lambda c: preview_lines(c, intake, cmd, now)))

    @router.post("/render")
    async def render(_actor: reader, cmd: RenderShortLine) -> Response:
        """A line with its check, and the words in which it is read out."""
        return json_response(render_line(cmd, deps.clock.now()))

    @router.get("")
    async def listed(actor: writer, unit: Unit = None) -> Response:
        """The last 100 lines, newest first, and the numbers that never came."""
        return json_response(await deps.database.read(lambda c: lines_page(c, actor, unit)))

    return router
