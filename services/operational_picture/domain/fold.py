"""Facts fold into the picture. Nothing here raises on what a fact holds: one odd fact must not stop all others.

INVARIANT: an aggregate is only ever moved to a newer version, and only by its home site or by the one to which that has
handed it over, which names its former homes in `succession`.
"""

from collections.abc import Mapping
from typing import Any

from services.operational_picture.domain.geometry import geometry_of
from services.operational_picture.domain.items import DESK, Audience, Item, Site
from services.operational_picture.domain.leaving import AT_ONCE, leaves_at
from services.operational_picture.domain.picture import Picture
from services.operational_picture.domain.positions import place_unit
from services.operational_picture.domain.shapes import SHAPES, SITE, UNDRAWN, Shape
from services.operational_picture.domain.territories import refresh_territories
from shared.contracts.envelope import Envelope
from shared.kernel.clock import parse_time, wire_time
from shared.kernel.ids import is_token

FOLLOWING = frozenset(
    {
        "assignment",
        "notification",
        "request",
        "call",
        "mark",
        "wind",
        "command_post",
        "order",
        "evacuation",
        "activation",
    }
)
"""Kinds that share the audience of their incident."""


def apply(picture: Picture, seq: int, envelope: Envelope) -> tuple[str, ...]:
    """Fold one fact in; returns the ids of the features that changed, appeared or left."""
    fact = {
        "type": envelope.type,
        "subject": envelope.subject,
        "time": wire_time(envelope.time),
        "aggregateversion": envelope.aggregateversion,
        "exercise": envelope.exercise,
        "data": envelope.data,
    }
    return apply_raw(picture, seq, fact)


def apply_raw(picture: Picture, seq: int, fact: Mapping[str, Any]) -> tuple[str, ...]:
    """The same for a decoded JSON document: the quick way, without a model of the envelope."""
    skip(picture, seq)
    try:
        return _apply(picture, seq, fact)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        picture.odd["malformed"] += 1
        return ()


def skip(picture: Picture, seq: int) -> None:
    """Step over a sequence whose message says nothing to the picture."""
    picture.seq = max(picture.seq, seq)


def _apply(picture: Picture, seq: int, fact: Mapping[str, Any]) -> tuple[str, ...]:
    _, site, context, aggregate, name, major = fact["type"].split(".")
    fact = _checked(fact)
    _note_site(picture, site, fact["time"])
    shape = SHAPES.get((context, aggregate)) if major == "v1" else None
    if shape is not None:
        if name not in shape.facts:
            picture.odd["unknown_kind"] += 1  # it carries the full state all the same
        return _take(picture, seq, fact, shape, site)
    if (context, aggregate) == SITE and major == "v1":
        return _beat(picture, fact, site, name)
    if (context, aggregate) not in UNDRAWN:
        picture.odd["unknown_kind"] += 1
    return ()


def _checked(fact: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fact with what all else relies on, its time spelt so that it can be compared as text.

    Raises:
        ValueError, TypeError: it is not there, or is something else.
    """
    if type(fact["aggregateversion"]) is not int or not isinstance(fact["subject"], str):
        raise TypeError("version or subject")
    if not isinstance(fact["data"], dict):
        raise TypeError("data")
    recorded_at = wire_time(parse_time(fact["time"]))
    return fact if recorded_at == fact["time"] else {**fact, "time": recorded_at}


def _note_site(picture: Picture, token: str, recorded_at: str) -> None:
    site = picture.sites.get(token)
    if site is None:
        if not is_token(token):
            raise ValueError("no site's name")
        site = picture.sites[token] = Site(token, token)
        picture.sites_changed = True
    if site.last_fact_at is None or recorded_at > site.last_fact_at:
        site.last_fact_at = recorded_at
    picture.last_recorded_at = recorded_at
    picture.spoke.add(token)


def _beat(picture: Picture, fact: Mapping[str, Any], token: str, name: str) -> tuple[str, ...]:
    site = picture.sites[token]
    version = fact["aggregateversion"]
    if version <= site.version:
        return ()
    site.version = version
    site.name = fact["data"].get("name") or token
    site.beat_at = fact["time"]
    site.stopped = name == "stopping"
    picture.sites_changed = True
    return refresh_territories(picture, token)


def _take(picture: Picture, seq: int, fact: Mapping[str, Any], shape: Shape, site: str) -> tuple[str, ...]:
    item_id = f"{shape.kind}:{fact['subject']}"
    version: int = fact["aggregateversion"]
    known = picture.find(item_id)
    if known is not None:
        if version <= known.version:
            return ()
        if known.home_site != site and known.home_site not in _succession(fact["data"]):
            picture.odd["foreign"] += 1
            return ()
    item = _item(picture, seq, fact, shape, site)
    if shape.kind == "unit":
        place_unit(picture, item)
    return tuple(picture.put(item))


def _item(picture: Picture, seq: int, fact: Mapping[str, Any], shape: Shape, site: str) -> Item:
    properties = shape.properties(fact["data"], picture.odd)
    leaves = leaves_at(shape.kind, properties, parse_time(fact["time"]), picture.limits)
    incident = _incident_of(shape.kind, properties)
    home_site = _home_of(fact["data"], site)
    item = Item(
        id=f"{shape.kind}:{fact['subject']}",
        version=fact["aggregateversion"],
        home_site=home_site,
        seq=seq,
        touched=seq,
        feature=None,
        audience=_audience(picture, shape.kind, properties, incident),
        leaves_at=leaves,
        incident=incident,
    )
    if leaves is not AT_ONCE:
        item.feature = _feature(picture, item, fact, shape, properties)
    return item


def _feature(
    picture: Picture, item: Item, fact: Mapping[str, Any], shape: Shape, properties: dict[str, Any]
) -> dict[str, Any]:
    geometry = geometry_of(shape.kind, properties)
    properties.pop("geometry", None)
    return {
        "type": "Feature",
        "id": item.id,
        "geometry": geometry,
        "properties": {
            **properties,
            "id": fact["subject"],
            "kind": shape.kind,
            "home_site": item.home_site,
            "version": item.version,
            "exercise": bool(fact.get("exercise")),
            "occurred_at": shape.occurred_at(properties) or fact["time"],
            "as_of": fact["time"],
            "stale": picture.is_cut(item.home_site),
            "seq": item.seq,
        },
    }


def _incident_of(kind: str, properties: Mapping[str, Any]) -> str | None:
    incident = properties.get("incident_id") if kind in FOLLOWING else None
    return None if incident is None else f"incident:{incident}"


def _home_of(data: Mapping[str, Any], site: str) -> str:
    """Who writes it from now on: with the last word of a former home that is another site than the one that spoke."""
    home = data.get("home_site")
    return home if isinstance(home, str) and is_token(home) else site


def _succession(data: Mapping[str, Any]) -> tuple[str, ...]:
    former = data.get("succession")
    return tuple(former) if isinstance(former, list) else ()


def _audience(picture: Picture, kind: str, properties: Mapping[str, Any], incident: str | None) -> Audience:
    if kind == "conflict":
        return DESK  # it names incidents of more than one township
    if kind == "incident" or (kind == "call" and incident is None):
        return _township(properties)
    return picture.audience_of(incident)


def _township(properties: Mapping[str, Any]) -> Audience:
    location = properties["location"]
    township = location.get("township") if isinstance(location, Mapping) else None
    return township if isinstance(township, str) and township else DESK
