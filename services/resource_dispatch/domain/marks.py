"""What a mark of each kind needs before it is believed. A radius is somebody's word, never the system's guess."""

from dataclasses import dataclass
from typing import Any

from services.resource_dispatch.domain.marks_geometry import Geometry, circle, sector
from shared.contracts.events.marks import MarkFact, MarkKind, MarkParams, WindFact
from shared.kernel.errors import FieldFault, Invalid

POINT, LINE, AREA = "Point", "LineString", "Polygon"


@dataclass(frozen=True, slots=True)
class Rule:
    """How marks of a kind may be drawn.

    Args:
        shapes: what may be given; a point with a radius becomes a circle.
        needs_basis: 预案 or 现场测定 must be named even without a radius.
        needs_radius: a point alone says nothing.
    """

    shapes: frozenset[str]
    needs_basis: bool = False
    needs_radius: bool = False


RULES: dict[MarkKind, Rule] = {
    MarkKind.CORDON: Rule(frozenset({POINT, AREA}), needs_basis=True, needs_radius=True),
    MarkKind.WIND_SECTOR: Rule(frozenset({POINT}), needs_basis=True, needs_radius=True),
    MarkKind.CLOSED_ROAD: Rule(frozenset({POINT, LINE})),
    MarkKind.EVACUATION_ROUTE: Rule(frozenset({LINE})),
    MarkKind.ASSEMBLY_POINT: Rule(frozenset({POINT})),
    MarkKind.SETTLEMENT_POINT: Rule(frozenset({POINT})),
    MarkKind.HAZARD_NOTE: Rule(frozenset({POINT, AREA})),
    MarkKind.FREE: Rule(frozenset({POINT, LINE, AREA})),
}
_ROUND = frozenset({MarkKind.CORDON, MarkKind.WIND_SECTOR, MarkKind.HAZARD_NOTE})
_WIND_NAMES = ("wind_id", "wind_from_deg", "wind_ms", "wind_force", "wind_at", "wind_source")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark and the version of its last fact; the telephone number stays in this store."""

    state: MarkFact
    version: int
    contact_phone: str | None = None


@dataclass(frozen=True, slots=True)
class Wind:
    """A recorded wind."""

    state: WindFact


def with_wind(params: MarkParams, wind: WindFact) -> MarkParams:
    """The same with this wind, as it was recorded."""
    values = (wind.id, wind.from_deg, wind.speed_ms, wind.force, wind.at, wind.source)
    return params.model_copy(update=dict(zip(_WIND_NAMES, values, strict=True)))


def centre_of(geometry: Geometry, params: MarkParams) -> Geometry:
    """What a person drew: of a circle or a sector its centre, else the shape itself."""
    if params.lon is None or params.lat is None:
        return geometry
    return {"type": POINT, "coordinates": [params.lon, params.lat]}


def composed(kind: MarkKind, given: Geometry, params: MarkParams, basis: str | None) -> tuple[Geometry, MarkParams]:
    """The geometry on the map and what it was made of.

    Args:
        given: what was drawn, checked.

    Raises:
        Invalid: what is lacking, at its field.
    """
    rule, shape = RULES[kind], given["type"]
    if shape not in rule.shapes:
        raise _lacking("mark.shape_wrong", "/geometry")
    is_round = shape == POINT and kind in _ROUND
    if is_round and rule.needs_radius and params.radius_m is None:
        raise _lacking("mark.radius_required", "/radius_m")
    if not basis and (rule.needs_basis or (is_round and params.radius_m is not None)):
        raise _lacking("mark.basis_required", "/basis")
    if not is_round or params.radius_m is None:
        return given, params.model_copy(update=dict.fromkeys(("lon", "lat", "radius_m"), None))
    lon, lat = given["coordinates"]
    placed = params.model_copy(update={"lon": lon, "lat": lat})
    if kind is not MarkKind.WIND_SECTOR:
        return circle(lon, lat, params.radius_m), placed
    if params.wind_from_deg is None or params.wind_at is None or params.wind_source is None:
        raise _lacking("mark.wind_required", "/wind_id")
    if params.spread_deg is None:
        raise _lacking("mark.spread_required", "/spread_deg")
    return sector(lon, lat, params.radius_m, params.wind_from_deg + 180, params.spread_deg), placed


def _lacking(code: str, pointer: str, **params: Any) -> Invalid:
    return Invalid(code, faults=(FieldFault(pointer, code, **params),), **params)
