"""Slow-moving tables that every screen needs: types, townships, the district's shape, the words."""

import json
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Response

from services.incident_intake.handlers.context import Intake
from shared.http.commands import json_response
from shared.i18n import catalogue
from shared.kernel.access import Action, Actor
from shared.kernel.district import district_geojson, incident_types, townships, townships_geojson

_CACHED = {"Cache-Control": "private, max-age=300"}


def reference_router(intake: Intake) -> APIRouter:
    """Routes of reference data; made once, they do not change while the process runs."""
    router = APIRouter(prefix="/api", tags=["reference"])
    anyone = Annotated[Actor, Depends(intake.deps.auth.require(Action.SESSION_OWN))]
    types = orjson.dumps({"items": _types()})
    places = orjson.dumps({"items": _townships()})
    shapes = orjson.dumps({"outline": json.loads(district_geojson()), "townships": json.loads(townships_geojson())})

    @router.get("/incident-types")
    async def incident_type_list(_actor: anyone) -> Response:
        """The classification of incidents; `inferred` codes were concluded, not read in a source."""
        return Response(types, headers=_CACHED, media_type="application/json")

    @router.get("/townships")
    async def township_list(_actor: anyone) -> Response:
        """The 22 territories with a rough seat each."""
        return Response(places, headers=_CACHED, media_type="application/json")

    @router.get("/district")
    async def district(_actor: anyone) -> Response:
        """Outline and schematic townships as GeoJSON: no legal boundary (示意，非法定界线)."""
        return Response(shapes, headers=_CACHED, media_type="application/json")

    @router.get("/i18n")
    async def words() -> Response:
        """The whole catalogue. Open to all: the page that asks for a password needs its words too."""
        return json_response(catalogue())

    return router


def _types() -> list[dict[str, object]]:
    return [
        {
            "code": kind.code,
            "name": kind.name,
            "level": kind.level,
            "parent": kind.parent or None,
            "initials": kind.initials,
            "inferred": kind.inferred,
        }
        for kind in incident_types()
    ]


def _townships() -> list[dict[str, object]]:
    return [
        {"code": place.code, "name": place.name, "token": place.token, "lon": place.lon, "lat": place.lat}
        for place in townships()
    ]
