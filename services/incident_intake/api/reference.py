"""Slow-moving tables that every screen needs: types, townships, the district's shape, the words."""

import json
from functools import cache
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Response

from services.incident_intake.handlers.context import Intake
from services.incident_intake.store.places import KnownPlace, known_places
from shared.http.commands import json_response
from shared.i18n import catalogue
from shared.kernel.access import Action, Actor
from shared.kernel.district import district_geojson, incident_types, townships, townships_geojson
from shared.kernel.initials import initials, initials_table

_CACHED = {"Cache-Control": "private, max-age=300"}


def reference_router(intake: Intake) -> APIRouter:
    """Routes of reference data; made once, they do not change while the process runs."""
    router = APIRouter(prefix="/api", tags=["reference"])
    anyone = Annotated[Actor, Depends(intake.deps.auth.require(Action.SESSION_OWN))]
    reader = Annotated[Actor, Depends(intake.deps.auth.require(Action.INCIDENT_READ))]
    types = orjson.dumps({"items": _types()})
    shapes = orjson.dumps({"outline": json.loads(district_geojson()), "townships": json.loads(townships_geojson())})

    @router.get("/incident-types")
    async def incident_type_list(_actor: anyone) -> Response:
        """The classification of incidents; `inferred` codes were concluded, not read in a source."""
        return Response(types, headers=_CACHED, media_type="application/json")

    @router.get("/townships")
    async def township_list(_actor: anyone) -> Response:
        """The 22 territories with a rough seat each."""
        return Response(_townships(), headers=_CACHED, media_type="application/json")

    @router.get("/places")
    async def place_list(actor: reader) -> Response:
        """Places that were named before, with the initials by which they are typed."""
        found = await intake.deps.database.read(lambda c: known_places(c, actor.bound_territory))
        return json_response({"items": [_place(one) for one in found]})

    @router.get("/initials")
    async def initials_of_characters(_actor: anyone) -> Response:
        """The first letter of each character's pinyin, so that a page searches by them without a link too."""
        return Response(_initials(), headers=_CACHED, media_type="application/json")

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


def _place(place: KnownPlace) -> dict[str, object]:
    return {
        "text": place.text,
        "initials": " ".join(initials(place.text)),
        "township": place.township,
        "lon": place.lon,
        "lat": place.lat,
    }


@cache
def _initials() -> bytes:
    return orjson.dumps(initials_table())


@cache
def _townships() -> bytes:
    """Made when first asked for: the table of initials is large."""
    found = [
        {
            "code": place.code,
            "name": place.name,
            "token": place.token,
            "initials": " ".join(initials(place.name)),
            "lon": place.lon,
            "lat": place.lat,
        }
        for place in townships()
    ]
    return orjson.dumps({"items": found})
