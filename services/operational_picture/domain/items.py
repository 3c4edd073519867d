"""What the picture is made of: items behind features, sites, positions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Feature = dict[str, Any]
"""A GeoJSON feature as it goes to a screen. Only its top-level properties are ever changed in place."""

Audience = str | None
"""Who may see an item: `EVERYONE`, or a township's code (its officers and all who are bound to none), or `DESK`."""
EVERYONE: Audience = None
DESK: Audience = ""
"""Only those who are bound to no township: the incident's township is not known."""

SiteState = Literal["connected", "degraded", "disconnected"]


@dataclass(slots=True)
class Item:
    """The latest known state of one aggregate, or what is left of one that has gone.

    Args:
        id: `<kind>:<aggregate id>`.
        version: of the aggregate; nothing older or equal is ever applied again.
        home_site: its only writer.
        seq: stream sequence of the fact that made this state.
        touched: the picture's sequence when it last changed for any reason, also by time passing.
        feature: None when it is not shown (any more).
        audience: who may see it now.
        former: audiences it had before; they must be told that it left their view.
        leaves_at: when it stops being shown.
        incident: item id of the incident whose audience it shares.
    """

    id: str
    version: int
    home_site: str
    seq: int
    touched: int
    feature: Feature | None
    audience: Audience = EVERYONE
    former: frozenset[Audience] = frozenset()
    leaves_at: datetime | None = None
    incident: str | None = None


@dataclass(slots=True)
class Site:
    """What is known of one site.

    Args:
        version: of its last `ops.site` fact.
        last_fact_at: the latest recording time of any fact of it, RFC 3339 UTC.
        beat_at: the same for its `ops.site` facts only.
        stopped: it has said good-bye.
        heard_at: by our own clock, when something of it last arrived.
        since: since when the state holds.
    """

    token: str
    name: str
    version: int = 0
    last_fact_at: str | None = None
    beat_at: str | None = None
    stopped: bool = False
    heard_at: datetime | None = None
    state: SiteState = "disconnected"
    since: datetime | None = None


@dataclass(slots=True)
class Position:
    """The latest place of one moving thing; `at` is RFC 3339 UTC, degrees are WGS 84."""

    id: str
    kind: str
    lon: float
    lat: float
    at: str
    site: str
    stale: bool = False
    touched: int = 0

    def public(self) -> dict[str, Any]:
        """As it goes to a screen."""
        return {
            "id": self.id,
            "kind": self.kind,
            "lon": self.lon,
            "lat": self.lat,
            "at": self.at,
            "site": self.site,
            "stale": self.stale,
        }
