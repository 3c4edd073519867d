"""Measurements of messaging; labels are services and consumers, never ids."""

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_DEPTH = Gauge("yzt_outbox_depth", "Facts that wait for the broker", ["service"])
OUTBOX_OLDEST = Gauge("yzt_outbox_oldest_seconds", "Age of the oldest fact that waits for the broker", ["service"])
RELAY_PUBLISHED = Counter("yzt_relay_published_total", "Facts acknowledged by the broker", ["service"])
RELAY_FAILURES = Counter("yzt_relay_failures_total", "Failed attempts to hand facts over", ["service", "reason"])
RELAY_BLOCKED = Gauge("yzt_relay_blocked", "1 while the broker refuses a fact for good", ["service"])
DLQ_DEPTH = Gauge("yzt_dlq_depth", "Dead letters that wait for a person", ["consumer"])
CONSUMER_SECONDS = Histogram("yzt_consumer_seconds", "From the arrival of a message to its end", ["consumer"])
CONSUMER_REBUILT = Counter("yzt_consumer_rebuilt_total", "Times a vanished durable was made again", ["consumer"])
CONSUMER_RETRIES = Counter("yzt_consumer_retries_total", "Attempts of a handler that failed", ["consumer"])
CONSUMER_DEAD = Counter("yzt_consumer_dead_letters_total", "Messages given up", ["consumer", "reason"])
BROKER_CONNECTED = Gauge("yzt_broker_connected", "1 while the connection to the broker is up", ["user"])
BROKER_RESTARTS = Counter("yzt_broker_restarts_total", "Times the embedded broker was started again after it died")
BROKER_STORED = Gauge("yzt_broker_stored_bytes", "What the embedded broker's streams take on disk")
BROKER_STORED_LIMIT = Gauge("yzt_broker_stored_limit_bytes", "What they may take at most; then facts wait")
TELEMETRY_DROPPED = Counter("yzt_telemetry_dropped_total", "Readings dropped while the broker was away", ["user"])
LINK_PARCEL_SECONDS = Gauge("yzt_link_parcel_seconds", "There and back of the last parcel of telemetry", ["site"])
LINK_THINNED = Counter("yzt_link_thinned_total", "Readings that a newer one replaced before they crossed", ["site"])
LINK_WAITING = Gauge("yzt_link_waiting_facts", "Facts that the other site has not acknowledged", ["site"])
LINK_JOINED = Gauge("yzt_link_joined", "1 when the other site and this one source from each other", ["site"])
