"""Routes of the register of hazard sources and facilities."""

import asyncio
import gzip
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response, UploadFile
from sqlalchemy import Connection

from services.resource_dispatch.domain.facilities import FARTHEST_M, NEAR_M, Facility
from services.resource_dispatch.domain.facility_kinds import facility_kinds
from services.resource_dispatch.handlers.facilities import (
    around,
    change_facility,
    facility_or_refuse,
    new_facility,
    place_of_incident,
    register_facility,
    retire_facility,
)
from services.resource_dispatch.handlers.facility_table import COLUMNS, export_facilities, import_facilities
from services.resource_dispatch.schemas.facilities import (
    FacilityChange,
    NewFacility,
    Retirement,
    facility_view,
    kind_view,
    map_view,
    surroundings_view,
)
from services.resource_dispatch.store.facilities import FacilityFilter, list_facilities, register_revision
from shared.contracts.events.acts import Act
from shared.http.commands import Answer, json_response
from shared.http.edits import Edit, tell_edit
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, decode_cursor, keyed_page
from shared.http.table_file import read_table, read_upload
from shared.http.table_out import MEDIA_TYPES
from shared.kernel.access import Action, Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import FieldFault, Invalid

Code = Annotated[str, Query(max_length=10)]
SHOWN = 200
"""So many of what lies around are listed; the nearest, the rest is counted."""
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()}}
}


def asked_filter(
    q: Annotated[str | None, Query(max_length=100)] = None,
    group: Annotated[list[str] | None, Query(max_length=10)] = None,
    code: Annotated[list[Code] | None, Query(max_length=30)] = None,
    township: Annotated[str | None, Query(max_length=20)] = None,
    major_hazard: bool | None = None,  # noqa: FBT001 — the query parameter's name
    retired: bool = False,  # noqa: FBT001, FBT002
) -> FacilityFilter:
    """The filter in a request's query."""
    return FacilityFilter(q, tuple(group or ()), tuple(code or ()), township, major_hazard, retired)


Asked = Annotated[FacilityFilter, Depends(asked_filter)]


def facility_tables_router(deps: Deps) -> APIRouter:
    """Tables and lists of `/api/facilities`; before its single entries, or `map` would be taken for an id."""
    router = APIRouter(prefix="/api/facilities", tags=["facilities"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.FACILITY_WRITE))]
    pressed = _Pressed()

    @router.get("/kinds")
    async def kinds(_actor: reader) -> Response:
        """The kinds that the form offers; `own` where the word is ours and not the code list's."""
        return json_response({"items": [kind_view(kind) for kind in facility_kinds()]})

    @router.get("/map")
    async def on_map(request: Request, _actor: reader, known: int | None = None) -> Response:
        """All entries as the map shows them; with the revision that a screen knows only what is new, or nothing.

        `items` is null when nothing has changed since `known`.
        """
        revision = await deps.database.read(register_revision)
        head = {"revision": revision, "as_of": wire_time(deps.clock.now())}
        if known == revision:
            return json_response({**head, "items": None})
        found = await deps.database.read(lambda c: list_facilities(c, FacilityFilter(), after=None, limit=None))
        is_pressed = "gzip" in request.headers.get("accept-encoding", "")
        return await pressed.answer(head, found, is_pressed=is_pressed)

    @router.get("/near")
    async def near(
        actor: reader,
        incident_id: Annotated[str | None, Query(max_length=64)] = None,
        lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
        lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
        within_m: Annotated[float, Query(gt=0, le=FARTHEST_M)] = NEAR_M.value,
        codes: Annotated[list[str] | None, Query(max_length=30)] = None,
    ) -> Response:
        """What lies around an incident or a place, by straight distance.

        `sites` are building sites on which the place lies, `major_hazards` those not struck off within 1 km; both are
        told whatever `within_m` and `codes` say.
        """
        if incident_id is None and (lon is None or lat is None):
            raise Invalid("facility.place_required", faults=(FieldFault("/incident_id", "facility.place_required"),))
        wanted = tuple(part for given in codes or () for part in given.split(",") if part)

        def work(connection: Connection) -> dict[str, Any]:
            place = place_of_incident(connection, incident_id) if incident_id else (lon or 0.0, lat or 0.0)
            found = around(connection, *place, within_m, wanted)
            contact = actor.may(Action.FACILITY_CONTACT)
            head = {"lon": place[0], "lat": place[1], "within_m": within_m, "as_of": wire_time(deps.clock.now())}
            return {**head, **surroundings_view(found, contact=contact, limit=SHOWN)}

        return json_response(await deps.database.read(work))

    @router.get("/export", responses=_FILE)
    async def export(actor: writer, asked: Asked, format: Literal["csv", "xlsx"]) -> Response:  # noqa: A002
        """This site's register in the columns of the import, whom to call included; the book says who took it."""
        filename, content = await export_facilities(deps, actor, asked, format)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename)}",
            "Cache-Control": "no-store",
        }
        return Response(content, headers=headers, media_type=MEDIA_TYPES[format])

    @router.post("/import")
    async def take_file(
        request: Request, file: UploadFile, actor: writer, *, dry_run: bool = False, partial: bool = False
    ) -> Response:
        """Entries from a CSV or XLSX; `dry_run` only tells what would happen, `partial` keeps the good rows."""
        content = await read_upload(file)
        table = await asyncio.to_thread(read_table, content, file.filename or "", COLUMNS)
        return await deps.commands.answer(
            request,
            actor,
            lambda c, now: import_facilities(c, deps, actor, table, now, dry_run=dry_run, partial=partial),
            content=content,
        )

    return router


