"""Routes of responses."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from services.resource_dispatch.api.arriving import wait_for_incident
from services.resource_dispatch.handlers.command.activations import adjust_activation, end_activation, start_activation
from services.resource_dispatch.handlers.command.bodies import AdjustActivation, EndActivation, StartActivation
from services.resource_dispatch.handlers.command.context import visible_incident
from services.resource_dispatch.handlers.command.views import view
from services.resource_dispatch.store.command import Held, list_commands
from shared.contracts.events.command import ActivationFact
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor


def activations_router(deps: Deps) -> APIRouter:
    """`/api/activations`."""
    router = APIRouter(prefix="/api/activations", tags=["command"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    signer = Annotated[Actor, Depends(deps.auth.require(Action.ACTIVATION_SIGN))]

    @router.post("", status_code=201)
    async def start(request: Request, cmd: StartActivation, actor: signer) -> Response:
        """Start a response: matter, level, expected end and measures must be said."""
        if cmd.incident_id is not None:
            await wait_for_incident(deps, cmd.incident_id)
        return await deps.commands.answer(
            request, actor, lambda c, now: start_activation(c, deps, actor, cmd, now), status=201
        )

    @router.get("")
    async def find(
        actor: reader,
        open: bool | None = None,  # noqa: A002, FBT001 — a query parameter
        incident_id: Annotated[str | None, Query(max_length=64)] = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        """Responses, the newest first; `open` are those in force."""
        key, active = time_key(after), open

        def look(connection: Connection) -> list[Held[ActivationFact]]:
            if incident_id is not None:
                visible_incident(connection, actor, incident_id)
            return list_commands(
                connection,
                ActivationFact,
                incident_id=incident_id,
                active=active,
                township=actor.bound_territory,
                after=key,
                limit=limit + 1,
            )

        found = await deps.database.read(look)
        return json_response(keyed_page(found, limit, lambda one: (one.state.started_at, one.state.id), view))

    @router.post("/{activation_id}/adjust")
    async def adjust(request: Request, activation_id: str, cmd: AdjustActivation, actor: signer) -> Response:
        """Another level, term or measures, with the reason."""
        return await deps.commands.answer(
            request, actor, lambda c, now: adjust_activation(c, deps, actor, activation_id, cmd, now)
        )

    @router.post("/{activation_id}/end")
    async def end(request: Request, activation_id: str, cmd: EndActivation, actor: signer) -> Response:
        """Declare the response over."""
        return await deps.commands.answer(
            request, actor, lambda c, now: end_activation(c, deps, actor, activation_id, cmd, now)
        )

    return router
