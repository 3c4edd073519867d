"""Commands on units."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.held import Unit
from services.resource_dispatch.domain.place import checked_point
from services.resource_dispatch.schemas import NewUnit, UnitChange, UnitStatusChange, unit_view
from services.resource_dispatch.store.units import find_named, find_unit, insert_unit, save_unit
from shared.contracts.events.dispatch import UnitContact, UnitFact, UnitStatus
from shared.http.hosting import Deps
from shared.kernel.access import Action, Actor
from shared.kernel.district import townships
from shared.kernel.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from shared.kernel.homes import require_home
from shared.kernel.ids import new_id
from shared.storage.system import append_facts

_STANDBY_FROM = frozenset({UnitStatus.BACK, UnitStatus.UNAVAILABLE, UnitStatus.STANDBY})


def unit_or_refuse(connection: Connection, unit_id: str) -> Unit:
    """The unit.

    Raises:
        NotFound: `unit.unknown`.
    """
    unit = find_unit(connection, unit_id)
    if unit is None:
        raise NotFound("unit.unknown")
    return unit


def own_unit(connection: Connection, deps: Deps, unit_id: str) -> Unit:
    """The unit, if it is this site's.

    Raises:
        NotFound: `unit.unknown`.
        Conflict: `home.elsewhere`, naming the site that may be asked for it.
    """
    unit = unit_or_refuse(connection, unit_id)
    require_home(unit.state.home_site, deps.site)
    return unit


def require_field_right(actor: Actor, unit: Unit) -> None:
    """A team leader reports for the own unit, a township officer for units of the township.

    Raises:
        Forbidden: `unit.not_yours`.
    """
    if actor.may(Action.ASSIGNMENT_WRITE):
        return
    if actor.unit_id != unit.state.id and (actor.territory is None or actor.territory != unit.state.township):
        raise Forbidden("unit.not_yours")


def record_unit(
    connection: Connection,
    deps: Deps,
    unit: Unit,
    *,
    fact: str,
    changed: list[str],
    now: datetime,
    actor: Actor | None,
    remark: str | None = None,
) -> Unit:
    """Keep the next version of the unit and tell it; returns it."""
    following = Unit(unit.state, unit.version + 1)
    (insert_unit if following.version == 1 else save_unit)(connection, following)
    payload = following.state.model_copy(
        update={"changed": changed, "actor_name": actor.name if actor else None, "remark": remark}
    )
    kind = f"dispatch.unit.{fact}.v1"
    append_facts(connection, deps.draft(kind, payload.id, following.version, payload, now=now, actor=actor))
    return following


def _township(code_or_name: str | None) -> str | None:
    if not code_or_name:
        return None
    for township in townships():
        if code_or_name in {township.code, township.name}:
            return township.code
    raise Invalid("township.unknown", faults=(FieldFault("/township", "township.unknown", given=code_or_name),))


def state_of(cmd: NewUnit, deps: Deps, now: datetime) -> UnitFact:
    """The first state of a unit from what was typed or imported."""
    lon, lat = checked_point(cmd.lon, cmd.lat, cmd.crs)
    return UnitFact(
        id=new_id(),
        name=cmd.name,
        kind=cmd.kind,
        relation=cmd.relation,
        status=UnitStatus.STANDBY,
        status_since=now,
        home_site=deps.site,
        township=_township(cmd.township),
        lon=lon,
        lat=lat,
        position_at=now if lon is not None else None,
        capabilities=list(dict.fromkeys(cmd.capabilities)),
        contact=UnitContact(name=cmd.contact.name, phone=cmd.contact.phone),
        members=cmd.members,
        note=cmd.note,
    )


def register_unit(connection: Connection, deps: Deps, actor: Actor, cmd: NewUnit, now: datetime) -> dict[str, Any]:
    """A new unit of this site.

    Raises:
        Conflict: `unit.name_taken`.
    """
    if find_named(connection, deps.site, cmd.name) is not None:
        raise Conflict("unit.name_taken", name=cmd.name)
    unit = Unit(state_of(cmd, deps, now), 0)
    return unit_view(record_unit(connection, deps, unit, fact="registered", changed=[], now=now, actor=actor))


def change_unit(
    connection: Connection, deps: Deps, actor: Actor, unit_id: str, cmd: UnitChange, now: datetime
) -> dict[str, Any]:
    """Change what is known of a unit; only the fields that were given.

    Raises:
        Conflict: `unit.changed` with `current`, `unit.name_taken` or `home.elsewhere`.
    """
    unit = own_unit(connection, deps, unit_id)
    if cmd.version is not None and cmd.version != unit.version:
        raise Conflict("unit.changed", current=unit_view(unit))
    given = cmd.model_dump(exclude_unset=True, exclude={"version", "crs"})
    if "township" in given:
        given["township"] = _township(given["township"])
    if "contact" in given:
        given["contact"] = UnitContact(**(given["contact"] or {}))
    if "lon" in given or "lat" in given:
        given["lon"], given["lat"] = checked_point(given.get("lon"), given.get("lat"), cmd.crs)
        given["position_at"] = now
    named = find_named(connection, deps.site, given.get("name") or unit.state.name)
    if named is not None and named.state.id != unit_id:
        raise Conflict("unit.name_taken", name=named.state.name)
    changed = sorted(name for name, value in given.items() if getattr(unit.state, name) != value)
    if not changed:
        return unit_view(unit)
    state = UnitFact.model_validate({**unit.state.model_dump(), **{k: v for k, v in given.items() if k in changed}})
    following = record_unit(
        connection, deps, Unit(state, unit.version), fact="updated", changed=changed, now=now, actor=actor
    )
    return unit_view(following)


def set_unit_status(
    connection: Connection, deps: Deps, actor: Actor, unit_id: str, cmd: UnitStatusChange, now: datetime
) -> dict[str, Any]:
    """Standby again after coming back or being unavailable; or unavailable, with a reason.

    Raises:
        Conflict: `unit.busy` while it has an assignment, `unit.transition_refused`, `home.elsewhere`.
        Invalid: `unit.reason_required`, or a status that only an assignment gives.
    """
    unit = own_unit(connection, deps, unit_id)
    require_field_right(actor, unit)
    if cmd.status not in {UnitStatus.STANDBY, UnitStatus.UNAVAILABLE}:
        raise Invalid("unit.status_by_assignment", faults=(FieldFault("/status", "unit.status_by_assignment"),))
    if cmd.status is UnitStatus.UNAVAILABLE and not cmd.reason:
        raise Invalid("unit.reason_required", faults=(FieldFault("/reason", "unit.reason_required"),))
    if unit.state.active_assignment_id is not None:
        raise Conflict("unit.busy", unit=unit.state.name)
    if cmd.status is UnitStatus.STANDBY and unit.state.status not in _STANDBY_FROM:
        raise Conflict("unit.transition_refused", status=unit.state.status.value)
    if cmd.status is unit.state.status:
        return unit_view(unit)
    state = unit.state.model_copy(update={"status": cmd.status, "status_since": now})
    following = record_unit(
        connection, deps, Unit(state, unit.version), fact="status_changed", changed=["status"], now=now, actor=actor,
        remark=cmd.reason,
    )  # fmt: skip
    return unit_view(following)
