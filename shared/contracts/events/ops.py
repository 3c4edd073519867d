"""Facts of operation: a site starts, beats, stops."""

from enum import StrEnum
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


class CheckState(StrEnum):
    """Whether somebody has found out what is the matter."""

    OPEN = "open"
    CLOSED = "closed"


class CheckFinding(StrEnum):
    """What was found about a site that could not be heard."""

    REACHED_WELL = "reached_well"
    REACHED_NEEDS_HELP = "reached_needs_help"
    SENT_SOMEONE = "sent_someone"
    BACK_BY_ITSELF = "back_by_itself"


class CheckFact(Fact):
    """失联核查: the centre has not heard a site for too long; a person calls by satellite phone, else sends somebody.

    The task stays until a person closes it, also when the link comes back. Heard by every picture.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(f"ops.check.{fact}.v1" for fact in ("opened", "closed"))

    id: str
    site: str
    site_name: str
    state: CheckState
    silent_since: UtcDatetime
    opened_at: UtcDatetime
    finding: CheckFinding | None = None
    note: str | None = None
    closed_at: UtcDatetime | None = None
    closed_by: str | None = None
    home_site: str


class PowerFact(Fact):
    """What the site lives on, as its UPS tells.

    `minutes_left` is the supply's own estimate while it runs on battery; nothing if it gives none.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("ops.power.changed.v1",)

    site: str
    source: str
    on_battery: bool
    minutes_left: float | None = None
    is_low: bool = False
    at: UtcDatetime
