"""`/api/roll-calls`: 点名, and who is called for each township."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime
from sqlalchemy import Connection

from services.duty_roster.api.settings import change_setting, show_setting
from services.duty_roster.handlers.roll_call_rules import CONTACTS, ROLL_CALL_RULES, check_contacts, shown_contacts
from services.duty_roster.handlers.roll_calls import RollCalls, rate_between, roll_call_of, roll_call_row
from services.duty_roster.schemas.roll_calls import (
    AnswerRollCall,
    SetContacts,
    SetRollCallRules,
    StartRollCall,
    figures_json,
    roll_call_json,
)
from services.duty_roster.store.records import records_page
from services.duty_roster.tables import ROLL_CALL
from shared.http.commands import Answer, json_response
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor
from shared.kernel.clock import to_utc

_FIRST, _LAST = datetime(1949, 10, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
Instant = Annotated[AwareDatetime | None, Query(ge=_FIRST, le=_LAST)]


def roll_calls_router(deps: Deps, roll_calls: RollCalls) -> APIRouter:
    """Lists, starts, answers and ends roll calls."""
    router = APIRouter(prefix="/api/roll-calls", tags=["roster"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_READ))]
    caller = Annotated[Actor, Depends(deps.auth.require(Action.ROLL_CALL))]

    @router.get("")
    async def listed(
        _actor: reader,
        start: Annotated[Instant, Query(alias="from")] = None,
        end: Annotated[Instant, Query(alias="to")] = None,
        limit: Limit = 20,
        after: After = None,
    ) -> Response:
        """Roll calls that began in `[from, to)`, newest first; `total` counts all of them, such as those of a shift."""
        key, since, until = time_key(after), to_utc(start or _FIRST), to_utc(end or _LAST)

        def look(connection: Connection) -> dict[str, Any]:
            rows = records_page(connection, ROLL_CALL, start=since, end=until, after=key, limit=limit + 1)
            count, total = rate_between(connection, since, until)
            listed = keyed_page(
                rows, limit, lambda row: (row.at, row.id), lambda row: roll_call_json(roll_call_of(row), row.version)
            )
            return {**listed, "total": {"roll_calls": count, **figures_json(total)}}

        return json_response(await deps.database.read(look))

    @router.post("", status_code=201)
    async def start_one(request: Request, body: StartRollCall, actor: caller) -> Response:
        """Draw and call; the answer names whom."""
        return await deps.commands.answer(
            request, actor, lambda c, now: roll_calls.start(c, actor, body, now), status=201
        )

    @router.get("/{roll_call_id}")
    async def one(_actor: reader, roll_call_id: str) -> Response:
        """One roll call, unit by unit."""

        def look(connection: Connection) -> dict[str, Any]:
            row = roll_call_row(connection, roll_call_id)
            return roll_call_json(roll_call_of(row), row.version)

        return json_response(await deps.database.read(look))

    @router.post("/{roll_call_id}/units/{code}/answer")
    async def answer(request: Request, roll_call_id: str, code: str, body: AnswerRollCall, actor: caller) -> Response:
        """Somebody answered for the unit."""
        return await deps.commands.answer(
            request, actor, lambda c, now: roll_calls.answer(c, actor, roll_call_id, code, body, now)
        )

    @router.post("/{roll_call_id}/finish")
    async def finish(request: Request, roll_call_id: str, actor: caller) -> Response:
        """End it now."""
        return await deps.commands.answer(request, actor, lambda c, now: roll_calls.finish(c, actor, roll_call_id, now))

    return router


def roll_call_rules_router(deps: Deps) -> APIRouter:
    """Limits, plan and contacts of roll calls."""
    router = APIRouter(prefix="/api/roster", tags=["roster"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_WRITE))]

    @router.get("/roll-call-rules")
    async def rules(_actor: reader) -> Response:
        """How many are drawn, how long they have, and when roll calls start by themselves."""
        return await show_setting(deps, ROLL_CALL_RULES)

    @router.put("/roll-call-rules")
    async def set_rules(request: Request, body: SetRollCallRules, actor: writer) -> Response:
        """Replace them; running roll calls keep theirs."""
        return await change_setting(deps, ROLL_CALL_RULES, request, actor, body)

    @router.get("/roll-call-contacts")
    async def contacts(_actor: reader) -> Response:
        """Every township with its responsible person and the leader above."""
        return json_response(await deps.database.read(shown_contacts))

    @router.put("/roll-call-contacts")
    async def set_contacts(request: Request, body: SetContacts, actor: writer) -> Response:
        """Replace all of them."""
        now = deps.clock.now()

        def work(connection: Connection) -> Answer:
            check_contacts(connection, body)
            CONTACTS.change(connection, deps, actor, body, now)
            return Answer(200, shown_contacts(connection))

        return await deps.commands.run(request, actor, work)

    return router
