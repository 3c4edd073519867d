"""Positions: the latest wins, and a unit stands where it was last seen."""

from datetime import datetime

from services.operational_picture.domain.geometry import point
from services.operational_picture.domain.items import Feature, Item, Position
from services.operational_picture.domain.picture import Picture
from shared.kernel.clock import parse_time

UNIT = "unit"


def locate(picture: Picture, position: Position, now: datetime) -> bool:
    """Take a position unless a newer one of the same thing is known; whether it was taken."""
    key = f"{position.kind}:{position.id}"
    known = picture.positions.get(key)
    if known is not None and known.at >= position.at:
        return False
    position.stale = is_old(picture, position, now)
    picture.positions[key] = position
    _moved(picture, key)
    item = picture.shown.get(key) if position.kind == UNIT else None
    if item is not None:
        place_unit(picture, item)
    return True


def place_unit(picture: Picture, item: Item) -> None:
    """Move the unit's feature to its last position, if that is newer than what its own fact says."""
    position = picture.positions.get(item.id)
    if position is not None and item.feature is not None and position.site == item.home_site:
        move(item.feature, position)


def move(feature: Feature, position: Position) -> None:
    """Screens do the same with what they hear, so a frame need not repeat a unit that only moved."""
    properties = feature["properties"]
    if properties["position_at"] is None or properties["position_at"] < position.at:
        properties["lon"], properties["lat"], properties["position_at"] = position.lon, position.lat, position.at
        feature["geometry"] = point(properties)


def age_positions(picture: Picture, now: datetime) -> None:
    """Mark what has become old."""
    for key, position in picture.positions.items():
        if not position.stale and is_old(picture, position, now):
            position.stale = True
            _moved(picture, key)


def is_old(picture: Picture, position: Position, now: datetime) -> bool:
    """Whether the position may not be shown as the present one."""
    return now - parse_time(position.at) > picture.limits.position_fresh.value


def _moved(picture: Picture, key: str) -> None:
    picture.positions[key].touched = picture.seq
    picture.moved.add(key)
    picture.revision += 1
