"""What reporting measures: clocks that stand open, delays, papers that wait; no ids as labels."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.information_reporting.domain.clock import OPEN
from shared.contracts.events.report import ReportClockState


class ReportingMetrics:
    """Metrics of one hosted reporting."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.ended = Counter("yzt_report_clocks_ended", "Clocks by how they ended", ["state"], registry=registry)
        self.rendered = Counter("yzt_report_documents", "Papers made", ["format"], registry=registry)
        self._open = Gauge("yzt_report_clocks_open", "Clocks for which something is due", ["state"], registry=registry)
        self._waiting = Gauge("yzt_report_unsigned", "Reports that wait to be signed", registry=registry)
        self.show({}, 0)

    def show(self, counts: Mapping[ReportClockState, int], waiting: int) -> None:
        """Take over what the store holds now."""
        for state in sorted(OPEN):
            self._open.labels(state.value).set(counts.get(state, 0))
        self._waiting.set(waiting)
