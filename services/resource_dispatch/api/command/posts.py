"""Routes of command posts."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection

from services.resource_dispatch.api.arriving import wait_for_incident
from services.resource_dispatch.handlers.command import posts
from services.resource_dispatch.handlers.command.bodies import (
    Because,
    ChangeGroups,
    ChangePost,
    Leave,
    SetUpPost,
    SignIn,
)
from services.resource_dispatch.handlers.command.views import post_view
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.kernel.access import Action, Actor


def posts_router(deps: Deps) -> APIRouter:
    """`/api/incidents/{id}/command-post`."""
    router = APIRouter(prefix="/api/incidents/{incident_id}/command-post", tags=["command"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    commander = Annotated[Actor, Depends(deps.auth.require(Action.COMMAND_WRITE))]

    @router.post("", status_code=201)
    async def set_up(request: Request, incident_id: str, cmd: SetUpPost, actor: commander) -> Response:
        """Set up a command post; one at a time for an incident."""
        await wait_for_incident(deps, incident_id)
        return await deps.commands.answer(
            request, actor, lambda c, now: posts.set_up_post(c, deps, actor, incident_id, cmd, now), status=201
        )

    @router.get("")
    async def show(incident_id: str, actor: reader) -> Response:
        """The post that is at work, else the last one."""

        def look(connection: Connection) -> dict[str, Any]:
            return post_view(posts.post_of_incident(connection, actor, incident_id), actor)

        return json_response(await deps.database.read(look))

    @router.patch("")
    async def change(request: Request, incident_id: str, cmd: ChangePost, actor: commander) -> Response:
        """Another place or commander."""
        return await deps.commands.answer(
            request, actor, lambda c, now: posts.change_post(c, deps, actor, incident_id, cmd, now)
        )

    @router.put("/groups")
    async def groups(request: Request, incident_id: str, cmd: ChangeGroups, actor: commander) -> Response:
        """The list of groups as it is to be."""
        return await deps.commands.answer(
            request, actor, lambda c, now: posts.change_groups(c, deps, actor, incident_id, cmd, now)
        )

    @router.post("/close")
    async def close(request: Request, incident_id: str, cmd: Because, actor: commander) -> Response:
        """The post ends, with its reason."""
        return await deps.commands.answer(
            request, actor, lambda c, now: posts.close_post(c, deps, actor, incident_id, cmd, now)
        )

    return router


def attendance_router(deps: Deps) -> APIRouter:
    """`/api/incidents/{id}/attendance`: who is at the post."""
    router = APIRouter(prefix="/api/incidents/{incident_id}/attendance", tags=["command"])
    commander = Annotated[Actor, Depends(deps.auth.require(Action.COMMAND_WRITE))]

    @router.post("", status_code=201)
    async def come(request: Request, incident_id: str, cmd: SignIn, actor: commander) -> Response:
        """Somebody signs in."""
        return await deps.commands.answer(
            request, actor, lambda c, now: posts.sign_in(c, deps, actor, incident_id, cmd, now), status=201
        )

    @router.post("/{attendance_id}/leave")
    async def go(request: Request, incident_id: str, attendance_id: str, cmd: Leave, actor: commander) -> Response:
        """Somebody signs out."""
        return await deps.commands.answer(
            request, actor, lambda c, now: posts.sign_out(c, deps, actor, incident_id, attendance_id, cmd, now)
        )

    return router
