"""现场指挥部: set it up, change it, its groups, who has signed in, close it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.command.post import (
    GROUPS,
    MAX_ATTENDANCE,
    left,
    require_open,
    with_attendance,
)
from services.resource_dispatch.domain.place import checked_point
from services.resource_dispatch.handlers.command.bodies import (
    Because,
    ChangeGroups,
    ChangePost,
    Leave,
    SetUpPost,
    SignIn,
)
from services.resource_dispatch.handlers.command.context import (
    commanded_incident,
    keep_and_tell,
    not_in_future,
    visible_incident,
)
from services.resource_dispatch.handlers.command.views import post_view
from services.resource_dispatch.store.command import Held, active_of_incident, list_commands
from shared.contracts.events.command import Attendance, CommandGroup, CommandPostFact, CommandPostState
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.homes import require_home
from shared.kernel.ids import new_id

Post = Held[CommandPostFact]


def set_up_post(
    connection: Connection, deps: Deps, actor: Actor, incident_id: str, cmd: SetUpPost, now: datetime
) -> dict[str, Any]:
    """A command post, with the usual nine groups; one at a time for an incident.

    Raises:
        NotFound: `incident.unknown_here`.
        Conflict: `command.incident_ended`, `command_post.open`, `home.elsewhere`.
        Invalid: a place that cannot be, `time.in_future`.
    """
    incident = commanded_incident(connection, deps, actor, incident_id)
    running = active_of_incident(connection, CommandPostFact, incident_id)
    if running is not None:
        raise Conflict("command_post.open", name=running.state.name, current=post_view(running, actor))
    lon, lat = checked_point(cmd.lon, cmd.lat, cmd.crs)
    state = CommandPostFact(
        id=new_id(),
        incident_id=incident.id,
        incident_number=incident.number,
        incident_title=incident.title,
        name=cmd.name,
        state=CommandPostState.OPEN,
        lon=lon,
        lat=lat,
        text=cmd.text,
        commander_name=cmd.commander_name,
        commander_post=cmd.commander_post,
        set_up_at=not_in_future(cmd.set_up_at, now, "/set_up_at"),
        groups=[CommandGroup(id=new_id(), name=name) for name in GROUPS],
        home_site=deps.site,
    )
    return post_view(_keep(connection, deps, Held(state, 0), "set_up", now, actor), actor)


def post_of_incident(connection: Connection, actor: Actor, incident_id: str) -> Post:
    """The post that is at work, else the last one.

    Raises:
        NotFound: `incident.unknown_here`, `command_post.unknown`.
    """
    visible_incident(connection, actor, incident_id)
    running = active_of_incident(connection, CommandPostFact, incident_id)
    if running is not None:
        return running
    found = list_commands(connection, CommandPostFact, incident_id=incident_id, limit=1)
    if not found:
        raise NotFound("command_post.unknown")
    return found[0]


def _own_post(connection: Connection, deps: Deps, actor: Actor, incident_id: str, version: int | None = None) -> Post:
    held = post_of_incident(connection, actor, incident_id)
    require_home(held.state.home_site, deps.site)
    require_open(held.state)
    if version is not None and version != held.version:
        raise Conflict("command_post.changed", current=post_view(held, actor))
    return held


def change_post(
    connection: Connection, deps: Deps, actor: Actor, incident_id: str, cmd: ChangePost, now: datetime
) -> dict[str, Any]:
    """Another place, another commander; only the fields that were given.

    Raises:
        NotFound: `command_post.unknown`.
        Conflict: `command_post.closed`, `command_post.changed`, `home.elsewhere`.
    """
    held = _own_post(connection, deps, actor, incident_id, cmd.version)
    given = cmd.model_dump(exclude_unset=True, exclude={"version", "crs"})
    if "lon" in given or "lat" in given:
        given["lon"], given["lat"] = checked_point(given.get("lon"), given.get("lat"), cmd.crs)
    update = {
        name: value
        for name, value in given.items()
        if getattr(held.state, name) != value and not (value is None and name in {"name", "commander_name"})
    }
    if not update:
        return post_view(held, actor)
    changed = Held(held.state.model_copy(update=update), held.version, held.private)
    return post_view(_keep(connection, deps, changed, "changed", now, actor, sorted(update)), actor)


def change_groups(
    connection: Connection, deps: Deps, actor: Actor, incident_id: str, cmd: ChangeGroups, now: datetime
) -> dict[str, Any]:
    """The list of groups as it is to be; their telephones stay in this store.

    Raises:
        NotFound: `command_post.unknown`.
        Conflict: `command_post.closed`, `command_post.changed`, `home.elsewhere`.
    """
    held = _own_post(connection, deps, actor, incident_id, cmd.version)
    known = {group.id for group in held.state.groups}
    groups, phones = [], {}
    for one in cmd.groups:
        ident = one.id if one.id in known else new_id()
        groups.append(CommandGroup(id=ident, name=one.name, leader_name=one.leader_name or None))
        if one.phone:
            phones[ident] = one.phone
    state = held.state.model_copy(update={"groups": groups})
    changed = Held(state, held.version, {**held.private, "phones": phones})
    return post_view(_keep(connection, deps, changed, "changed", now, actor, ["groups"]), actor)


def sign_in(
    connection: Connection, deps: Deps, actor: Actor, incident_id: str, cmd: SignIn, now: datetime
) -> dict[str, Any]:
    """Somebody has come.

    Raises:
        NotFound: `command_post.unknown`.
        Conflict: `command_post.closed`, `command_post.signed_in`, `command_post.full`, `home.elsewhere`.
        Invalid: `command_post.group_unknown`, `time.in_future`.
    """
    held = _own_post(connection, deps, actor, incident_id)
    state = held.state
    if cmd.group_id is not None and all(group.id != cmd.group_id for group in state.groups):
        fault = FieldFault("/group_id", "command_post.group_unknown")
        raise Invalid("command_post.group_unknown", faults=(fault,))
    if len(state.attendance) >= MAX_ATTENDANCE:
        raise Conflict("command_post.full", most=MAX_ATTENDANCE)
    if any(_is(one, cmd) for one in state.attendance):
        raise Conflict("command_post.signed_in", name=cmd.name, organisation=cmd.organisation)
    made = Attendance(
        id=new_id(),
        name=cmd.name,
        organisation=cmd.organisation,
        group_id=cmd.group_id,
        signed_at=not_in_future(cmd.signed_at, now, "/signed_at"),
    )
    changed = Held(with_attendance(state, [*state.attendance, made]), held.version, held.private)
    return post_view(_keep(connection, deps, changed, "changed", now, actor, ["attendance"]), actor)


def _is(one: Attendance, cmd: SignIn) -> bool:
    return one.left_at is None and (one.name, one.organisation) == (cmd.name, cmd.organisation)


def sign_out(
    connection: Connection,
    deps: Deps,
    actor: Actor,
    incident_id: str,
    attendance_id: str,
    cmd: Leave,
    now: datetime,
) -> dict[str, Any]:
    """Somebody leaves.

    Raises:
        NotFound: `command_post.unknown`, `command_post.attendance_unknown`.
        Conflict: `command_post.closed`, `command_post.left_already`, `home.elsewhere`.
    """
    held = _own_post(connection, deps, actor, incident_id)
    state = left(held.state, attendance_id, not_in_future(cmd.at, now))
    changed = Held(state, held.version, held.private)
    return post_view(_keep(connection, deps, changed, "changed", now, actor, ["attendance"]), actor)


def close_post(
    connection: Connection, deps: Deps, actor: Actor, incident_id: str, cmd: Because, now: datetime
) -> dict[str, Any]:
    """The post ends; everybody who is still there leaves it with it.

    Raises:
        NotFound: `command_post.unknown`.
        Conflict: `command_post.closed`, `home.elsewhere`.
    """
    held = _own_post(connection, deps, actor, incident_id)
    everybody = [
        one if one.left_at is not None else one.model_copy(update={"left_at": max(now, one.signed_at)})
        for one in held.state.attendance
    ]
    update = {"state": CommandPostState.CLOSED, "closed_at": now, "close_reason": cmd.reason}
    state = with_attendance(held.state, everybody).model_copy(update=update)
    closed = Held(state, held.version, held.private)
    return post_view(_keep(connection, deps, closed, "closed", now, actor, ["state"], cmd.reason), actor)


def _keep(
    connection: Connection,
    deps: Deps,
    held: Post,
    fact: str,
    now: datetime,
    actor: Actor,
    changed: list[str] | None = None,
    remark: str | None = None,
) -> Post:
    return keep_and_tell(
        connection,
        deps,
        held,
        f"post.{fact}",
        now=now,
        actor=actor,
        active=held.state.state is CommandPostState.OPEN,
        began_at=held.state.set_up_at,
        changed=changed,
        remark=remark,
    )
