"""Metrics of the roster."""

from prometheus_client import CollectorRegistry, Gauge


class RosterMetrics:
    """How many people the posts lack at this moment."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.missing = Gauge(
            "yzt_roster_missing_people", "People that a required post lacks now", ["post"], registry=registry
        )
