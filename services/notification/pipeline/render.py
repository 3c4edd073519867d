"""Third stage: the words, by the newest that is known of the incident."""

from dataclasses import replace

from services.notification.pipeline.delivery import Delivery, Stage
from services.notification.templates import Words
from services.notification.templates import render as words_to_text
from shared.contracts.events.notify import NotificationKind


def render(site_name: str) -> Stage:
    """The stage for this site."""

    async def stage(delivery: Delivery) -> Delivery:
        notification, incident = delivery.notification, delivery.incident
        assert notification is not None
        is_report = notification.kind is NotificationKind.INCIDENT and incident is not None
        words = Words(
            kind=notification.kind,
            title=incident.title if is_report and incident else notification.title,
            number=incident.number if incident else notification.incident_number,
            place=incident.place if incident else None,
            step=delivery.target.step,
            steps_total=len(notification.steps),
            exercise=notification.exercise,
            site_name=site_name,
        )
        return replace(delivery, text=words_to_text(words))

    return stage
