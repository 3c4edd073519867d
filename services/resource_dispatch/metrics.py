"""What dispatch counts; no ids as labels."""

from prometheus_client import CollectorRegistry, Counter


class DispatchMetrics:
    """Counters of one hosted dispatch."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.ordered = Counter(
            "yzt_dispatch_assignments_ordered", "Orders given, by relation", ["relation"], registry=registry
        )
        self.conflicts = Counter(
            "yzt_dispatch_conflicts", "Orders refused because the unit was not free", registry=registry
        )
        self.reports = Counter(
            "yzt_dispatch_reports", "Field reports, by timeliness", ["timeliness"], registry=registry
        )
        self.positions = Counter("yzt_dispatch_positions", "Positions received", registry=registry)
        self.between_sites = Counter(
            "yzt_dispatch_site_conflicts", "Conflicts found between sites, by kind", ["kind"], registry=registry
        )
