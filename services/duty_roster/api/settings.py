"""`/api/roster/staffing` and `/api/roster/handover-checklist`: what the bureau decides about its duty."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.duty_roster.domain.staffing import check_staffing
from services.duty_roster.handlers.handovers import CHECKLIST
from services.duty_roster.handlers.settings import Kept
from services.duty_roster.handlers.staffing import STAFFING
from services.duty_roster.schemas.settings import SetChecks, SetStaffing, SettingCommand
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.kernel.access import Action, Actor


async def show_setting(deps: Deps, kept: Kept) -> Response:
    """The decision in force."""
    return json_response(await deps.database.read(kept.show))


async def change_setting(deps: Deps, kept: Kept, request: Request, actor: Actor, body: SettingCommand) -> Response:
    """Another one."""
    return await deps.commands.answer(request, actor, lambda c, now: kept.change(c, deps, actor, body, now))


def settings_router(deps: Deps) -> APIRouter:
    """Reads for all who see the roster, changes by whoever plans it."""
    router = APIRouter(prefix="/api/roster", tags=["roster"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_WRITE))]

    @router.get("/staffing")
    async def staffing(_actor: reader) -> Response:
        """How many people each post needs on which sort of day, with the basis of each number."""
        return await show_setting(deps, STAFFING)

    @router.put("/staffing")
    async def staff(request: Request, body: SetStaffing, actor: writer) -> Response:
        """Replace all rules; gaps follow at once."""
        check_staffing(one.rule() for one in body.rules)
        return await change_setting(deps, STAFFING, request, actor, body)

    @router.get("/handover-checklist")
    async def checklist(_actor: reader) -> Response:
        """What is ticked at every handover besides what is open."""
        return await show_setting(deps, CHECKLIST)

    @router.put("/handover-checklist")
    async def set_checklist(request: Request, body: SetChecks, actor: writer) -> Response:
        """Replace it; handovers that are signed keep theirs."""
        return await change_setting(deps, CHECKLIST, request, actor, body)

    return router
