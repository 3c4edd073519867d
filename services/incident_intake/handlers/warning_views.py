"""Warnings as JSON and as facts; the state is always the one at the moment of asking."""

from datetime import datetime
from typing import Any

from services.incident_intake.domain.cap_alert import CapArea, CapFault
from services.incident_intake.domain.own_warning import authority_of
from services.incident_intake.handlers.warning_shapes import preferred_infos
from services.incident_intake.store.warnings import StoredWarning
from shared.contracts.events.intake import WarningFact, WarningState
from shared.i18n import label
from shared.kernel.clock import wire_time

_MAX_AREA_TEXT = 4_000


def fault_view(fault: CapFault) -> dict[str, Any]:
    """A fault of a document, with its sentence; `refused` tells that the whole alert was left out."""
    return {
        **fault.params,
        "alert": fault.alert,
        "pointer": fault.pointer,
        "line": fault.line,
        "code": fault.code,
        "detail": label(f"problem.{fault.code}", **fault.params),
        "refused": fault.refused,
    }


def warning_view(warning: StoredWarning, now: datetime) -> dict[str, Any]:
    """The warning as answered: what was read first in Chinese, and the message's own words beside it."""
    alert = warning.record.alert
    areas = [_area_view(area) for info in preferred_infos(alert) for area in info.areas]
    return {
        "id": warning.id,
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": wire_time(alert.sent),
        "status": alert.status,
        "msg_type": alert.msg_type,
        "is_real": alert.is_real,
        "state": warning.record.state(now),
        "superseded_by": warning.superseded_by,
        **_first_words(warning),
        **_who_and_what_before(warning),
        "areas": areas,
        "geometry": warning.geometry,
        "source": alert.source,
        "signed": alert.signed,
        "unresolved": [reference.identifier for reference in warning.record.unresolved],
        "faults": warning.faults,
        "received_at": wire_time(warning.received_at),
        "version": warning.version,
        "home_site": warning.home_site,
    }


def warning_fact(warning: StoredWarning, state: WarningState, *, actor_name: str | None) -> WarningFact:
    """The warning's whole public state as a fact."""
    alert = warning.record.alert
    descriptions = [area.description for info in preferred_infos(alert) for area in info.areas if area.description]
    return WarningFact.model_validate(
        {
            **_first_words(warning),
            **_who_and_what_before(warning),
            "actor_name": actor_name,
            "id": warning.id,
            "identifier": alert.identifier,
            "sender": alert.sender,
            "sent": alert.sent,
            "status": alert.status.value,
            "msg_type": alert.msg_type.value,
            "is_real": alert.is_real,
            "state": state,
            "superseded_by": warning.superseded_by,
            "area_text": _shortened("、".join(dict.fromkeys(descriptions))) or None,
            "geometry": warning.geometry,
            "source": alert.source,
            "signed": alert.signed,
            "received_at": warning.received_at,
            "home_site": warning.home_site,
        }
    )


def _who_and_what_before(warning: StoredWarning) -> dict[str, Any]:
    """Who issued it, with whose leave, what it follows, and why it ended if it says so."""
    alert = warning.record.alert
    info = next(iter(preferred_infos(alert)), None)
    return {
        "issuer": info.sender_name if info else None,
        "is_own": warning.record.is_own,
        "authority_reference": authority_of(alert),
        "references": [reference.identifier for reference in alert.references],
        "reason": alert.note,
    }


def _shortened(text: str) -> str:
    """The text as a screen can show it; the whole one stays with the warning."""
    return text if len(text) <= _MAX_AREA_TEXT else text[:_MAX_AREA_TEXT] + "…"


def _first_words(warning: StoredWarning) -> dict[str, Any]:
    """What the first block of the preferred language says; the colour is the highest of all blocks."""
    alert = warning.record.alert
    info = next(iter(preferred_infos(alert)), None)
    expires_at = warning.record.expires_at
    return {
        "event": (info.kind.name if info and info.kind else None) or (info.event if info else None),
        "event_code": info.kind.code or info.kind.original_code if info and info.kind else None,
        "color": alert.color,
        "severity": info.severity if info else None,
        "urgency": info.urgency if info else None,
        "certainty": info.certainty if info else None,
        "headline": info.headline if info else None,
        "description": info.description if info else None,
        "instruction": info.instruction if info else None,
        "effective": _time(info.effective if info else None),
        "onset": _time(info.onset if info else None),
        "expires": _time(expires_at),
    }


def _time(value: datetime | None) -> str | None:
    return None if value is None else wire_time(value)


def _area_view(area: CapArea) -> dict[str, Any]:
    return {
        "desc": area.description,
        "polygons": area.polygons,
        "circles": [circle.model_dump() for circle in area.circles],
        "geocodes": [geocode.model_dump() for geocode in area.geocodes],
    }
