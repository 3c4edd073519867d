"""Opening and closing checks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from services.operations.checks.store import Check, Heard, find_check, open_check, save_check, silent_since
from shared.contracts.events.ops import CheckFact, CheckFinding, CheckState
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.homes import HUB, require_home
from shared.kernel.ids import new_id
from shared.kernel.limits import Limit
from shared.storage.system import append_facts


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """When somebody must find out what is the matter.

    Args:
        silence: how long a site may not be heard.
        listen_first: how long this site listens after its own start, before it says that others are silent.
    """

    silence: Limit[timedelta] = Limit(
        timedelta(minutes=30), "建议值：失联 30 分钟转人工核查（卫星电话→派人），待局方确认"
    )
    listen_first: Limit[timedelta] = Limit(timedelta(minutes=2), "chosen: six beats of every site that can be heard")


def open_due(connection: Connection, deps: Deps, limits: CheckLimits, started_at: datetime, now: datetime) -> int:
    """Open a task for each site that has been silent for too long, one for each silence; returns how many.

    Only the centre does: whoever else hears nothing has lost the centre, which is one thing and not twenty-two.
    """
    if deps.site != HUB or now - started_at < limits.listen_first.value:
        return 0
    opened = 0
    for heard in silent_since(connection, now - limits.silence.value):
        if heard.site != deps.site and open_check(connection, heard.site) is None:
            _open(connection, deps, heard, now)
            opened += 1
    return opened


def _open(connection: Connection, deps: Deps, heard: Heard, now: datetime) -> None:
    state = CheckFact(
        id=new_id(),
        site=heard.site,
        site_name=heard.name,
        state=CheckState.OPEN,
        silent_since=heard.heard_at,
        opened_at=now,
        home_site=deps.site,
    )
    save_check(connection, Check(state, 1))
    append_facts(connection, deps.draft("ops.check.opened.v1", state.id, 1, state, now=now))


@dataclass(frozen=True, slots=True)
class Found:
    """What a person found out, and when it was said."""

    finding: CheckFinding
    note: str | None
    at: datetime


def close_check(connection: Connection, deps: Deps, actor: Actor, check_id: str, found: Found) -> dict[str, Any]:
    """Say what was found.

    Raises:
        NotFound: `check.unknown`.
        Conflict: `check.closed`, `home.elsewhere`.
    """
    check = find_check(connection, check_id)
    if check is None:
        raise NotFound("check.unknown")
    require_home(check.state.home_site, deps.site)
    if check.state.state is CheckState.CLOSED:
        raise Conflict("check.closed", closed_by=check.state.closed_by or "")
    said = {
        "state": CheckState.CLOSED,
        "finding": found.finding,
        "note": found.note,
        "closed_at": found.at,
        "closed_by": actor.name,
        "changed": ["state"],
        "actor_name": actor.name,
        "remark": found.note,
    }
    state = CheckFact.model_validate({**check.state.model_dump(), **said})
    following = Check(state, check.version + 1)
    save_check(connection, following)
    kind = "ops.check.closed.v1"
    append_facts(connection, deps.draft(kind, check_id, following.version, state, now=found.at, actor=actor))
    return check_view(following)


def check_view(check: Check) -> dict[str, Any]:
    """The task as the API shows it."""
    view = check.state.model_dump(mode="json", exclude={"changed", "actor_name", "remark"})
    return {**view, "version": check.version}
