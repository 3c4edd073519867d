"""What a screen must be told: everything, what changed just now, or what changed since it last looked."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.operational_picture.domain.items import EVERYONE, Audience, Feature, Item, Position
from services.operational_picture.domain.picture import Picture

Key = str | None
"""What an account is bound to: a township's code, or None for no limit."""


@dataclass(slots=True)
class Changes:
    """Features in their new state, ids of what left the view, positions."""

    features: list[Feature] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.features or self.removed or self.positions)


def _may_see(audience: Audience, key: Key) -> bool:
    return key is None or audience in (EVERYONE, key)


def everything(picture: Picture, key: Key) -> Changes:
    """The whole picture as this key sees it."""
    features = [i.feature for i in picture.shown.values() if i.feature is not None and _may_see(i.audience, key)]
    return Changes(features, [], list(picture.positions.values()))


def among(picture: Picture, key: Key, ids: Iterable[str], moved: Iterable[str]) -> Changes:
    """What this key must be told about these items and positions."""
    found = Changes(positions=[picture.positions[one] for one in moved])
    for item_id in ids:
        item = picture.find(item_id)
        if item is not None:
            _tell(found, item, key)
    return found


def since(picture: Picture, key: Key, seq: int) -> Changes | None:
    """What changed for a screen that has seen the picture up to `seq`; None if that cannot be told any more.

    Inclusive: time changes things without a new sequence, so what was touched at `seq` itself is told again.
    """
    if not picture.horizon < seq <= picture.seq:
        return None
    found = Changes(positions=[p for p in picture.positions.values() if p.touched >= seq])
    for items in (picture.shown, picture.gone):
        for item in items.values():
            if item.touched >= seq:
                _tell(found, item, key)
    return found


def _tell(found: Changes, item: Item, key: Key) -> None:
    if _may_see(item.audience, key):
        if item.feature is not None:
            found.features.append(item.feature)
        else:
            found.removed.append(item.id)
    elif any(_may_see(audience, key) for audience in item.former):
        found.removed.append(item.id)
