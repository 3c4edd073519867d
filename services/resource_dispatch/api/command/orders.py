"""Routes of orders of a post."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection

from services.resource_dispatch.api.arriving import wait_for_incident
from services.resource_dispatch.handlers.command.bodies import Feedback, IssueOrder
from services.resource_dispatch.handlers.command.context import visible_incident
from services.resource_dispatch.handlers.command.orders import issue_order, take_feedback
from services.resource_dispatch.handlers.command.views import view
from services.resource_dispatch.store.command import Held, list_commands
from shared.contracts.events.command import CommandOrderFact
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor


def orders_router(deps: Deps) -> APIRouter:
    """`/api/incidents/{id}/orders` and `/api/orders`."""
    router = APIRouter(prefix="/api", tags=["command"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    commander = Annotated[Actor, Depends(deps.auth.require(Action.COMMAND_WRITE))]
    field = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_STATUS))]

    @router.post("/incidents/{incident_id}/orders", status_code=201)
    async def issue(request: Request, incident_id: str, cmd: IssueOrder, actor: commander) -> Response:
        """An order with a number, to teams and to anybody by name."""
        await wait_for_incident(deps, incident_id)
        return await deps.commands.answer(
            request, actor, lambda c, now: issue_order(c, deps, actor, incident_id, cmd, now), status=201
        )

    @router.get("/incidents/{incident_id}/orders")
    async def find(incident_id: str, actor: reader, after: After = None, limit: Limit = 50) -> Response:
        """Orders of an incident, the newest first."""
        key = time_key(after)

        def look(connection: Connection) -> list[Held[CommandOrderFact]]:
            visible_incident(connection, actor, incident_id)
            return list_commands(connection, CommandOrderFact, incident_id=incident_id, after=key, limit=limit + 1)

        found = await deps.database.read(look)
        return json_response(keyed_page(found, limit, lambda one: (one.state.issued_at, one.state.id), view))

    @router.post("/orders/{order_id}/feedback")
    async def answer(request: Request, order_id: str, cmd: Feedback, actor: field) -> Response:
        """A receiver has it, has done it, or cannot."""
        return await deps.commands.answer(
            request, actor, lambda c, now: take_feedback(c, deps, actor, order_id, cmd, now)
        )

    return router
