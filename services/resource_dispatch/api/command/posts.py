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
from shared.http.commands import Answer, json_response
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

        def work(connection: Connection) -> Answer:
            return Answer(201, posts.set_up_post(connection, deps, actor, incident_id, cmd, deps.clock.now()))

        return await deps.commands.run(request, actor, work)

    @router.get("")
    async def show(incident_id: str, actor: reader) -> Response:
        """The post that is at work, else the last one."""

        def look(connection: Connection) -> dict[str, Any]:
            return post_view(posts.post_of_incident(connection, actor, incident_id), actor)

        return json_response(await deps.database.read(look))

    @router.patch("")
    async def change(request: Request, incident_id: str, cmd: ChangePost, actor: commander) -> Response:
        """Another place or commander."""

        def work(connection: Connection) -> Answer:
            return Answer(200, posts.change_post(connection, deps, actor, incident_id, cmd, deps.clock.now()))

        return await deps.commands.run(request, actor, work)

    @router.put("/groups")
    async def groups(request: Request, incident_id: str, cmd: ChangeGroups, actor: commander) -> Response:
        """The list of groups as it is to be."""

        def work(connection: Connection) -> Answer:
            return Answer(200, posts.change_groups(connection, deps, actor, incident_id, cmd, deps.clock.now()))

        return await deps.commands.run(request, actor, work)

    @router.post("/close")
    async def close(request: Request, incident_id: str, cmd: Because, actor: commander) -> Response:
        """The post ends, with its reason."""

        def work(connection: Connection) -> Answer:
            return Answer(200, posts.close_post(connection, deps, actor, incident_id, cmd, deps.clock.now()))

        return await deps.commands.run(request, actor, work)

    return router


def attendance_router(deps: Deps) -> APIRouter:
    """`/api/incidents/{id}/attendance`: who is at the post."""
    router = APIRouter(prefix="/api/incidents/{incident_id}/attendance", tags=["command"])
    commander = Annotated[Actor, Depends(deps.auth.require(Action.COMMAND_WRITE))]

    @router.post("", status_code=201)
    async def come(request: Request, incident_id: str, cmd: SignIn, actor: commander) -> Response:
        """Somebody signs in."""

        def work(connection: Connection) -> Answer:
            return Answer(201, posts.sign_in(connection, deps, actor, incident_id, cmd, deps.clock.now()))

        return await deps.commands.run(request, actor, work)

    @router.post("/{attendance_id}/leave")
    async def go(request: Request, incident_id: str, attendance_id: str, cmd: Leave, actor: commander) -> Response:
        """Somebody signs out."""

        def work(connection: Connection) -> Answer:
            now = deps.clock.now()
            return Answer(200, posts.sign_out(connection, deps, actor, incident_id, attendance_id, cmd, now))

        return await deps.commands.run(request, actor, work)

    return router
