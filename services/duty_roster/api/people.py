"""`/api/people`: the staff."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from services.duty_roster import store
from services.duty_roster.handlers.people import change_person, person_row, register_person
from services.duty_roster.schemas import ChangePerson, RegisterPerson, person_json
from shared.contracts.events.acts import Act
from shared.http.commands import Answer, json_response
from shared.http.edits import Edit, tell_edit
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, decode_cursor, keyed_page
from shared.kernel.access import Action, Actor


def people_router(deps: Deps) -> APIRouter:
    """Lists, registers and changes people."""
    router = APIRouter(prefix="/api/people", tags=["roster"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_WRITE))]

    @router.get("")
    async def people(
        _actor: reader,
        q: Annotated[str | None, Query(max_length=80)] = None,
        limit: Limit = 50,
        after: After = None,
        *,
        removed: bool = False,
    ) -> Response:
        """People by name, with full phone numbers."""
        cursor = decode_cursor(after, str, str) if after else None
        key = (str(cursor[0]), str(cursor[1])) if cursor else None
        rows = await deps.database.read(
            lambda c: store.people_page(c, words=q, removed=removed, after=key, limit=limit + 1)
        )
        return json_response(keyed_page(rows, limit, lambda row: (row.name, row.id), person_json))

    @router.post("", status_code=201)
    async def register(request: Request, body: RegisterPerson, actor: writer) -> Response:
        """A new person of the staff."""
        now = deps.clock.now()

        def work(connection: Connection) -> Answer:
            made = register_person(connection, deps, actor, body, now)
            edit = Edit(Act.PERSON_ADDED, actor, made["name"], now)
            return Answer(201, tell_edit(connection, deps, "roster", edit, made))

        return await deps.commands.run(request, actor, work)

    @router.patch("/{person_id}")
    async def change(request: Request, person_id: str, body: ChangePerson, actor: writer) -> Response:
        """Change a person, or take one off the staff with `removed`."""
        now = deps.clock.now()

        def work(connection: Connection) -> Answer:
            before = person_json(person_row(connection, person_id))
            after = change_person(connection, deps, actor, person_id, body, now)
            edit = Edit(Act.PERSON_CHANGED, actor, before["name"], now, before)
            return Answer(200, tell_edit(connection, deps, "roster", edit, after))

        return await deps.commands.run(request, actor, work)

    return router
