"""Routes of what sites ask of each other, and of what a person must decide between them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from services.resource_dispatch.handlers.conflicts import decide
from services.resource_dispatch.handlers.requests import accept_request, ask_for_unit, decline_request
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.schemas import Decision, NewRequest, RequestAnswer, conflict_view, request_view
from services.resource_dispatch.store.conflicts import list_conflicts
from services.resource_dispatch.store.requests import find_request, list_requests
from shared.contracts.events.dispatch import ConflictState
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor
from shared.kernel.errors import NotFound


def requests_router(deps: Deps, metrics: DispatchMetrics) -> APIRouter:
    """`/api/requests`."""
    router = APIRouter(prefix="/api/requests", tags=["dispatch"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_READ))]
    dispatcher = Annotated[Actor, Depends(deps.auth.require(Action.ASSIGNMENT_WRITE))]

    @router.post("", status_code=201)
    async def ask(request: Request, cmd: NewRequest, actor: dispatcher) -> Response:
        """Ask another site for its unit; the request expires by itself at `valid_until`."""
        return await deps.commands.answer(
            request, actor, lambda c, now: ask_for_unit(c, deps, actor, cmd, now), status=201
        )

    @router.get("")
    async def find(
        _actor: reader,
        direction: Literal["in", "out"] | None = None,
        incident_id: Annotated[str | None, Query(max_length=64)] = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        """Requests, the newest first: `in` asks this site, `out` is what this site asks."""
        key, here = time_key(after), deps.site
        found = await deps.database.read(
            lambda c: list_requests(
                c,
                from_site=here if direction == "out" else None,
                to_site=here if direction == "in" else None,
                incident_id=incident_id,
                after=key,
                limit=limit + 1,
            )
        )
        now = deps.clock.now()
        return json_response(
            keyed_page(
                found, limit, lambda one: (one.state.requested_at, one.state.id), lambda one: request_view(one, now)
            )
        )

    @router.get("/{request_id}")
    async def show(request_id: str, _actor: reader) -> Response:
        """One request as it stands now."""
        found = await deps.database.read(lambda c: find_request(c, request_id))
        if found is None:
            raise NotFound("request.unknown")
        return json_response(request_view(found, deps.clock.now()))

    @router.post("/{request_id}/accept")
    async def accept(request: Request, request_id: str, cmd: RequestAnswer, actor: dispatcher) -> Response:
        """Send the unit that was asked for; refused once `valid_until` has passed."""
        return await deps.commands.answer(
            request, actor, lambda c, now: accept_request(c, deps, metrics, actor, request_id, cmd, now)
        )

    @router.post("/{request_id}/decline")
    async def decline(request: Request, request_id: str, cmd: RequestAnswer, actor: dispatcher) -> Response:
        """Say no."""
        return await deps.commands.answer(
            request, actor, lambda c, now: decline_request(c, deps, actor, request_id, cmd, now)
        )

    return router


def conflicts_router(deps: Deps) -> APIRouter:
    """`/api/conflicts`."""
    router = APIRouter(prefix="/api/conflicts", tags=["dispatch"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_READ))]
    decider = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_CLOSE))]

    @router.get("")
    async def find(
        _actor: reader, state: ConflictState | None = None, after: After = None, limit: Limit = 50
    ) -> Response:
        """What two sites did to one reality, the newest first; kept at the centre."""
        key = time_key(after)
        wanted = state.value if state else None
        found = await deps.database.read(lambda c: list_conflicts(c, state=wanted, after=key, limit=limit + 1))
        return json_response(keyed_page(found, limit, lambda one: (one.state.found_at, one.state.id), conflict_view))

    @router.post("/{conflict_id}/decision")
    async def say(request: Request, conflict_id: str, cmd: Decision, actor: decider) -> Response:
        """Say whether the two are one; asked sites do what follows from it."""
        return await deps.commands.answer(request, actor, lambda c, now: decide(c, deps, actor, conflict_id, cmd, now))

    return router
