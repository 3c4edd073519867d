"""What every command needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.notification.channels.call import Channel
from services.notification.domain.limits import CallLimits
from services.notification.domain.notification import Notification
from services.notification.metrics import NotifyMetrics
from services.notification.schemas import notification_json
from services.notification.store.due import follow_clock
from services.notification.store.notifications import NotificationFilter, find_notification, may_see
from services.notification.store.targets import attempts_of, targets_of
from services.notification.store.telling import target_fact
from shared.contracts.events.notify import ChannelKind
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Notify:
    """One hosted notification.

    Args:
        channels: what this installation has; the screen is always there.
        hub: name of the site that is the district's centre and is called for every incident of the district.
    """

    deps: Deps
    limits: CallLimits
    metrics: NotifyMetrics
    channels: Mapping[ChannelKind, Channel]
    hub: str

    def take_time(self, connection: Connection, now: datetime) -> None:
        """Note the time before a due-time is made from it, so that a clock set back never delays a step."""
        follow_clock(connection, now, self.limits.clock_tolerance.value)


def scope_of(actor: Actor) -> NotificationFilter:
    """What this person may know of: an officer of a territory the own township's calls and the own calls only."""
    return NotificationFilter(person_id=actor.person_id, account=actor.username, township=actor.bound_territory)


def visible(connection: Connection, actor: Actor, notification_id: str) -> Notification:
    """The call-out, if this person may know of it.

    Raises:
        NotFound: `notification.not_found`, also for another township's: its existence is not told either.
    """
    found = find_notification(connection, notification_id)
    if found is None or not may_see(connection, notification_id, scope_of(actor)):
        raise NotFound("notification.not_found", id=notification_id)
    return found


def views(connection: Connection, notifications: list[Notification]) -> list[dict[str, Any]]:
    """The bodies of these call-outs, with their calls and tries."""
    targets = targets_of(connection, [one.id for one in notifications])
    tries = attempts_of(connection, [target for listed in targets.values() for target in listed])
    return [
        notification_json(one, [target_fact(target, tries.get(target.id, [])) for target in targets.get(one.id, [])])
        for one in notifications
    ]


def view(connection: Connection, notification: Notification) -> dict[str, Any]:
    """The body of one call-out."""
    return views(connection, [notification])[0]
