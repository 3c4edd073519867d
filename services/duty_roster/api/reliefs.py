"""`/api/roster/reliefs`: 换岗."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.duty_roster.handlers.reliefs import Reliefs, relief_of
from services.duty_roster.schemas.reliefs import ApplyRelief, RejectRelief, relief_json
from services.duty_roster.store.records import records_page
from services.duty_roster.tables import RELIEF
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor


def reliefs_router(deps: Deps, reliefs: Reliefs) -> APIRouter:
    """Lists, applies for, agrees to, approves and refuses reliefs."""
    router = APIRouter(prefix="/api/roster/reliefs", tags=["roster"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_READ))]
    signer = Annotated[Actor, Depends(deps.auth.require(Action.HANDOVER_SIGN))]
    leader = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_WRITE))]

    @router.get("")
    async def listed(_actor: reader, limit: Limit = 20, after: After = None) -> Response:
        """Reliefs, newest first."""
        key = time_key(after)
        rows = await deps.database.read(lambda c: records_page(c, RELIEF, after=key, limit=limit + 1))
        shown = keyed_page(
            rows, limit, lambda row: (row.at, row.id), lambda row: relief_json(relief_of(row), row.version)
        )
        return json_response(shown)

    @router.post("", status_code=201)
    async def apply(request: Request, body: ApplyRelief, actor: signer) -> Response:
        """Ask for it; it changes nothing yet."""
        return await deps.commands.answer(request, actor, lambda c, now: reliefs.apply(c, actor, body, now), status=201)

    @router.post("/{relief_id}/agree")
    async def agree(request: Request, relief_id: str, actor: signer) -> Response:
        """Who is asked says yes."""
        return await deps.commands.answer(request, actor, lambda c, now: reliefs.agree(c, actor, relief_id, now))

    @router.post("/{relief_id}/approve")
    async def approve(request: Request, relief_id: str, actor: leader) -> Response:
        """Whoever plans the duty approves; now the shifts change."""
        return await deps.commands.answer(request, actor, lambda c, now: reliefs.approve(c, actor, relief_id, now))

    @router.post("/{relief_id}/reject")
    async def reject(request: Request, relief_id: str, body: RejectRelief, actor: leader) -> Response:
        """Whoever plans the duty refuses."""
        return await deps.commands.answer(request, actor, lambda c, now: reliefs.reject(c, actor, relief_id, body, now))

    return router