class _Pressed:
    """The register for the map, encoded once a revision: a thousand screens fetch the same bytes."""

    def __init__(self) -> None:
        self._revision: int | None = None
        self._plain = b""
        self._small = b""

    async def answer(self, head: dict[str, Any], found: list[Facility], *, is_pressed: bool) -> Response:
        if self._revision != head["revision"]:
            body = {**head, "items": [map_view(one) for one in found]}
            plain = await asyncio.to_thread(orjson.dumps, body)
            small = await asyncio.to_thread(gzip.compress, plain, 6, mtime=0)
            self._revision, self._plain, self._small = head["revision"], plain, small
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        if not is_pressed:
            return Response(self._plain, headers=headers, media_type="application/json")
        return Response(self._small, headers={**headers, "Content-Encoding": "gzip"}, media_type="application/json")


def facilities_router(deps: Deps) -> APIRouter:
    """Single entries of `/api/facilities`."""
    router = APIRouter(prefix="/api/facilities", tags=["facilities"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.FACILITY_WRITE))]

    @router.get("")
    async def find(actor: reader, asked: Asked, after: After = None, limit: Limit = 50) -> Response:
        """The register by name; `q` finds parts of names, organisations and places, and the letters of pinyin."""
        key = tuple(decode_cursor(after, str, str)) if after else None
        found = await deps.database.read(lambda c: list_facilities(c, asked, after=key, limit=limit + 1))
        shown = partial(facility_view, contact=actor.may(Action.FACILITY_CONTACT))
        return json_response(keyed_page(found, limit, lambda one: (one.state.name, one.state.id), shown))

    @router.post("", status_code=201)
    async def register(request: Request, cmd: NewFacility, actor: writer) -> Response:
        """Register a hazard source or facility of this site."""

        def work(connection: Connection) -> Answer:
            now = deps.clock.now()
            made = register_facility(connection, deps, actor, new_facility(cmd, deps, now), now)
            edit = Edit(Act.FACILITY_ADDED, actor, made.state.name, now)
            return Answer(201, tell_edit(connection, deps, "dispatch", edit, facility_view(made, contact=True)))

        return await deps.commands.run(request, actor, work)

    @router.get("/{facility_id}")
    async def show(facility_id: str, actor: reader) -> Response:
        """One entry, also one that is retired."""
        found = await deps.database.read(lambda c: facility_or_refuse(c, facility_id))
        return json_response(facility_view(found, contact=actor.may(Action.FACILITY_CONTACT)))

    @router.patch("/{facility_id}")
    async def change(request: Request, facility_id: str, cmd: FacilityChange, actor: writer) -> Response:
        """Change what is known of an entry."""

        def work(connection: Connection) -> Answer:
            now = deps.clock.now()
            before = facility_view(facility_or_refuse(connection, facility_id), contact=True)
            after = change_facility(connection, deps, actor, facility_id, cmd, now)
            edit = Edit(Act.FACILITY_CHANGED, actor, before["name"], now, before)
            return Answer(200, tell_edit(connection, deps, "dispatch", edit, facility_view(after, contact=True)))

        return await deps.commands.run(request, actor, work)

    @router.post("/{facility_id}/retire")
    async def retire(request: Request, facility_id: str, cmd: Retirement, actor: writer) -> Response:
        """Take an entry out of use, with a reason; it stays in the register and leaves the map."""

        def work(connection: Connection) -> Answer:
            now = deps.clock.now()
            gone = retire_facility(connection, deps, actor, facility_id, cmd.reason, now)
            edit = Edit(Act.FACILITY_RETIRED, actor, gone.state.name, now)
            return Answer(200, tell_edit(connection, deps, "dispatch", edit, facility_view(gone, contact=True)))

        return await deps.commands.run(request, actor, work)

    return router
