"""Routes of what is plotted on the map, and of the winds of an incident."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from services.resource_dispatch.api.arriving import wait_for_incident
from services.resource_dispatch.domain.marks import Mark, Wind
from services.resource_dispatch.handlers.marks import change_mark, clear_marks, draw_mark, remove_mark, restore_mark
from services.resource_dispatch.handlers.winds import record_wind, said_wind
from services.resource_dispatch.schemas.marks import (
    MarkChange,
    MarkRemoval,
    MarkRestoring,
    MarksClearing,
    NewMark,
    NewWind,
    mark_view,
    wind_view,
)
from services.resource_dispatch.store.incidents import find_incident, merged_beneath
from services.resource_dispatch.store.marks import MarkFilter, list_marks, list_winds
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor

_LOOK_SECONDS = 0.05


def marks_router(deps: Deps) -> APIRouter:
    """`/api/marks`."""
    router = APIRouter(prefix="/api/marks", tags=["dispatch"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    commander = Annotated[Actor, Depends(deps.auth.require(Action.COMMAND_WRITE))]

    @router.post("", status_code=201)
    async def draw(request: Request, cmd: NewMark, actor: commander) -> Response:
        """Plot something; a circle or a sector is given by its centre, its radius and where that comes from."""
        if cmd.incident_id is not None:
            await wait_for_incident(deps, cmd.incident_id)
        return await deps.commands.answer(
            request, actor, lambda c, now: draw_mark(c, deps, actor, cmd, now), status=201
        )

    @router.get("")
    async def find(
        actor: reader,
        incident_id: Annotated[str | None, Query(max_length=64)] = None,
        open: bool | None = None,  # noqa: A002, FBT001 — a query parameter
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        """Marks, the newest first; those of an incident with those of all that was merged into it."""
        key = time_key(after)

        def work(connection: Connection) -> list[Mark]:
            ids = None if incident_id is None else [incident_id, *merged_beneath(connection, incident_id)]
            wanted = MarkFilter(ids, open, actor.bound_territory)
            return list_marks(connection, wanted, after=key, limit=limit + 1)

        found = await deps.database.read(work)
        shown = partial(mark_view, with_phone=actor.may(Action.COMMAND_WRITE))
        return json_response(keyed_page(found, limit, lambda one: (one.state.drawn_at, one.state.id), shown))

    @router.patch("/{mark_id}")
    async def change(request: Request, mark_id: str, cmd: MarkChange, actor: commander) -> Response:
        """Change a mark; `wind_id` draws a sector anew for another recorded wind."""
        return await deps.commands.answer(request, actor, lambda c, now: change_mark(c, deps, actor, mark_id, cmd, now))

    @router.post("/{mark_id}/remove")
    async def remove(request: Request, mark_id: str, cmd: MarkRemoval, actor: commander) -> Response:
        """Lift a mark."""
        return await deps.commands.answer(request, actor, lambda c, now: remove_mark(c, deps, actor, mark_id, cmd, now))

    @router.post("/{mark_id}/restore")
    async def restore(request: Request, mark_id: str, cmd: MarkRestoring, actor: commander) -> Response:
        """Put a lifted mark back."""
        return await deps.commands.answer(
            request, actor, lambda c, now: restore_mark(c, deps, actor, mark_id, cmd, now)
        )

    return router


def incident_marks_router(deps: Deps) -> APIRouter:
    """What is done to all marks of an incident, and its winds."""
    router = APIRouter(prefix="/api/incidents/{incident_id}", tags=["dispatch"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    commander = Annotated[Actor, Depends(deps.auth.require(Action.COMMAND_WRITE))]

    @router.post("/marks/clear")
    async def clear(request: Request, incident_id: str, cmd: MarksClearing, actor: commander) -> Response:
        """Lift all marks of some kinds at once, counted by kind: the cordon is lifted, traffic flows again."""
        return await deps.commands.answer(
            request, actor, lambda c, now: clear_marks(c, deps, actor, incident_id, cmd, now)
        )

    @router.get("/wind")
    async def winds(incident_id: str, actor: reader, after: After = None, limit: Limit = 50) -> Response:
        """Recorded winds, the newest first."""
        key = time_key(after)

        def work(connection: Connection) -> list[Wind]:
            incident = find_incident(connection, incident_id)
            if incident is None or actor.bound_territory not in {None, incident.township}:
                return []
            ids = [incident_id, *merged_beneath(connection, incident_id)]
            return list_winds(connection, ids, after=key, limit=limit + 1)

        found = await deps.database.read(work)
        return json_response(keyed_page(found, limit, lambda one: (one.state.at, one.state.id), wind_view))

    @router.post("/wind", status_code=201)
    async def wind(request: Request, incident_id: str, cmd: NewWind, actor: commander) -> Response:
        """Record a wind: by hand, or from the weather service."""
        said_wind(cmd)
        await wait_for_incident(deps, incident_id)
        return await deps.commands.answer(
            request, actor, lambda c, now: record_wind(c, deps, actor, incident_id, cmd, now), status=201
        )

    return router
