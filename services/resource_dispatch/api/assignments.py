"""Routes of assignments."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.resource_dispatch.api.arriving import wait_for_incident
from services.resource_dispatch.handlers.assignments import order, recall, report_status
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.schemas import NewAssignment, Recall, StatusCommand, assignment_view
from services.resource_dispatch.store.assignments import find_assignment, list_assignments
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor
from shared.kernel.errors import NotFound


def assignments_router(deps: Deps, metrics: DispatchMetrics) -> APIRouter:
    """`/api/assignments`."""
    router = APIRouter(prefix="/api/assignments", tags=["dispatch"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_READ))]
    dispatcher = Annotated[Actor, Depends(deps.auth.require(Action.ASSIGNMENT_WRITE))]
    field = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_STATUS))]

    @router.post("", status_code=201)
    async def create(request: Request, cmd: NewAssignment, actor: dispatcher) -> Response:
        """Send a unit to an incident; a unit has at most one active assignment."""
        await wait_for_incident(deps, cmd.incident_id)
        return await deps.commands.answer(
            request, actor, lambda c, now: order(c, deps, metrics, actor, cmd, now), status=201
        )

    @router.get("")
    async def find(
        _actor: reader,
        incident_id: Annotated[str | None, Query(max_length=64)] = None,
        unit_id: Annotated[str | None, Query(max_length=64)] = None,
        active: bool | None = None,  # noqa: FBT001 — a query parameter
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        """Assignments, the newest order first."""
        key = time_key(after)
        found = await deps.database.read(
            lambda c: list_assignments(
                c, incident_id=incident_id, unit_id=unit_id, active=active, after=key, limit=limit + 1
            )
        )
        by_order = keyed_page(found, limit, lambda one: (one.state.ordered_at, one.state.id), assignment_view)
        return json_response(by_order)

    @router.get("/{assignment_id}")
    async def show(assignment_id: str, _actor: reader) -> Response:
        """One assignment with all reports."""
        found = await deps.database.read(lambda c: find_assignment(c, assignment_id))
        if found is None:
            raise NotFound("assignment.unknown")
        return json_response(assignment_view(found))

    @router.post("/{assignment_id}/status")
    async def status(request: Request, assignment_id: str, cmd: StatusCommand, actor: field) -> Response:
        """A status from the field; older than the present one it is kept as late and moves nothing."""
        return await deps.commands.answer(
            request, actor, lambda c, now: report_status(c, deps, metrics, actor, assignment_id, cmd, now)
        )

    @router.post("/{assignment_id}/recall")
    async def call_back(request: Request, assignment_id: str, cmd: Recall, actor: dispatcher) -> Response:
        """Call the unit back, with a reason."""
        return await deps.commands.answer(
            request, actor, lambda c, now: recall(c, deps, actor, assignment_id, cmd, now)
        )

    return router
