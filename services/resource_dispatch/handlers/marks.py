"""Commands on what is plotted on the map."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.held import IncidentCopy
from services.resource_dispatch.domain.marks import Mark, centre_of, composed, with_wind
from services.resource_dispatch.domain.marks_geometry import Geometry, drawn
from services.resource_dispatch.schemas.marks import (
    GeometryInput,
    MarkChange,
    MarkRemoval,
    MarkRestoring,
    MarksClearing,
    NewMark,
    mark_view,
)
from services.resource_dispatch.store.incidents import find_incident, merged_beneath
from services.resource_dispatch.store.marks import MarkFilter, find_mark, find_wind, list_marks, save_mark
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.events.marks import MarkFact, MarkKind, MarkParams
from shared.http.hosting import Deps
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.geo import SourceCrs
from shared.kernel.homes import require_home, site_name
from shared.kernel.ids import new_id
from shared.kernel.limits import Limit
from shared.storage.system import append_facts

CLOCK_TOLERANCE = Limit(timedelta(minutes=10), "chosen: hand-held clocks differ by minutes, not by more")


def draw_mark(connection: Connection, deps: Deps, actor: Actor, cmd: NewMark, now: datetime) -> dict[str, Any]:
    """Plot something, for an incident of any site or for none.

    Raises:
        NotFound: `incident.unknown_here`, `wind.unknown`.
        Conflict: `mark.incident_closed`.
        Invalid: what its kind still lacks.
    """
    incident = None if cmd.incident_id is None else open_incident(connection, cmd.incident_id)
    _require_times(cmd.drawn_at, cmd.valid_until, now)
    params = MarkParams(
        radius_m=cmd.radius_m, spread_deg=cmd.spread_deg, capacity=cmd.capacity, contact_name=cmd.contact.name
    )
    if cmd.wind_id is not None:
        params = _winded(connection, params, cmd.wind_id, cmd.incident_id)
    geometry, params = composed(cmd.kind, _drawn(cmd.geometry, cmd.crs), params, cmd.basis)
    state = MarkFact(
        id=new_id(),
        incident_id=cmd.incident_id,
        incident_number=incident.number if incident else None,
        kind=cmd.kind,
        label=cmd.label or label(f"mark_kind.{cmd.kind.value}"),
        geometry=geometry,
        params=params,
        basis=cmd.basis or None,
        valid_until=cmd.valid_until,
        drawn_by_name=actor.name,
        drawn_at=cmd.drawn_at or now,
        symbol_code=cmd.symbol_code,
        home_site=deps.site,
    )
    return _told(connection, deps, actor, Mark(state, 0, cmd.contact.phone), "drawn", now=now)


def change_mark(
    connection: Connection, deps: Deps, actor: Actor, mark_id: str, cmd: MarkChange, now: datetime
) -> dict[str, Any]:
    """Change a mark; only the fields that were given. With `wind_id` a sector is drawn anew for that wind.

    Raises:
        NotFound: `mark.unknown`, `wind.unknown`.
        Conflict: `mark.changed` with `current`, `mark.removed`, `home.elsewhere`.
        Invalid: what its kind then lacks.
    """
    mark = own_mark(connection, deps, mark_id)
    if mark.state.removed_at is not None:
        raise Conflict("mark.removed", label=mark.state.label)
    if cmd.version is not None and cmd.version != mark.version:
        raise Conflict("mark.changed", current=mark_view(mark, with_phone=True))
    given = cmd.model_fields_set
    _require_times(None, cmd.valid_until if "valid_until" in given else None, now)
    params = _changed_params(connection, mark.state, cmd)
    basis = cmd.basis if "basis" in given else mark.state.basis
    shape = _drawn(cmd.geometry, cmd.crs) if cmd.geometry else centre_of(mark.state.geometry, params)
    geometry, params = composed(mark.state.kind, shape, params, basis)
    update: dict[str, Any] = {name: getattr(cmd, name) for name in ("valid_until", "symbol_code") if name in given}
    update |= {"geometry": geometry, "params": params, "basis": basis or None}
    state = mark.state.model_copy(update={**update, "label": cmd.label or mark.state.label})
    phone = cmd.contact.phone if cmd.contact is not None else mark.contact_phone
    changed = [name for name in MarkFact.model_fields if getattr(state, name) != getattr(mark.state, name)]
    if not changed and phone == mark.contact_phone:
        return mark_view(mark, with_phone=True)
    following = Mark(state, mark.version, phone)
    return _told(connection, deps, actor, following, "changed", now=now, changed=changed, remark=cmd.note)


def remove_mark(
    connection: Connection, deps: Deps, actor: Actor, mark_id: str, cmd: MarkRemoval, now: datetime
) -> dict[str, Any]:
    """Lift a mark: it leaves every map, its state stays.

    Raises:
        NotFound: `mark.unknown`.
        Conflict: `mark.removed`, `home.elsewhere`.
    """
    mark = own_mark(connection, deps, mark_id)
    if mark.state.removed_at is not None:
        raise Conflict("mark.removed", label=mark.state.label)
    return _lifted(connection, deps, actor, mark, cmd.reason, now)


def restore_mark(
    connection: Connection, deps: Deps, actor: Actor, mark_id: str, cmd: MarkRestoring, now: datetime
) -> dict[str, Any]:
    """Put a lifted mark back.

    Raises:
        NotFound: `mark.unknown`.
        Conflict: `mark.not_removed`, `home.elsewhere`.
    """
    mark = own_mark(connection, deps, mark_id)
    if mark.state.removed_at is None:
        raise Conflict("mark.not_removed", label=mark.state.label)
    gone = dict.fromkeys(("removed_at", "removed_by_name", "reason"))
    following = Mark(mark.state.model_copy(update=gone), mark.version, mark.contact_phone)
    return _told(connection, deps, actor, following, "changed", now=now, changed=["removed_at"], remark=cmd.note)


def clear_marks(
    connection: Connection, deps: Deps, actor: Actor, incident_id: str, cmd: MarksClearing, now: datetime
) -> dict[str, Any]:
    """Lift all open marks of these kinds that this site drew for the incident; other sites' are named, not touched.

    Raises:
        NotFound: `incident.unknown_here`.
    """
    if find_incident(connection, incident_id) is None:
        raise NotFound("incident.unknown_here")
    wanted = MarkFilter([incident_id, *merged_beneath(connection, incident_id)], is_open=True)
    found = [one for one in list_marks(connection, wanted, after=None, limit=None) if one.state.kind in cmd.kinds]
    own = [one for one in found if one.state.home_site == deps.site]
    lifted = [_lifted(connection, deps, actor, one, cmd.reason, now) for one in own]
    counts = Counter(one["kind"] for one in lifted)
    others = [one.state for one in found if one.state.home_site != deps.site]
    return {
        "removed": len(lifted),
        "by_kind": {kind.value: counts[kind.value] for kind in MarkKind if counts[kind.value]},
        "marks": lifted,
        "elsewhere": [{"id": one.id, "label": one.label, "site_name": site_name(one.home_site)} for one in others],
    }


def open_incident(connection: Connection, incident_id: str) -> IncidentCopy:
    """The incident, if something may still be plotted for it.

    Raises:
        NotFound: `incident.unknown_here`.
        Conflict: `mark.incident_closed`.
    """
    incident = find_incident(connection, incident_id)
    if incident is None:
        raise NotFound("incident.unknown_here")
    if incident.status in {IncidentStatus.CLOSED, IncidentStatus.MERGED}:
        raise Conflict("mark.incident_closed", number=incident.number)
    return incident


def own_mark(connection: Connection, deps: Deps, mark_id: str) -> Mark:
    """The mark, if it is this site's.

    Raises:
        NotFound: `mark.unknown`.
        Conflict: `home.elsewhere`.
    """
    mark = find_mark(connection, mark_id)
    if mark is None:
        raise NotFound("mark.unknown")
    require_home(mark.state.home_site, deps.site)
    return mark


def _drawn(geometry: GeometryInput, crs: SourceCrs) -> Geometry:
    return drawn(geometry.type, geometry.positions, crs)


def _changed_params(connection: Connection, state: MarkFact, cmd: MarkChange) -> MarkParams:
    names = [name for name in ("radius_m", "spread_deg", "capacity") if name in cmd.model_fields_set]
    params = state.params.model_copy(update={name: getattr(cmd, name) for name in names})
    if cmd.contact is not None:
        params = params.model_copy(update={"contact_name": cmd.contact.name})
    return params if cmd.wind_id is None else _winded(connection, params, cmd.wind_id, state.incident_id)


def _winded(connection: Connection, params: MarkParams, wind_id: str, incident_id: str | None) -> MarkParams:
    wind = find_wind(connection, wind_id)
    ids = [] if incident_id is None else [incident_id, *merged_beneath(connection, incident_id)]
    if wind is None or wind.state.incident_id not in ids:
        raise NotFound("wind.unknown")
    if wind.state.from_deg is None:
        raise Invalid("mark.wind_calm", faults=(FieldFault("/wind_id", "mark.wind_calm"),))
    return with_wind(params, wind.state)


def _require_times(drawn_at: datetime | None, valid_until: datetime | None, now: datetime) -> None:
    if drawn_at is not None and drawn_at > now + CLOCK_TOLERANCE.value:
        raise Invalid("time.in_future", faults=(FieldFault("/drawn_at", "time.in_future"),))
    if valid_until is not None and valid_until <= now:
        raise Invalid("mark.valid_until_past", faults=(FieldFault("/valid_until", "mark.valid_until_past"),))


def _lifted(connection: Connection, deps: Deps, actor: Actor, mark: Mark, reason: str, now: datetime) -> dict[str, Any]:
    update = {"removed_at": now, "removed_by_name": actor.name, "reason": reason}
    following = Mark(mark.state.model_copy(update=update), mark.version, mark.contact_phone)
    return _told(connection, deps, actor, following, "removed", now=now, changed=["removed_at"], remark=reason)


def _told(
    connection: Connection,
    deps: Deps,
    actor: Actor,
    mark: Mark,
    fact: str,
    *,
    now: datetime,
    changed: list[str] | None = None,
    remark: str | None = None,
) -> dict[str, Any]:
    following = Mark(mark.state, mark.version + 1, mark.contact_phone)
    save_mark(connection, following)
    update = {"changed": changed or [], "actor_name": actor.name, "remark": remark}
    payload = following.state.model_copy(update=update)
    kind = f"dispatch.mark.{fact}.v1"
    append_facts(connection, deps.draft(kind, payload.id, following.version, payload, now=now, actor=actor))
    return mark_view(following, with_phone=True)
