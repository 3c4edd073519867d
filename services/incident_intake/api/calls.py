"""Calls: taking down, deciding about, reading; and what came from a number before."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from services.incident_intake.handlers.calls.deciding import (
    close_call,
    link_call,
    reopen_call,
    transfer_call,
    unlink_call,
)
from services.incident_intake.handlers.calls.reading import caller_history, calls_page, read_call
from services.incident_intake.handlers.calls.taking import change_call, record_call
from services.incident_intake.handlers.context import Intake
from services.incident_intake.schemas import Identifier
from services.incident_intake.schemas.calls import CallView, ChangeCall, LinkCall, RecordCall, SettleCall, TransferCall
from shared.contracts.events.calls import CallOutcome
from shared.http.commands import json_response
from shared.http.paging import After, Limit, decode_cursor
from shared.http.schemas import SaidTime
from shared.kernel.access import Action, Actor

Phone = Annotated[str, Query(min_length=3, max_length=40)]


def calls_router(intake: Intake) -> APIRouter:
    """`/api/calls` and `/api/callers`."""
    router = APIRouter(prefix="/api", tags=["calls"])
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_WRITE))]
    confidant = Annotated[Actor, Depends(deps.auth.require(Action.CALLER_READ))]

    @router.post("/calls", status_code=201, response_model=CallView)
    async def record(request: Request, actor: writer, cmd: RecordCall) -> Response:
        """Take a call down, for an incident that is known or to be decided about; nothing is filed by itself."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: record_call(c, intake, actor, cmd, now))

    @router.get("/calls")
    async def listed(
        actor: reader,
        phone: Annotated[str | None, Query(max_length=40)] = None,
        incident_id: Annotated[Identifier | None, Query(max_length=36)] = None,
        outcome: CallOutcome | None = None,
        since: SaidTime | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        """Calls, the last one recorded first; callers are masked."""
        key = None if after is None else str(decode_cursor(after, str)[0])

        def look(connection: Connection) -> object:
            return calls_page(
                connection, intake, actor, phone=phone, incident_id=incident_id, outcome=outcome, since=since,
                after=key, limit=limit,
            )  # fmt: skip

        return json_response(await deps.database.read(look))

    @router.get("/callers")
    async def history(_actor: confidant, phone: Phone) -> Response:
        """What came from this number before."""
        return json_response(await deps.database.read(lambda c: caller_history(c, intake, phone)))

    @router.get("/calls/{call_id}", response_model=CallView)
    async def read(actor: reader, call_id: Identifier) -> Response:
        """One call. The caller is unmasked for those who may, and their reading is put on record."""
        return json_response(await read_call(intake, actor, call_id))

    @router.patch("/calls/{call_id}", response_model=CallView)
    async def change(request: Request, actor: writer, call_id: Identifier, cmd: ChangeCall) -> Response:
        """Correct what was taken down: what is left out stays."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: change_call(c, intake, actor, call_id, cmd, now))

    _add_decisions(router, intake)
    return router


def _add_decisions(router: APIRouter, intake: Intake) -> None:
    deps, commands = intake.deps, intake.deps.commands
    writer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_WRITE))]

    @router.post("/calls/{call_id}/link", response_model=CallView)
    async def link(request: Request, actor: writer, call_id: Identifier, cmd: LinkCall) -> Response:
        """The call tells of an incident that is known."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: link_call(c, intake, actor, call_id, cmd, now))

    @router.post("/calls/{call_id}/unlink", response_model=CallView)
    async def unlink(request: Request, actor: writer, call_id: Identifier, cmd: SettleCall) -> Response:
        """It does not; it waits for a decision again."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: unlink_call(c, intake, actor, call_id, cmd, now))

    @router.post("/calls/{call_id}/transfer", response_model=CallView)
    async def transfer(request: Request, actor: writer, call_id: Identifier, cmd: TransferCall) -> Response:
        """移送: pass it on to whose duty it is."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: transfer_call(c, intake, actor, call_id, cmd, now))

    @router.post("/calls/{call_id}/false-alarm", response_model=CallView)
    async def false_alarm(request: Request, actor: writer, call_id: Identifier, cmd: SettleCall) -> Response:
        """误报: nothing has happened; the record stays."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: close_call(c, intake, actor, call_id, cmd, now))

    @router.post("/calls/{call_id}/reopen", response_model=CallView)
    async def reopen(request: Request, actor: writer, call_id: Identifier, cmd: SettleCall) -> Response:
        """Take back that it was passed on or false."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: reopen_call(c, intake, actor, call_id, cmd, now))
