"""Facts of operation: a site starts, beats, stops."""

from typing import ClassVar

from shared.contracts.events.base import Fact
from shared.kernel.clock import UtcDatetime


class SiteFact(Fact):
    """Sent by every site about itself; the heartbeat makes a cut visible where nothing else happens."""

    KINDS: ClassVar[tuple[str, ...]] = tuple(f"ops.site.{fact}.v1" for fact in ("started", "heartbeat", "stopping"))

    site: str
    name: str
    product_version: str
    beat_at: UtcDatetime
