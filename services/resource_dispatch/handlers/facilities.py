"""Commands on the register of hazard sources and facilities, and what lies around an incident."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.facilities import HAZARD_M, Facility, Surroundings, box, look_around
from services.resource_dispatch.domain.facility_kinds import is_code, is_unmapped
from services.resource_dispatch.domain.place import checked_point
from services.resource_dispatch.schemas.facilities import FacilityChange, NewFacility, facility_view
from services.resource_dispatch.store.facilities import (
    facilities_within,
    find_called,
    find_facility,
    insert_facility,
    save_facility,
)
from services.resource_dispatch.store.incidents import find_incident
from services.resource_dispatch.store.units import UnitFilter, list_units
from shared.contracts.events.dispatch import UnitKind
from shared.contracts.events.facilities import FacilityFact, HazardState, Stock
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.district import township_at, townships
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.homes import require_home
from shared.kernel.ids import new_id
from shared.storage.system import append_facts

_NEVER_EMPTY = ("code", "name", "lon", "lat", "stock", "major_hazard", "valid_from")
_CONTACT = ("contact_name", "contact_phone")


def facility_or_refuse(connection: Connection, facility_id: str) -> Facility:
    """The entry.

    Raises:
        NotFound: `facility.unknown`.
    """
    facility = find_facility(connection, facility_id)
    if facility is None:
        raise NotFound("facility.unknown")
    return facility


def _own(connection: Connection, deps: Deps, facility_id: str) -> Facility:
    facility = facility_or_refuse(connection, facility_id)
    require_home(facility.state.home_site, deps.site)
    if facility.state.retired_at is not None:
        raise Conflict("facility.retired", name=facility.state.name)
    return facility


def _record(
    connection: Connection,
    deps: Deps,
    actor: Actor,
    facility: Facility,
    now: datetime,
    *,
    fact: str,
    changed: list[str],
    remark: str | None = None,
) -> Facility:
    """Keep the next version of the entry and tell it, without whom to call; returns it."""
    state = facility.state
    following = Facility(state, facility.version + 1, facility.contact_name, facility.contact_phone)
    (insert_facility if following.version == 1 else save_facility)(connection, following)
    payload = state.model_copy(update={"changed": changed, "actor_name": actor.name, "remark": remark})
    kind = f"dispatch.facility.{fact}.v1"
    append_facts(connection, deps.draft(kind, state.id, following.version, payload, now=now, actor=actor))
    return following


def new_facility(cmd: NewFacility, deps: Deps, now: datetime) -> Facility:
    """The first state of an entry from what was typed or imported.

    Raises:
        Invalid: `facility.code_unknown`, `facility.not_for_maps`, `facility.cordon_basis_required`, or of its place.
    """
    lon, lat = checked_point(cmd.lon, cmd.lat, cmd.crs)
    given = cmd.model_dump(exclude={"crs", *_CONTACT})
    given |= {"lon": lon, "lat": lat, "township": _township(cmd.township, lon, lat)}
    given |= {"valid_from": cmd.valid_from or now, "stock": [Stock(**one) for one in given["stock"]]}
    state = _checked(FacilityFact.model_validate({**given, "id": new_id(), "home_site": deps.site}))
    return Facility(state, 0, cmd.contact_name, cmd.contact_phone)


def _township(code_or_name: str | None, lon: float | None, lat: float | None) -> str | None:
    """The township that was named, else the one in which the place lies."""
    if not code_or_name:
        found = township_at(lon, lat) if lon is not None and lat is not None else None
        return found.code if found else None
    for township in townships():
        if code_or_name in {township.code, township.name}:
            return township.code
    raise Invalid("township.unknown", faults=(FieldFault("/township", "township.unknown", given=code_or_name),))


def _checked(state: FacilityFact) -> FacilityFact:
    """The state if it may stand in the register; a hidden danger that was only named counts as registered."""
    if not is_code(state.code):
        raise _fault("/code", "facility.code_unknown", given=state.code)
    if is_unmapped(state.code):
        raise _fault("/code", "facility.not_for_maps", given=state.code)
    if state.cordon_radius_m is not None and not (state.cordon_basis or state.plan_reference):
        raise _fault("/cordon_basis", "facility.cordon_basis_required")
    hazard = (state.hazard_state or HazardState.REGISTERED) if state.major_hazard else None
    return state.model_copy(update={"hazard_state": hazard})


def _fault(pointer: str, code: str, **params: object) -> Invalid:
    return Invalid(code, faults=(FieldFault(pointer, code, **params),), **params)


def _require_name_free(connection: Connection, facility: Facility) -> None:
    state = facility.state
    known = find_called(connection, state.home_site, state.code, state.name)
    if known is not None and known.state.id != state.id:
        raise Conflict("facility.name_taken", name=state.name)


def register_facility(connection: Connection, deps: Deps, actor: Actor, facility: Facility, now: datetime) -> Facility:
    """A new entry of this site.

    Raises:
        Conflict: `facility.name_taken`.
    """
    _require_name_free(connection, facility)
    return _record(connection, deps, actor, facility, now, fact="registered", changed=[])


def change_facility(
    connection: Connection, deps: Deps, actor: Actor, facility_id: str, cmd: FacilityChange, now: datetime
) -> Facility:
    """Change what is known of an entry; only the fields that were given.

    Raises:
        Conflict: `facility.changed` with `current`, `facility.retired`, `facility.name_taken` or `home.elsewhere`.
        Invalid: as for a new one, or `field.required` where nothing may not stand.
    """
    known = _own(connection, deps, facility_id)
    if cmd.version is not None and cmd.version != known.version:
        raise Conflict("facility.changed", current=facility_view(known, contact=True))
    given = cmd.model_dump(exclude_unset=True, exclude={"version", "crs"})
    empty = [name for name in _NEVER_EMPTY if name in given and given[name] is None]
    if empty:
        raise Invalid("field.required", faults=tuple(FieldFault(f"/{name}", "field.required") for name in empty))
    if "lon" in given or "lat" in given:
        given["lon"], given["lat"] = checked_point(given.get("lon"), given.get("lat"), cmd.crs)
    if "township" in given:
        given["township"] = _township(given["township"], given.get("lon"), given.get("lat"))
    return replace_facility(connection, deps, actor, known, given, now)


def replace_facility(
    connection: Connection, deps: Deps, actor: Actor, known: Facility, given: dict[str, Any], now: datetime
) -> Facility:
    """The entry with these values; nothing is told if nothing of it is new."""
    contact = {name: given.pop(name) for name in _CONTACT if name in given}
    state = _checked(FacilityFact.model_validate({**known.state.model_dump(), **given}))
    changed = [name for name in FacilityFact.model_fields if getattr(state, name) != getattr(known.state, name)]
    following = Facility(
        state, known.version, contact.get("contact_name", known.contact_name),
        contact.get("contact_phone", known.contact_phone),
    )  # fmt: skip
    if (following.contact_name, following.contact_phone) != (known.contact_name, known.contact_phone):
        changed.append("contact")
    if not changed:
        return known
    _require_name_free(connection, following)
    return _record(connection, deps, actor, following, now, fact="changed", changed=sorted(changed))


def retire_facility(
    connection: Connection, deps: Deps, actor: Actor, facility_id: str, reason: str, now: datetime
) -> Facility:
    """The entry counts no longer; it is kept, with the reason in its fact, and whom to call is forgotten.

    Raises:
        Conflict: `facility.retired` or `home.elsewhere`.
    """
    known = _own(connection, deps, facility_id)
    gone = Facility(known.state.model_copy(update={"retired_at": now}), known.version)
    return _record(connection, deps, actor, gone, now, fact="retired", changed=["retired_at"], remark=reason)


def around(connection: Connection, lon: float, lat: float, within_m: float, codes: tuple[str, ...]) -> Surroundings:
    """What lies around the place.

    Args:
        codes: beginnings of codes to which `items` are narrowed; sites and major hazards are told in any case.
    """
    reach = max(within_m, HAZARD_M.value)
    stations = [
        unit.state for unit in list_units(connection, UnitFilter((UnitKind.FIRE_RESCUE.value,)), after=None, limit=None)
    ]
    found = look_around(lon, lat, within_m, facilities_within(connection, box(lon, lat, reach)), stations)
    return found.narrowed(codes) if codes else found


def place_of_incident(connection: Connection, incident_id: str) -> tuple[float, float]:
    """Where the incident is.

    Raises:
        NotFound: `incident.unknown_here`.
        Conflict: `incident.no_place`.
    """
    incident = find_incident(connection, incident_id)
    if incident is None:
        raise NotFound("incident.unknown_here")
    if incident.lon is None or incident.lat is None:
        raise Conflict("incident.no_place", number=incident.number)
    return incident.lon, incident.lat
