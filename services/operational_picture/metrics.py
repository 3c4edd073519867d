"""What the picture tells Prometheus; no ids, no sites as labels."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class PictureMetrics:
    """Gauges and counters of one picture."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.clients = Gauge("yzt_picture_clients", "Screens that listen", registry=registry)
        self.lag = Gauge("yzt_view_lag_seconds", "How far the picture is behind the stream", registry=registry)
        self.seq = Gauge("yzt_view_seq", "Sequence up to which facts are in the picture", registry=registry)
        self.features = Gauge("yzt_view_features", "Features on the picture", registry=registry)
        self.frames = Counter("yzt_picture_frames", "Frames encoded, once for each group of screens", registry=registry)
        self.dropped = Counter(
            "yzt_picture_dropped_clients", "Screens dropped because they read too slowly", registry=registry
        )
        self.odd = Counter(
            "yzt_picture_odd_facts", "Facts or values that were not understood", ["reason"], registry=registry
        )
        self.saves = Counter("yzt_picture_saves", "Times the picture was saved", registry=registry)
        self.restarts = Counter(
            "yzt_picture_restarts", "Times the stream was another one and all began anew", registry=registry
        )
