"""Notification as it is hosted: calls people until somebody answers."""

from dataclasses import dataclass, field
from pathlib import Path

from services.notification.api import build_policy_router, build_router
from services.notification.channels.call import Channel
from services.notification.channels.console import Console
from services.notification.channels.in_app import InApp
from services.notification.channels.webhook import Webhook
from services.notification.domain.limits import CallLimits
from services.notification.handlers.context import Notify
from services.notification.jobs import jobs
from services.notification.metrics import NotifyMetrics
from services.notification.subscribers import subscriptions
from shared.contracts.events.notify import ChannelKind
from shared.http.hosting import Deps, Service

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Config:
    """What an operator decides about calling.

    Args:
        webhook_url, webhook_secret: the gateway for short messages or voice, both or neither.
        hub: name of the site that is called for every incident of the district; the others for their own only.
    """

    webhook_url: str | None = None
    webhook_secret: str | None = None
    limits: CallLimits = field(default_factory=CallLimits)
    hub: str = "hub"


def build(deps: Deps, config: Config) -> Service:
    """The service on the given store, clock and sessions.

    Raises:
        ValueError: the webhook's address is none, or its secret is missing; in words for the operator.
    """
    notify = open_notify(deps, config)
    return Service(
        name=deps.service,
        routers=[build_router(notify), build_policy_router(notify)],
        subscriptions=subscriptions(notify),
        jobs=jobs(notify),
    )


def open_notify(deps: Deps, config: Config) -> Notify:
    """The channels and metrics of one hosted notification."""
    channels: dict[ChannelKind, Channel] = {ChannelKind.IN_APP: InApp(), ChannelKind.CONSOLE: Console()}
    if config.webhook_url:
        timeout = config.limits.send_timeout.value
        channels[ChannelKind.WEBHOOK] = Webhook(config.webhook_url, config.webhook_secret or "", deps.clock, timeout)
    return Notify(deps, config.limits, NotifyMetrics(deps.metrics, deps.clock), channels, config.hub)
