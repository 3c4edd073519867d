"""Values of the domain as JSON: times as text, the caller masked unless asked for."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from services.incident_intake.domain.caller import Caller, masked
from services.incident_intake.domain.checks import Hint
from services.incident_intake.domain.incident import Incident, township_names
from services.incident_intake.store.timelines import TimelineEntry
from shared.i18n import label
from shared.kernel.clock import wire_time


def incident_view(
    incident: Incident,
    caller: Caller | None,
    *,
    exercise: bool,
    hints: Iterable[Hint] = (),
    open_caller: dict[str, str | None] | None = None,
) -> dict[str, Any]:
    """The incident as answered; `open_caller` stands in the place of the masked one."""
    body: dict[str, Any] = {
        "id": incident.id,
        "number": incident.number,
        "type_code": incident.type_code,
        "type_name": incident.type_name,
        "title": incident.title,
        "status": incident.status,
        "grade": incident.grade,
        "possible_grade": incident.possible_grade,
        "sensitive": incident.sensitive,
        "sensitive_reasons": list(incident.sensitive_reasons),
        "occurred_at": wire_time(incident.occurred_at),
        "received_at": wire_time(incident.received_at),
        "closed_at": None if incident.closed_at is None else wire_time(incident.closed_at),
        "source": incident.source,
        "home_site": incident.home_site,
        "version": incident.version,
        "location": location_view(incident),
        "casualties": {
            "dead": incident.dead,
            "missing": incident.missing,
            "serious": incident.serious,
            "injured": incident.injured,
            "trapped": incident.trapped,
        },
        "description": incident.description,
        "exercise": exercise,
        "merged_into": incident.merged_into,
        "on_behalf_of_site": incident.on_behalf_of_site,
        "relay_channel": incident.relay_channel,
        "continues": incident.continues,
        **gravity_view(incident),
        "unit_report": _record(incident.unit_report),
        "observation": _record(incident.observation),
        "caller": open_caller or (None if caller is None else masked(caller)),
        "created_by": incident.created_by_name,
        "updated_at": wire_time(incident.updated_at),
    }
    told = [hint_view(hint) for hint in hints]
    return {**body, "hints": told} if told else body


def gravity_view(incident: Incident) -> dict[str, Any]:
    """How grave it is: further figures, where the grade comes from, numbers side by side, the window, who commands."""
    first_public_at = incident.first_public_at
    return {
        "loss_yuan": incident.loss_yuan,
        "burnt_hectares": incident.burnt_hectares,
        "acute_poisoned": incident.acute_poisoned,
        "first_public_at": None if first_public_at is None else wire_time(first_public_at),
        "first_public_where": incident.first_public_where,
        "grading": _record(incident.grading),
        "clock_grade": incident.clock_grade,
        "figures": [_record(one) for one in incident.figures],
        "casualty_window": _record(incident.casualty_window),
        "command_transfer": _record(incident.command_transfer),
    }


def _record(said: BaseModel | None) -> dict[str, Any] | None:
    return None if said is None else said.model_dump(mode="json")


def location_view(incident: Incident) -> dict[str, Any]:
    """The place: always WGS 84, with the system in which it was given."""
    return {
        "lon": incident.lon,
        "lat": incident.lat,
        "crs": "wgs84",
        "source_crs": incident.source_crs,
        "text": incident.place_text,
        "township": incident.township,
        "township_name": township_names().get(incident.township or ""),
    }


def hint_view(hint: Hint) -> dict[str, Any]:
    """A hint with its sentence."""
    detail = label(f"problem.{hint.code}", **hint.params)
    return {**hint.params, "code": hint.code, "pointer": hint.pointer, "detail": detail}


def entry_view(entry: TimelineEntry) -> dict[str, Any]:
    """One line of a timeline."""
    return {
        "id": entry.id,
        "at": wire_time(entry.at),
        "recorded_at": wire_time(entry.recorded_at),
        "kind": entry.kind,
        "actor_name": entry.actor_name,
        "code": entry.code,
        "params": entry.params,
        "late": entry.late,
    }
