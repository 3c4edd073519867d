"""The 22 townships as features from the first moment. A township is only ever called connected after its site spoke."""

from services.operational_picture.domain.geometry import point
from services.operational_picture.domain.items import Item, Site
from services.operational_picture.domain.picture import Picture
from shared.kernel.clock import wire_time
from shared.kernel.district import Township, townships

UNASSIGNED = "unassigned"
"""No site of this township has ever spoken: the district itself keeps watch there (由区直接值守)."""


def refresh_territories(picture: Picture, token: str | None = None) -> tuple[str, ...]:
    """Bring the features of all townships, or of one site's, up to what is known of their sites."""
    changed = [
        item.id
        for township in townships()
        if token is None or township.token == token
        for item in [_territory(picture, township)]
        if _differs(picture, item)
    ]
    return tuple(changed)


def _differs(picture: Picture, item: Item) -> bool:
    known = picture.shown.get(item.id)
    if known is not None and known.feature is not None and item.feature is not None:
        item.feature["properties"]["seq"], seq = known.feature["properties"]["seq"], picture.seq
        if item.feature == known.feature:
            return False
        item.feature["properties"]["seq"] = seq
    picture.put(item)
    return True


def _territory(picture: Picture, township: Township) -> Item:
    site = picture.sites.get(township.token)
    item = Item(
        id=f"territory:{township.code}",
        version=site.version if site else 0,
        home_site=picture.site,
        seq=picture.seq,
        touched=picture.seq,
        feature=None,
    )
    item.feature = {
        "type": "Feature",
        "id": item.id,
        "geometry": point({"lon": township.lon, "lat": township.lat}),
        "properties": _properties(picture, township, site, item),
    }
    return item


def _properties(picture: Picture, township: Township, site: Site | None, item: Item) -> dict[str, object]:
    return {
        "id": township.code,
        "code": township.code,
        "name": township.name,
        "lon": township.lon,
        "lat": township.lat,
        "site": site.token if site else None,
        "state": site.state if site else UNASSIGNED,
        "since": wire_time(site.since) if site and site.since else None,
        "last_fact_at": site.beat_at if site else None,
        "kind": "territory",
        "home_site": picture.site,
        "version": item.version,
        "exercise": picture.exercise,
        "occurred_at": None,
        "as_of": site.beat_at if site else None,
        "stale": picture.is_cut(township.token),
        "seq": picture.seq,
    }
