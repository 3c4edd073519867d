"""Lines as they are answered: every field named, the check, what became of it, what is missing."""

from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.incident import Incident
from services.incident_intake.domain.short_line.codec import Reading
from services.incident_intake.domain.short_line.fields import FIELDS, territory
from services.incident_intake.domain.short_line.sequence import LAST, missing
from services.incident_intake.domain.short_line.voice import render_for_voice
from services.incident_intake.handlers.short_lines.plan import Plan
from services.incident_intake.store.short_lines import OwnReport, ShortLine, known_serials, last_number
from shared.i18n import label
from shared.kernel.clock import wire_time


def reading_view(reading: Reading) -> dict[str, Any]:
    """What was read, field by field in the order of speech."""
    wrong = {
        fault.pointer.removeprefix("/"): label(f"problem.{fault.code}", **fault.params) for fault in reading.faults
    }
    spoken = {} if reading.report is None else {one.name: one.spoken for one in render_for_voice(reading.values)}
    fields = [
        {
            "name": field.name,
            "label": field.label,
            "text": reading.values.get(field.name),
            "spoken": spoken.get(field.name),
            "fault": wrong.get(field.name),
            "expected": field.expected,
        }
        for field in FIELDS
    ]
    general = [text for name, text in wrong.items() if name in {"", "fmt"} and not reading.values]
    check = {"given": reading.values.get("chk", ""), "expected": reading.expected, "ok": reading.is_checked}
    place = territory(reading.report.unit) if reading.report else None
    return {
        "raw": reading.raw,
        "fields": fields,
        "faults": general,
        "checksum": check,
        "site": place.token if place else None,
        "township_name": place.name if place else None,
        "occurred_at": wire_time(reading.report.occurred_at) if reading.report else None,
        "sequence": reading.report.sequence if reading.report else None,
    }


def line_view(
    reading: Reading, planned: Plan, *, outcome: str | None = None, incident: Incident | None = None
) -> dict[str, Any]:
    """One line and what became, or would become, of it."""
    about = incident or planned.incident
    return {
        **reading_view(reading),
        "outcome": outcome or planned.outcome,
        "incident": None if about is None else brief_view(about),
        "own_log": None if planned.own is None else own_view(planned.own),
        "candidates": [brief_view(one) for one in planned.candidates],
        "known": None if planned.known is None else planned.known.content,
    }


def brief_view(incident: Incident) -> dict[str, Any]:
    """An incident as far as it must be told apart from another."""
    return {
        "id": incident.id,
        "number": incident.number,
        "title": incident.title,
        "status": incident.status,
        "version": incident.version,
        "occurred_at": wire_time(incident.occurred_at),
        "home_site": incident.home_site,
        "on_behalf_of_site": incident.on_behalf_of_site,
        "casualties": {name: getattr(incident, name) for name in ("dead", "missing", "serious", "injured", "trapped")},
    }


def own_view(report: OwnReport) -> dict[str, Any]:
    """An incident of another site's own log."""
    return {"id": report.id, "number": report.number, "site": report.site}


def gaps_view(connection: Connection, units: list[str]) -> list[dict[str, Any]]:
    """For each sender the numbers that never came; senders without a gap are left out."""
    found = []
    for unit in units:
        era, _ = last_number(connection, unit)
        numbers = missing(known_serials(connection, unit, era))
        place = territory(unit)
        if numbers and place:
            found.append({"unit": unit, "site": place.token, "township_name": place.name, "sequences": numbers})
    return found


def kept_view(line: ShortLine) -> dict[str, Any]:
    """A line as it was filed."""
    place = territory(line.unit)
    return {
        "id": line.id,
        "unit": line.unit,
        "site": place.token if place else None,
        "township_name": place.name if place else None,
        "sequence": (line.serial - 1) % LAST + 1,
        "content": line.content,
        "checked": line.checked,
        "confirmed_by": line.confirmed_by,
        "channel": line.channel,
        "received_at": wire_time(line.received_at),
        "occurred_at": wire_time(line.occurred_at),
        "incident_id": line.incident_id,
        "taken_by": line.taken_by,
    }
