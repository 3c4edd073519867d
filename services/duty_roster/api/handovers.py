"""`/api/roster/handovers`: 交接班 with two signatures."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.duty_roster.handlers.handovers import Handovers, handover_of, handover_row, shown
from services.duty_roster.schemas.handovers import CancelHandover, OpenHandover, SignIn, SignOut, handover_json
from services.duty_roster.store.records import records_page
from services.duty_roster.tables import HANDOVER
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor


def handovers_router(deps: Deps, handovers: Handovers) -> APIRouter:
    """Lists, opens, signs and cancels handovers."""
    router = APIRouter(prefix="/api/roster/handovers", tags=["roster"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_READ))]
    signer = Annotated[Actor, Depends(deps.auth.require(Action.HANDOVER_SIGN))]

    @router.get("")
    async def listed(_actor: reader, limit: Limit = 20, after: After = None) -> Response:
        """Handovers, newest first, as they were signed."""
        key = time_key(after)
        rows = await deps.database.read(lambda c: records_page(c, HANDOVER, after=key, limit=limit + 1))
        return json_response(
            keyed_page(
                rows, limit, lambda row: (row.at, row.id), lambda row: handover_json(handover_of(row), row.version)
            )
        )

    @router.post("", status_code=201)
    async def begin(request: Request, body: OpenHandover, actor: signer) -> Response:
        """Open one, prefilled with what is open now."""
        return await deps.commands.answer(
            request, actor, lambda c, now: handovers.open(c, actor, body, now), status=201
        )

    @router.get("/{handover_id}")
    async def one(_actor: reader, handover_id: str) -> Response:
        """One; as long as it is not signed by both, with what is open now."""
        return json_response(await deps.database.read(lambda c: shown(c, handover_row(c, handover_id))))

    @router.post("/{handover_id}/sign-out")
    async def sign_out(request: Request, handover_id: str, body: SignOut, actor: signer) -> Response:
        """The outgoing person signs."""
        return await deps.commands.answer(
            request, actor, lambda c, now: handovers.sign_out(c, actor, handover_id, body, now)
        )

    @router.post("/{handover_id}/sign-in")
    async def sign_in(request: Request, handover_id: str, body: SignIn, actor: signer) -> Response:
        """The incoming person signs and is responsible from then on."""
        return await deps.commands.answer(
            request, actor, lambda c, now: handovers.sign_in(c, actor, handover_id, body, now)
        )

    @router.post("/{handover_id}/cancel")
    async def cancel(request: Request, handover_id: str, body: CancelHandover, actor: signer) -> Response:
        """Not made after all."""
        return await deps.commands.answer(
            request, actor, lambda c, now: handovers.cancel(c, actor, handover_id, body, now)
        )

    return router
