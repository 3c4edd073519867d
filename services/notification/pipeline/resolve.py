"""First stage: what the call is about and how the person is reached, as it stands now and not when it was claimed."""

from dataclasses import replace

from sqlalchemy import Connection

from services.notification.pipeline.delivery import Delivery, Stage
from services.notification.store.copies import find_incident, find_people
from services.notification.store.notifications import find_notification
from services.notification.store.targets import find_target
from shared.storage.database import Database


def resolve(database: Database) -> Stage:
    """The stage on this store."""

    async def stage(delivery: Delivery) -> Delivery | None:
        return await database.read(lambda connection: _look(connection, delivery))

    return stage


def _look(connection: Connection, delivery: Delivery) -> Delivery | None:
    target = find_target(connection, delivery.target.id)
    notification = find_notification(connection, delivery.target.notification_id)
    if target is None or notification is None:
        return None
    known = find_people(connection, [target.person_id]) if target.person_id else {}
    person = known.get(target.person_id or "")
    if person is not None:
        target = replace(target, phone=person.phone, account=person.account)
    incident = None if notification.incident_id is None else find_incident(connection, notification.incident_id)
    return replace(delivery, target=target, notification=notification, incident=incident)
