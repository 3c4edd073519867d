"""What intake counts; no ids as labels."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class IntakeMetrics:
    """Counters of one hosted intake."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.reported = Counter(
            "yzt_intake_incidents_reported", "Incidents taken, by channel", ["source"], registry=registry
        )
        self.calls = Counter(
            "yzt_intake_calls_recorded",
            "Calls taken down beside first reports",
            ["source", "outcome"],
            registry=registry,
        )
        self.unknown_type = Counter(
            "yzt_intake_unknown_type", "Reports with a type code that the classification lacks", registry=registry
        )
        self.warnings = Counter(
            "yzt_intake_warnings", "Warning messages read, by outcome", ["outcome"], registry=registry
        )
        self.cap_faults = Counter("yzt_intake_cap_faults", "Faults in warning messages", ["code"], registry=registry)
        self.caller_reads = Counter("yzt_intake_caller_reads", "Unmasked readings of callers", registry=registry)
        self.callers_destroyed = Counter("yzt_intake_callers_destroyed", "Callers destroyed in time", registry=registry)
        self.search_lag = Gauge(
            "yzt_intake_search_lag_seconds", "Age of the oldest change that no search finds yet", registry=registry
        )
