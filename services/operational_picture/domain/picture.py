"""The state of the picture and the few ways in which it changes; every change is noted for screens and disk."""

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.operational_picture.domain.items import DESK, EVERYONE, Audience, Item, Position, Site
from services.operational_picture.domain.limits import PictureLimits


@dataclass(slots=True)
class Picture:
    """Everything that is known, folded.

    Args:
        site: where this picture stands.
        seq: sequence in the aggregate stream up to which facts are in it.
        shown: items with a feature.
        gone: what has left, oldest first: its version still guards against late facts, its id tells screens.
        sites: all sites ever heard, and the own one.
        positions: by `<kind>:<id>`.
        horizon: a screen that saw only up to here cannot be told what left, it needs a snapshot.
        revision: grows with every change, also those that time makes.
        odd: how often something was not understood, by reason.
        changed, moved, spoke, sites_changed: what happened since somebody last took note.
    """

    site: str
    site_name: str
    exercise: bool = False
    limits: PictureLimits = field(default_factory=PictureLimits)
    seq: int = 0
    last_recorded_at: str | None = None
    shown: dict[str, Item] = field(default_factory=dict)
    gone: dict[str, Item] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    horizon: int = 0
    revision: int = 0
    odd: Counter[str] = field(default_factory=Counter)
    changed: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    spoke: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    sites_changed: bool = False
    _deadlines: list[tuple[datetime, str, int]] = field(default_factory=list)
    _followers: dict[str, set[str]] = field(default_factory=dict)

    def find(self, item_id: str) -> Item | None:
        """The item, shown or gone."""
        return self.shown.get(item_id) or self.gone.get(item_id)

    def is_cut(self, site: str) -> bool:
        """Whether what this site told may be out of date without our knowing."""
        known = self.sites.get(site)
        return known is not None and site != self.site and known.state == "disconnected"

    def put(self, item: Item) -> list[str]:
        """Take the item as the newest state; returns the ids of everything that changed by it."""
        known = self.find(item.id)
        if known is not None:
            item.former = known.former if known.audience == item.audience else known.former | {known.audience}
            self._unfollow(known)
        self.index(item)
        self.touch(item)
        return [item.id, *self._hand_on(item)]

    def index(self, item: Item) -> None:
        """File the item where it belongs, without counting it as a change."""
        self.shown.pop(item.id, None)
        self.gone.pop(item.id, None)
        self.forgotten.discard(item.id)
        (self.gone if item.feature is None else self.shown)[item.id] = item
        if item.incident is not None:
            self._followers.setdefault(item.incident, set()).add(item.id)
        if item.leaves_at is not None and item.feature is not None:
            heapq.heappush(self._deadlines, (item.leaves_at, item.id, item.version))
        self._bound_gone()

    def remove(self, item: Item) -> None:
        """Stop showing the item; its version stays on guard."""
        item.feature = None
        del self.shown[item.id]
        self.gone[item.id] = item
        self.touch(item)
        self._bound_gone()

    def touch(self, item: Item) -> None:
        """Note that a screen must hear of the item."""
        item.touched = self.seq
        self.changed.add(item.id)
        self.revision += 1

    def due(self, now: datetime) -> Iterable[Item]:
        """The items whose time has come, each once."""
        while self._deadlines and self._deadlines[0][0] <= now:
            _, item_id, version = heapq.heappop(self._deadlines)
            item = self.shown.get(item_id)
            if item is not None and item.version == version:
                yield item

    def audience_of(self, incident: str | None) -> Audience:
        """Who may see what belongs to this incident."""
        if incident is None:
            return EVERYONE
        known = self.find(incident)
        return DESK if known is None else known.audience

    def _hand_on(self, incident: Item) -> list[str]:
        followers = []
        for item_id in self._followers.get(incident.id, ()):
            item = self.find(item_id)
            if item is not None and item.audience != incident.audience:
                item.former |= {item.audience}
                item.audience = incident.audience
                self.touch(item)
                followers.append(item_id)
        return followers

    def _unfollow(self, item: Item) -> None:
        followers = self._followers.get(item.incident) if item.incident is not None else None
        if followers is not None:
            followers.discard(item.id)
            if not followers and item.incident is not None:
                del self._followers[item.incident]

    def _bound_gone(self) -> None:
        while len(self.gone) > self.limits.tombstones.value:
            item = self.gone.pop(next(iter(self.gone)))
            self._unfollow(item)
            self.horizon = max(self.horizon, item.touched)
            self.changed.discard(item.id)
            self.forgotten.add(item.id)
