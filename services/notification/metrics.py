"""What notification measures: how long people are waited for, how sending goes; no ids as labels."""

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.notification.domain.notification import OPEN
from shared.contracts.events.notify import NotificationState
from shared.kernel.clock import Clock


class NotifyMetrics:
    """Metrics of one hosted notification."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._clock = clock
        self._oldest: datetime | None = None
        self.attempts = Counter(
            "yzt_notify_attempts", "Tries to reach a person", ["channel", "outcome"], registry=registry
        )
        self.escalations = Counter(
            "yzt_escalations", "Steps entered because nobody had answered", ["step"], registry=registry
        )
        self._open = Gauge("yzt_notify_open", "Call-outs without an answer", ["state"], registry=registry)
        age = Gauge("yzt_notify_oldest_unacked_seconds", "Age of the oldest unanswered call-out", registry=registry)
        age.set_function(self._age)
        self.show({}, None)

    def show(self, counts: Mapping[NotificationState, int], oldest: datetime | None) -> None:
        """Take over what the store holds now."""
        self._oldest = oldest
        for state in sorted(OPEN):
            self._open.labels(state.value).set(counts.get(state, 0))

    def _age(self) -> float:
        return 0.0 if self._oldest is None else max((self._clock.now() - self._oldest).total_seconds(), 0.0)
