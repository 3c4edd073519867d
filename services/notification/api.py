"""Routes of notification."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.notification.handlers.calling import call_people
from services.notification.handlers.context import Notify
from services.notification.handlers.endings import acknowledge, cancel, confirm_seen
from services.notification.handlers.policies import change_policy, show_policy
from services.notification.handlers.reading import notifications_page, read_notification
from services.notification.schemas import (
    Acknowledge,
    CallPeople,
    Cancel,
    ChangePolicy,
    NotificationView,
    PolicyView,
)
from services.notification.store.copies import find_incident
from shared.http.arriving import arrival
from shared.http.commands import json_response
from shared.http.paging import After, Limit, time_key
from shared.kernel.access import Action, Actor

Id = Annotated[str | None, Query(max_length=36)]


def build_router(notify: Notify) -> APIRouter:
    """Call-outs: read, answered, stopped, made by hand."""
    router = APIRouter(prefix="/api/notifications", tags=["notification"])
    deps, commands = notify.deps, notify.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.NOTIFICATION_READ))]
    answerer = Annotated[Actor, Depends(deps.auth.require(Action.NOTIFICATION_ACK))]
    desk = Annotated[Actor, Depends(deps.auth.require(Action.NOTIFICATION_CANCEL))]

    @router.get("")
    async def list_all(
        actor: reader,
        open: bool | None = None,  # noqa: A002, FBT001 — the query parameter's name
        mine: bool = False,  # noqa: FBT001, FBT002 — a query parameter
        incident_id: Id = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """Call-outs, newest first; `mine` are those that call the account's person."""
        key = time_key(after)
        body = await deps.database.read(
            lambda c: notifications_page(
                c, actor, is_open=open, is_mine=mine, incident_id=incident_id, after=key, limit=limit
            )
        )
        return json_response(body)

    @router.post("", status_code=201, response_model=NotificationView)
    async def call(request: Request, actor: desk, cmd: CallPeople) -> Response:
        """Call posts or people by hand; whoever may stop a call may make one."""
        wanted = cmd.incident_id
        if wanted is not None:
            await arrival(deps.database, lambda c: find_incident(c, wanted))
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: call_people(c, notify, actor, cmd, now))

    @router.get("/{notification_id}", response_model=NotificationView)
    async def read(actor: reader, notification_id: str) -> Response:
        """One call-out with all its calls and tries."""
        return json_response(await deps.database.read(lambda c: read_notification(c, actor, notification_id)))

    @router.post("/{notification_id}/ack", response_model=NotificationView)
    async def answer(request: Request, actor: answerer, notification_id: str, cmd: Acknowledge) -> Response:
        """Take it over, or record who answered by telephone. The first answer stands."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: acknowledge(c, notify, actor, notification_id, cmd, now))

    @router.post("/{notification_id}/cancel", response_model=NotificationView)
    async def stop(request: Request, actor: desk, notification_id: str, cmd: Cancel) -> Response:
        """Stop calling, with a reason."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: cancel(c, notify, actor, notification_id, cmd, now))

    @router.post("/{notification_id}/seen", status_code=204)
    async def seen(actor: reader, notification_id: str) -> Response:
        """This account's screen shows the call."""
        now = deps.clock.now()
        await deps.database.write(lambda c: confirm_seen(c, notify, actor, notification_id, now))
        return Response(status_code=204)

    return router


def build_policy_router(notify: Notify) -> APIRouter:
    """The policy of escalation."""
    router = APIRouter(prefix="/api/notification-policy", tags=["notification"])
    deps = notify.deps
    reader = Annotated[Actor, Depends(deps.auth.require(Action.NOTIFICATION_READ))]
    planner = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_WRITE))]

    @router.get("", response_model=PolicyView)
    async def show(_actor: reader) -> Response:
        """Whom a report calls, in which order."""
        return json_response(await deps.database.read(lambda c: show_policy(c, notify)))

    @router.put("", response_model=PolicyView)
    async def change(request: Request, actor: planner, cmd: ChangePolicy) -> Response:
        """Replace it; whoever plans the duty decides whom it calls."""
        now = deps.clock.now()
        return await deps.commands.run(request, actor, lambda c: change_policy(c, notify, actor, cmd, now))

    return router
