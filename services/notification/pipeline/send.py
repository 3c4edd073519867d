"""Fourth stage: the channel tries once."""

from collections.abc import Mapping
from dataclasses import replace

import structlog

from services.notification.channels.call import Call, Channel, Outcome
from services.notification.pipeline.delivery import Delivery, Stage
from shared.contracts.events.notify import ChannelKind

_log = structlog.get_logger(__name__)


def send(channels: Mapping[ChannelKind, Channel]) -> Stage:
    """The stage on these channels; one that was taken out of the configuration fails for good."""

    async def stage(delivery: Delivery) -> Delivery:
        channel = channels.get(delivery.target.channel)
        if channel is None:
            return replace(delivery, outcome=Outcome.permanent("not_configured"))
        try:
            outcome = await channel.send(_call(delivery))
        except Exception as error:  # noqa: BLE001 — a defect of one channel must not silence it for ever
            _log.exception("channel_failed", channel=delivery.target.channel.value)
            outcome = Outcome.temporary(type(error).__name__)
        return replace(delivery, outcome=outcome)

    return stage


def _call(delivery: Delivery) -> Call:
    target, notification = delivery.target, delivery.notification
    assert notification is not None
    return Call(
        delivery_id=target.id,
        notification_id=notification.id,
        kind=notification.kind,
        text=delivery.text,
        title=notification.title,
        incident_id=notification.incident_id,
        incident_number=notification.incident_number,
        person_id=target.person_id,
        person_name=target.person_name,
        phone=target.phone,
        account=target.account,
        post=target.post,
        step=target.step,
        exercise=notification.exercise,
        site=notification.home_site,
        created_at=notification.created_at,
    )
