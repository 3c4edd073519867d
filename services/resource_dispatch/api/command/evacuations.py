"""Routes of evacuations."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection

from services.resource_dispatch.api.arriving import wait_for_incident
from services.resource_dispatch.domain.command.evacuation import CONFIRM_WITHIN
from services.resource_dispatch.handlers.command.bodies import Because, ConfirmTeam, OrderEvacuation
from services.resource_dispatch.handlers.command.context import visible_incident
from services.resource_dispatch.handlers.command.evacuations import (
    confirm_team,
    end_evacuation,
    order_evacuation,
)
from services.resource_dispatch.handlers.command.joining import teams_at_risk
from services.resource_dispatch.handlers.command.views import view
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.store.command import Held, find_command, list_commands
from shared.contracts.events.command import EvacuationFact, EvacuationTeam
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor
from shared.kernel.errors import NotFound


def evacuations_router(deps: Deps, metrics: DispatchMetrics) -> APIRouter:
    """`/api/incidents/{id}/evacuations` and `/api/evacuations`."""
    router = APIRouter(prefix="/api", tags=["command"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    commander = Annotated[Actor, Depends(deps.auth.require(Action.COMMAND_WRITE))]
    field = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_STATUS))]

    @router.post("/incidents/{incident_id}/evacuations", status_code=201)
    async def order(request: Request, incident_id: str, cmd: OrderEvacuation, actor: commander) -> Response:
        """Tell every team at the incident to leave; each must confirm with its headcount in time."""
        await wait_for_incident(deps, incident_id)
        return await deps.commands.answer(
            request, actor, lambda c, now: order_evacuation(c, deps, actor, incident_id, cmd, now), status=201
        )

    @router.get("/incidents/{incident_id}/evacuations")
    async def find(incident_id: str, actor: reader, after: After = None, limit: Limit = 50) -> Response:
        """Evacuations of an incident, the newest first."""
        key = time_key(after)

        def look(connection: Connection) -> list[Held[EvacuationFact]]:
            visible_incident(connection, actor, incident_id)
            return list_commands(connection, EvacuationFact, incident_id=incident_id, after=key, limit=limit + 1)

        found = await deps.database.read(look)
        return json_response(keyed_page(found, limit, lambda one: (one.state.ordered_at, one.state.id), view))

    @router.get("/incidents/{incident_id}/evacuation-teams")
    async def teams(incident_id: str, actor: reader) -> Response:
        """Whom an evacuation would call now, and how long they would have."""

        def look(connection: Connection) -> list[EvacuationTeam]:
            visible_incident(connection, actor, incident_id)
            return teams_at_risk(connection, deps, incident_id)

        found = await deps.database.read(look)
        limits = {
            "minutes": int(CONFIRM_WITHIN.value.total_seconds() // 60),
            "basis": CONFIRM_WITHIN.basis,
            "verified": CONFIRM_WITHIN.verified,
        }
        return json_response({"items": [team.model_dump(mode="json") for team in found], **limits})

    @router.get("/evacuations/{evacuation_id}")
    async def show(evacuation_id: str, actor: reader) -> Response:
        """One evacuation with all counts."""

        def look(connection: Connection) -> dict[str, object]:
            held = find_command(connection, EvacuationFact, evacuation_id)
            if held is None:
                raise NotFound("evacuation.unknown")
            visible_incident(connection, actor, held.state.incident_id)
            return view(held)

        return json_response(await deps.database.read(look))

    @router.post("/evacuations/{evacuation_id}/teams/{assignment_id}/confirm")
    async def confirm(
        request: Request, evacuation_id: str, assignment_id: str, cmd: ConfirmTeam, actor: field
    ) -> Response:
        """The team is out, with so many people; said by itself, by radio or at the assembly point."""
        return await deps.commands.answer(
            request, actor, lambda c, now: confirm_team(c, deps, metrics, actor, evacuation_id, assignment_id, cmd, now)
        )

    @router.post("/evacuations/{evacuation_id}/end")
    async def end(request: Request, evacuation_id: str, cmd: Because, actor: commander) -> Response:
        """The commander lets people in again, or stands them down."""
        return await deps.commands.answer(
            request, actor, lambda c, now: end_evacuation(c, deps, actor, evacuation_id, cmd, now)
        )

    return router
