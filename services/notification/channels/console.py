"""The log as a channel: for a speaker, a printer or a pager that follows it."""

import structlog

from services.notification.channels.call import Call, Outcome
from services.notification.domain.notification import masked

_log = structlog.get_logger(__name__)


class Console:
    """Writes one structured line a call; phone numbers are masked."""

    async def send(self, call: Call) -> Outcome:
        _log.warning(
            "call",
            delivery_id=call.delivery_id,
            notification_id=call.notification_id,
            incident_id=call.incident_id,
            incident_number=call.incident_number,
            person=call.person_name,
            phone=masked(call.phone),
            post=call.post,
            step=call.step,
            exercise=call.exercise,
            text=call.text,
        )
        return Outcome.accepted()
