"""Metrics of identity."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class IdentityMetrics:
    """How logging in goes, and whether the audit chain holds."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.logins = Counter("yzt_identity_logins", "Attempts to log in by outcome", ["outcome"], registry=registry)
        self.audit_ok = Gauge("yzt_audit_verify_ok", "1 while the audit chain holds, 0 once broken", registry=registry)
        self.audit_ok.set(1)
