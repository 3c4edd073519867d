"""What looks like the same event, side by side with its reasons: while a report is typed, and beside an incident."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call, phone_digits
from services.incident_intake.domain.duplicates.scorer import PROPOSED, Likeness, Reason, Sighting, Window, compare
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.calls.views import call_view
from services.incident_intake.handlers.context import Intake, own_incident
from services.incident_intake.handlers.placing import settle
from services.incident_intake.handlers.views import incident_view
from services.incident_intake.schemas import ReportIncident
from services.incident_intake.schemas.desk import ChangeWindow
from services.incident_intake.store.calls import CallFilter, list_calls
from services.incident_intake.store.duplicates import MOST, callers_of, incidents_since
from services.incident_intake.store.settings import Setting, find_setting, save_setting
from shared.contracts.events.acts import Act, Detail
from shared.contracts.events.calls import CallOutcome
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict
from shared.storage.system import append_facts

SHOWN = 5
NAME = "duplicate_window"
AGAINST = frozenset({"other_number", "other_place"})


@dataclass(frozen=True, slots=True)
class WindowInForce:
    """The window and where it comes from."""

    window: Window
    basis: str
    verified: bool
    version: int
    updated_at: datetime | None = None
    updated_by: str | None = None

    def json(self) -> dict[str, Any]:
        """As answered."""
        return {
            "metres": self.window.metres,
            "minutes": self.window.span.total_seconds() / 60,
            "basis": self.basis,
            "verified": self.verified,
            "version": self.version,
            "updated_at": wire_time(self.updated_at) if self.updated_at else None,
            "updated_by": self.updated_by,
        }


def window_in_force(connection: Connection, intake: Intake) -> WindowInForce:
    """What the bureau has decided, else the product's own."""
    said = find_setting(connection, NAME)
    if said is None:
        metres, span = intake.config.look_alike_metres, intake.config.look_alike_span
        return WindowInForce(Window(metres.value, span.value), metres.basis, verified=False, version=0)
    value = said.value
    window = Window(value["metres"], timedelta(minutes=value["minutes"]))
    return WindowInForce(window, value["basis"], value["verified"], said.version, said.updated_at, said.updated_by)


def change_window(connection: Connection, intake: Intake, actor: Actor, cmd: ChangeWindow, now: datetime) -> Answer:
    """Decide what counts as perhaps the same event.

    Raises:
        Conflict: `duplicate_window.changed`, with the present one as `current`.
    """
    before = window_in_force(connection, intake)
    if cmd.version is not None and cmd.version != before.version:
        raise Conflict("duplicate_window.changed", current=before.json())
    value = cmd.model_dump(exclude={"version"})
    save_setting(connection, Setting(NAME, before.version + 1, value, now, actor.name))
    told: dict[str, Detail] = {
        "metres": str(cmd.metres),
        "minutes": str(cmd.minutes),
        "basis": cmd.basis,
        "version": before.version + 1,
    }
    append_facts(
        connection,
        intake.deps.acted("intake", Act.DUPLICATE_WINDOW_CHANGED, actor, now=now, target=NAME, detail=told),
    )
    return Answer(200, window_in_force(connection, intake).json())


def like_draft(
    connection: Connection, intake: Intake, actor: Actor, cmd: ReportIncident, now: datetime
) -> dict[str, Any]:
    """What looks like the report that is being typed; nothing is kept.

    Raises:
        Invalid: a place cannot be true.
        Forbidden: `access.other_territory`.
    """
    placed = settle(actor, cmd.location)
    digits = phone_digits(cmd.caller.phone) if cmd.caller else None
    seen = Sighting(
        type_code=cmd.type_code or None,
        at=cmd.occurred_at or cmd.received_at or now,
        lon=placed.point.lon if placed.point else None,
        lat=placed.point.lat if placed.point else None,
        place=placed.text,
        township=placed.township,
        words=_words(cmd.title, cmd.description),
        callers=frozenset({digits}) if digits else frozenset(),
    )
    return _proposals(connection, intake, actor, seen, without=())


def like_incident(connection: Connection, intake: Intake, actor: Actor, incident_id: str) -> dict[str, Any]:
    """What looks like this incident.

    Raises:
        NotFound: `incident.not_found`.
    """
    incident = own_incident(connection, actor, incident_id)
    numbers = callers_of(connection, [incident.id]).get(incident.id, frozenset())
    return _proposals(connection, intake, actor, _seen(incident, numbers), without=(incident.id,))


def _words(*said: str | None) -> str | None:
    return " ".join(filter(None, said)) or None


def _seen(incident: Incident, callers: frozenset[str]) -> Sighting:
    return Sighting(
        type_code=incident.type_code,
        at=incident.occurred_at,
        lon=incident.lon,
        lat=incident.lat,
        place=incident.place_text,
        township=incident.township,
        words=_words(incident.description),
        callers=callers,
    )


def _heard(call: Call) -> Sighting:
    callers = frozenset({call.phone_digits}) if call.phone_digits else frozenset[str]()
    return Sighting(
        call.type_code, call.received_at, call.lon, call.lat, call.place_text, call.township, call.said, callers
    )


def _proposals(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    seen: Sighting,
    *,
    without: tuple[str, ...],
) -> dict[str, Any]:
    decided = window_in_force(connection, intake)
    bound = actor.bound_territory
    others = [
        one
        for one in incidents_since(connection, seen.at - decided.window.span)
        if one.id not in without and bound in {None, one.township}
    ]
    numbers = callers_of(connection, [one.id for one in others]) if seen.callers else {}
    found = [
        (likeness, {"incident": incident_view(one, None, exercise=intake.deps.exercise)})
        for one in others
        if (likeness := compare(seen, _seen(one, numbers.get(one.id, frozenset())), decided.window)) is not None
    ]
    waiting = _waiting(connection, intake, seen, decided.window, bound)
    return {"items": _best(found), "calls": _best(waiting), "next": None, "window": decided.json()}


def _waiting(
    connection: Connection, intake: Intake, seen: Sighting, window: Window, bound: str | None
) -> list[tuple[Likeness, dict[str, Any]]]:
    """Calls that nobody has decided about: a sensor's alarm, minutes before the plant itself calls."""
    wanted = CallFilter(outcome=CallOutcome.PENDING, township=bound, since=seen.at - window.span)
    return [
        (likeness, {"call": call_view(intake, call, None)})
        for call in list_calls(connection, wanted, after=None, limit=MOST)
        if (likeness := compare(seen, _heard(call), window)) is not None
    ]


def _best(found: Iterable[tuple[Likeness, dict[str, Any]]]) -> list[dict[str, Any]]:
    likely = [(likeness, body) for likeness, body in found if likeness.score >= PROPOSED]
    likely.sort(key=lambda pair: -pair[0].score)
    return [
        {
            **body,
            "score": likeness.score,
            "reasons": [_reason(one) for one in likeness.reasons],
            "distance_m": likeness.distance_m,
            "minutes": likeness.minutes,
        }
        for likeness, body in likely[:SHOWN]
    ]


def _reason(reason: Reason) -> dict[str, Any]:
    text = label(f"duplicate_reason.{reason.code}", **reason.params)
    return {"code": reason.code, "params": reason.params, "text": text, "against": reason.code in AGAINST}
