"""Commands on winds: recorded as they were said, never changed, never guessed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.marks import Wind
from services.resource_dispatch.domain.marks_wind import Wind as Said
from services.resource_dispatch.domain.marks_wind import parse_wind, wind_words
from services.resource_dispatch.handlers.marks import CLOCK_TOLERANCE, open_incident
from services.resource_dispatch.schemas.marks import NewWind, wind_view
from services.resource_dispatch.store.marks import keep_wind
from shared.contracts.events.marks import WindFact
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.ids import new_id
from shared.storage.system import append_facts

_FULL_TURN = 360.0


def said_wind(cmd: NewWind) -> Said:
    """What the command says of the wind; figures beat words.

    Raises:
        Invalid: `wind.direction_required`, `wind.unreadable`.
    """
    spoken = parse_wind(cmd.text) if cmd.text else None
    if cmd.from_deg is None and spoken is None:
        code = "wind.unreadable" if cmd.text else "wind.direction_required"
        raise Invalid(code, faults=(FieldFault("/text", code),))
    direction = cmd.from_deg % _FULL_TURN if cmd.from_deg is not None else spoken.from_deg if spoken else None
    speed = cmd.speed_ms if cmd.speed_ms is not None else spoken.speed_ms if spoken else None
    force = cmd.force if cmd.force is not None else spoken.force if spoken else None
    return Said(direction, speed, force)


def record_wind(
    connection: Connection, deps: Deps, actor: Actor, incident_id: str, cmd: NewWind, now: datetime
) -> dict[str, Any]:
    """Record a wind for an incident. Sectors stay as they are until a person draws them anew.

    Raises:
        NotFound: `incident.unknown_here`.
        Conflict: `mark.incident_closed`.
        Invalid: `wind.direction_required`, `wind.unreadable`, `time.in_future`.
    """
    said = said_wind(cmd)
    open_incident(connection, incident_id)
    at = cmd.at or now
    if at > now + CLOCK_TOLERANCE.value:
        raise Invalid("time.in_future", faults=(FieldFault("/at", "time.in_future"),))
    state = WindFact(
        id=new_id(),
        incident_id=incident_id,
        from_deg=said.from_deg,
        text=cmd.text or wind_words(said),
        speed_ms=said.speed_ms,
        force=said.force,
        at=at,
        source=cmd.source,
        note=cmd.note,
        recorded_at=now,
        recorded_by=actor.name,
        home_site=deps.site,
        actor_name=actor.name,
    )
    keep_wind(connection, state)
    append_facts(connection, deps.draft("dispatch.wind.recorded.v1", state.id, 1, state, now=now, actor=actor))
    return wind_view(Wind(state))
