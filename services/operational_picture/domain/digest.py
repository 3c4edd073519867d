"""A hash of what is on the picture, to compare two of them wherever they are."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from services.operational_picture.domain.items import Item
from services.operational_picture.domain.picture import Picture


def picture_hash(
    features: Iterable[Mapping[str, Any]], positions: Iterable[Mapping[str, Any]] = (), *, with_seq: bool = True
) -> str:
    """SHA-256 of the canonical JSON: sorted by id, keys sorted.

    Args:
        features: as on the wire.
        positions: as on the wire.
        with_seq: also the stream's sequences, which differ between two streams that carry the same facts.
    """
    kept = sorted((_bare(feature, with_seq=with_seq) for feature in features), key=lambda feature: feature["id"])
    placed = sorted((dict(position) for position in positions), key=lambda one: (one["kind"], one["id"]))
    return hashlib.sha256(orjson.dumps([kept, placed], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _bare(feature: Mapping[str, Any], *, with_seq: bool) -> dict[str, Any]:
    if with_seq:
        return dict(feature)
    return {**feature, "properties": {name: value for name, value in feature["properties"].items() if name != "seq"}}


def differing(live: Picture, folded: Picture) -> list[str]:
    """Ids of what the two show differently, apart from what time and readings alone make of it."""
    here, there = _facts_of(live), _facts_of(folded)
    return sorted(ident for ident in here.keys() | there.keys() if here.get(ident) != there.get(ident))


def _facts_of(picture: Picture) -> dict[str, object]:
    return {ident: _told(item) for ident, item in picture.shown.items() if not ident.startswith("territory:")}


def _told(item: Item) -> tuple[object, ...]:
    feature = item.feature or {"properties": {}, "geometry": None}
    properties = {name: value for name, value in feature["properties"].items() if name not in {"stale", "seq"}}
    if item.id.startswith("unit:"):
        return (item.version, item.home_site)  # drawn where its last reading was
    return (item.version, item.home_site, item.audience, properties, feature["geometry"])
