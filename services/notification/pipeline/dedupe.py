"""Second stage: does it still have to go out, and why."""

from dataclasses import replace

import structlog

from services.notification.domain.reasons import why_send
from services.notification.pipeline.delivery import Delivery

_log = structlog.get_logger(__name__)


async def dedupe(delivery: Delivery) -> Delivery | None:
    """End what somebody has answered meanwhile; what another sender may have sent goes out again."""
    assert delivery.notification is not None
    reason = why_send(delivery.notification, delivery.target, under_way_before=delivery.under_way_before)
    _log.info(
        "call_decided", delivery_id=delivery.target.id, channel=delivery.target.channel.value, reason=reason.value
    )
    return replace(delivery, reason=reason) if reason.sends else None
