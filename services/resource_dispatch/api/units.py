"""Routes of units."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from services.resource_dispatch.api.arriving import wait_for_incident
from services.resource_dispatch.domain.held import Unit
from services.resource_dispatch.domain.place import checked_point
from services.resource_dispatch.domain.ranking import Scene, rank
from services.resource_dispatch.handlers.units import (
    change_unit,
    own_unit,
    register_unit,
    require_field_right,
    set_unit_status,
    unit_or_refuse,
)
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.schemas import (
    NewUnit,
    Position,
    UnitChange,
    UnitStatusChange,
    candidate_view,
    unit_view,
)
from services.resource_dispatch.store.incidents import find_incident
from services.resource_dispatch.store.units import UnitFilter, list_units, save_position
from shared.contracts.events.acts import Act
from shared.contracts.events.dispatch import UnitKind, UnitStatus
from shared.http.commands import Answer, json_response
from shared.http.edits import Edit, tell_edit
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, decode_cursor, encode_cursor, keyed_page, page
from shared.kernel.access import Action, Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import FieldFault, Invalid, NotFound
from shared.kernel.geo import SourceCrs

PublishPosition = Callable[[str, str, dict[str, Any]], Awaitable[None]]
KEEP_POSITION_EVERY = timedelta(seconds=5)
"""A moving unit's position is durable this often; every single one goes to the screens as telemetry."""


def units_router(deps: Deps, metrics: DispatchMetrics, publish_position: PublishPosition) -> APIRouter:
    """`/api/units`."""
    router = APIRouter(prefix="/api/units", tags=["dispatch"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_WRITE))]
    field = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_STATUS))]
    kept: dict[str, datetime] = {}

    @router.get("")
    async def find(
        _actor: reader,
        kind: Annotated[list[UnitKind] | None, Query()] = None,
        status: Annotated[list[UnitStatus] | None, Query()] = None,
        capability: Annotated[str | None, Query(max_length=30)] = None,
        q: Annotated[str | None, Query(max_length=100)] = None,
        near: Annotated[str | None, Query(max_length=50)] = None,
        for_incident: Annotated[str | None, Query(max_length=64)] = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        """Units by name; with `for_incident` or `near=lon,lat` the best choice first, each with its reasons."""
        wanted = UnitFilter(tuple(k.value for k in kind or ()), tuple(s.value for s in status or ()), capability, q)
        if for_incident is None and near is None:
            return await by_name(wanted, after, limit)
        scene = Scene(None, *_near(near), None) if near else await scene_of(for_incident or "")
        units = await deps.database.read(lambda c: list_units(c, wanted, after=None, limit=None))
        versions = {unit.state.id: unit.version for unit in units}
        ranked = rank((unit.state for unit in units), scene, deps.clock.now())
        start = decode_cursor(after, int)[0] if after else 0
        items = [candidate_view(c, versions[c.unit.id]) for c in ranked[start : start + limit + 1]]
        return json_response(page(items, limit, encode_cursor(start + limit)))

    async def by_name(wanted: UnitFilter, after: str | None, limit: int) -> Response:
        key = tuple(decode_cursor(after, str, str)) if after else None
        found = await deps.database.read(lambda c: list_units(c, wanted, after=key, limit=limit + 1))
        return json_response(keyed_page(found, limit, lambda one: (one.state.name, one.state.id), unit_view))

    async def scene_of(incident_id: str) -> Scene:
        await wait_for_incident(deps, incident_id)
        incident = await deps.database.read(lambda c: find_incident(c, incident_id))
        if incident is None:
            raise NotFound("incident.unknown_here")
        return Scene(incident.type_code, incident.lon, incident.lat, incident.township)

    @router.post("", status_code=201)
    async def create(request: Request, cmd: NewUnit, actor: writer) -> Response:
        """Register a unit of this site."""

        def work(connection: Connection) -> Answer:
            now = deps.clock.now()
            made = register_unit(connection, deps, actor, cmd, now)
            return Answer(
                201, tell_edit(connection, deps, "dispatch", Edit(Act.UNIT_ADDED, actor, made["name"], now), made)
            )

        return await deps.commands.run(request, actor, work)

    @router.get("/{unit_id}")
    async def show(unit_id: str, _actor: reader) -> Response:
        """One unit."""
        unit: Unit = await deps.database.read(lambda c: unit_or_refuse(c, unit_id))
        return json_response(unit_view(unit))

    @router.patch("/{unit_id}")
    async def change(request: Request, unit_id: str, cmd: UnitChange, actor: writer) -> Response:
        """Change what is known of a unit."""

        def work(connection: Connection) -> Answer:
            now, before = deps.clock.now(), unit_view(unit_or_refuse(connection, unit_id))
            after = change_unit(connection, deps, actor, unit_id, cmd, now)
            edit = Edit(Act.UNIT_CHANGED, actor, before["name"], now, before)
            return Answer(200, tell_edit(connection, deps, "dispatch", edit, after))

        return await deps.commands.run(request, actor, work)

    @router.post("/{unit_id}/status")
    async def status(request: Request, unit_id: str, cmd: UnitStatusChange, actor: field) -> Response:
        """Standby again, or unavailable with a reason."""
        return await deps.commands.answer(
            request, actor, lambda c, now: set_unit_status(c, deps, actor, unit_id, cmd, now)
        )

    @router.post("/{unit_id}/position", status_code=202)
    async def position(unit_id: str, cmd: Position, actor: field) -> Response:
        """Where the unit is now: to every screen as telemetry, the newest wins; no fact is made of it."""
        unit = await deps.database.read(lambda c: own_unit(c, deps, unit_id))
        require_field_right(actor, unit)
        now = deps.clock.now()
        at = cmd.at or now
        if at > now + timedelta(minutes=10):
            raise Invalid("time.in_future", faults=(FieldFault("/at", "time.in_future"),))
        lon, lat = checked_point(cmd.lon, cmd.lat, cmd.crs)
        assert lon is not None
        assert lat is not None
        metrics.positions.inc()
        await publish_position("unit", unit_id, {"lon": lon, "lat": lat, "at": wire_time(at)})
        if now - kept.get(unit_id, datetime.min.replace(tzinfo=now.tzinfo)) >= KEEP_POSITION_EVERY:
            kept[unit_id] = now
            await deps.database.write(lambda c: save_position(c, unit_id, lon, lat, at))
        return json_response({"id": unit_id, "lon": lon, "lat": lat, "at": wire_time(at)}, 202)

    return router


def _near(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise Invalid("location.unreadable", faults=(FieldFault("/near", "location.unreadable"),)) from error
    checked = checked_point(lon, lat, SourceCrs.WGS84)
    return checked[0] or lon, checked[1] or lat
