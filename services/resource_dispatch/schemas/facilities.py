"""Bodies of the register of facilities."""

from typing import Annotated, Any

from pydantic import Field

from services.resource_dispatch.domain.facilities import HAZARD_M, ON_SITE_M, Facility, Near, Station, Surroundings
from services.resource_dispatch.domain.facility_kinds import FacilityKind, kind_of
from services.resource_dispatch.schemas import Lat, Lon, Name, Note
from shared.contracts.events.facilities import HazardState
from shared.http.schemas import Command, SaidTime
from shared.i18n import label
from shared.kernel.geo import SourceCrs
from shared.kernel.limits import Limit

Short = Annotated[str, Field(min_length=1, max_length=50)]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Metres = Annotated[float, Field(gt=0, le=20_000)]
Persons = Annotated[int, Field(ge=0, le=1_000_000)]
_HIDDEN = {"changed", "actor_name", "remark"}
_ON_MAP = (
    "id", "code", "subtype", "name", "lon", "lat", "text", "township", "organisation", "stock", "major_hazard",
    "hazard_state", "road_width_m", "extent_m", "capacity", "occupied", "cordon_radius_m", "home_site",
)  # fmt: skip
"""What is said on the map: no note, no contact."""


class StockLine(Command):
    """What is kept there; the amount may be unknown."""

    substance: Short
    amount: Annotated[float, Field(ge=0, le=1_000_000_000)] | None = None
    unit: Annotated[str, Field(min_length=1, max_length=20)] | None = None


Stocks = Annotated[list[StockLine], Field(max_length=30)]


class NewFacility(Command):
    """An entry to register."""

    code: Annotated[str, Field(min_length=1, max_length=20)]
    subtype: Annotated[str, Field(min_length=1, max_length=30)] | None = None
    name: Name
    lon: Lon
    lat: Lat
    crs: SourceCrs = SourceCrs.WGS84
    text: Line | None = None
    township: Annotated[str, Field(max_length=20)] | None = None
    organisation: Name | None = None
    contact_name: Short | None = None
    contact_phone: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    stock: Stocks = []
    major_hazard: bool = False
    hazard_state: HazardState | None = None
    road_width_m: Annotated[float, Field(gt=0, le=200)] | None = None
    extent_m: Metres | None = None
    capacity: Persons | None = None
    occupied: Persons | None = None
    plan_reference: Line | None = None
    cordon_radius_m: Metres | None = None
    cordon_basis: Line | None = None
    note: Note | None = None
    valid_from: SaidTime | None = None


class FacilityChange(Command):
    """What to change of an entry; fields not given stay. `version` guards against overwriting another's change."""

    version: int | None = None
    code: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    subtype: Annotated[str, Field(min_length=1, max_length=30)] | None = None
    name: Name | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    crs: SourceCrs = SourceCrs.WGS84
    text: Line | None = None
    township: Annotated[str, Field(max_length=20)] | None = None
    organisation: Name | None = None
    contact_name: Short | None = None
    contact_phone: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    stock: Stocks | None = None
    major_hazard: bool | None = None
    hazard_state: HazardState | None = None
    road_width_m: Annotated[float, Field(gt=0, le=200)] | None = None
    extent_m: Metres | None = None
    capacity: Persons | None = None
    occupied: Persons | None = None
    plan_reference: Line | None = None
    cordon_radius_m: Metres | None = None
    cordon_basis: Line | None = None
    note: Note | None = None
    valid_from: SaidTime | None = None


class Retirement(Command):
    """Why an entry counts no longer."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


def kind_view(kind: FacilityKind) -> dict[str, Any]:
    """A kind as the form offers it; `own` where the word is ours and not the code list's."""
    return {"code": kind.code, "subtype": kind.subtype, "name": kind.name, "group": kind.group, "own": kind.own}


def facility_view(facility: Facility, *, contact: bool) -> dict[str, Any]:
    """The entry as the API shows it; whom to call only to those who may know."""
    state = facility.state
    kind = kind_of(state.code, state.subtype)
    hidden = not contact and (facility.contact_name is not None or facility.contact_phone is not None)
    return {
        **state.model_dump(mode="json", exclude=_HIDDEN),
        "kind_name": kind.name,
        "group": kind.group,
        "contact_name": facility.contact_name if contact else None,
        "contact_phone": facility.contact_phone if contact else None,
        "contact_hidden": hidden,
        "version": facility.version,
    }


def map_view(facility: Facility) -> dict[str, Any]:
    """The entry as the map shows it: what is not known is left out, so that thousands stay light."""
    state = facility.state.model_dump(mode="json", include=set(_ON_MAP))
    kind = kind_of(facility.state.code, facility.state.subtype)
    shown = {name: state[name] for name in _ON_MAP if state[name] not in (None, [], False)}
    return {**shown, "kind_name": kind.name, "group": kind.group}


def near_view(near: Near, *, contact: bool) -> dict[str, Any]:
    """The same with how far it is."""
    return {**facility_view(near.facility, contact=contact), "distance_m": round(near.distance_m)}


def _station_view(station: Station) -> dict[str, Any]:
    unit = station.unit
    status = {"status": unit.status.value, "free": unit.active_assignment_id is None}
    return {"id": unit.id, "name": unit.name, **status, "distance_m": round(station.distance_m)}


def _limit_view(limit: Limit[float]) -> dict[str, Any]:
    return {"value": limit.value, "basis": limit.basis, "verified": limit.verified}


def surroundings_view(found: Surroundings, *, contact: bool, limit: int) -> dict[str, Any]:
    """What lies around a place; distances are straight lines, since no road network lies here."""
    shown = [near_view(near, contact=contact) for near in found.items[:limit]]
    return {
        "items": shown,
        "left_off": len(found.items) - len(shown),
        "groups": [
            {"group": group, "name": label(f"facility_group.{group}"), "count": count, "nearest_m": round(nearest)}
            for group, count, nearest in found.groups()
        ],
        "sites": [near_view(near, contact=contact) for near in found.sites],
        "major_hazards": [near_view(near, contact=contact) for near in found.major_hazards],
        "road": None if found.road is None else near_view(found.road, contact=contact),
        "nearest_station": None if found.station is None else _station_view(found.station),
        "distance_kind": "straight_line",
        "limits": {"on_site_m": _limit_view(ON_SITE_M), "major_hazard_m": _limit_view(HAZARD_M)},
    }
