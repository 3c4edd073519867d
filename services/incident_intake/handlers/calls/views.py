"""Calls as JSON."""

from typing import Any

from services.incident_intake.domain.call import Call, has_caller, masked_caller
from services.incident_intake.domain.incident import type_name
from services.incident_intake.handlers.calls.context import verify_by
from services.incident_intake.handlers.context import Intake
from shared.kernel.clock import wire_time


def call_view(
    intake: Intake, call: Call, number: str | None, *, caller: dict[str, str | None] | None = None
) -> dict[str, Any]:
    """The call as answered.

    Args:
        number: of its incident.
        caller: stands in the place of the masked one.
    """
    due = verify_by(intake, call)
    return {
        "id": call.id,
        "number": call.number,
        "incident_id": call.incident_id,
        "incident_number": number,
        "received_at": wire_time(call.received_at),
        "recorded_at": wire_time(call.recorded_at),
        "recorded_by": call.recorded_by_name,
        "source": call.source,
        "caller": caller or (masked_caller(call) if has_caller(call) else None),
        "said": call.said,
        "type_code": call.type_code,
        "type_name": type_name(call.type_code),
        "place_text": call.place_text,
        "lon": call.lon,
        "lat": call.lat,
        "township": call.township,
        "told_others": [other.json() for other in call.told_others],
        "outcome": call.outcome,
        "transfer": call.transfer.json() if call.transfer else None,
        "closed_reason": call.closed_reason,
        "verify_by": wire_time(due) if due else None,
        "version": call.version,
    }
