"""What time alone does to the picture: things leave, sites fall silent, positions grow old. `now` is passed in."""

from datetime import datetime
from typing import Any

from services.operational_picture.domain.items import Site, SiteState
from services.operational_picture.domain.picture import Picture
from services.operational_picture.domain.positions import age_positions, place_unit
from services.operational_picture.domain.territories import refresh_territories
from shared.kernel.clock import parse_time, wire_time


def begin(picture: Picture, now: datetime) -> None:
    """Make a new or loaded picture complete: the own site and all townships are there from the first moment.

    What ended since it was saved is not shown for a moment more: screens have been told already that it is over.
    """
    own = picture.sites.setdefault(picture.site, Site(picture.site, picture.site_name, heard_at=now))
    own.name = picture.site_name if own.version == 0 else own.name
    for item in picture.shown.values():
        place_unit(picture, item)
    prune(picture, now)
    _judge_sites(picture, now)
    refresh_territories(picture)


def listen(picture: Picture, now: datetime, *, live: bool) -> None:
    """Note who spoke. Facts of the past prove nothing about a link of today: they count from their own time.

    Args:
        picture: facts were folded into it just now.
        now: of our own clock; a site's clock may be wrong.
        live: the stream's end was reached before, so that what arrives is news of the link.
    """
    for token in picture.spoke:
        site = picture.sites[token]
        last = parse_time(site.last_fact_at) if site.last_fact_at else now
        heard = now if live else min(now, last)
        site.heard_at = heard if site.heard_at is None else max(site.heard_at, heard)
    picture.spoke.clear()
    _judge_sites(picture, now)


def tick(picture: Picture, now: datetime) -> None:
    """Let time pass."""
    prune(picture, now)
    _judge_sites(picture, now)
    age_positions(picture, now)


def prune(picture: Picture, now: datetime) -> None:
    """Take away what is over."""
    for item in picture.due(now):
        picture.remove(item)


def sites_view(picture: Picture) -> list[dict[str, Any]]:
    """The sites as screens see them, by name."""
    return [
        {
            "site": site.token,
            "name": site.name,
            "state": site.state,
            "since": wire_time(site.since) if site.since else None,
            "last_fact_at": site.last_fact_at,
        }
        for _, site in sorted(picture.sites.items())
    ]


def _judge_sites(picture: Picture, now: datetime) -> None:
    for site in picture.sites.values():
        state = _state(picture, site, now)
        if state != site.state or site.since is None:
            _change(picture, site, state, now)


def _state(picture: Picture, site: Site, now: datetime) -> SiteState:
    silence = None if site.heard_at is None else now - site.heard_at
    if not site.stopped and silence is not None and silence <= picture.limits.site_fresh.value:
        return "connected"
    if site.token == picture.site:
        return "degraded"  # whoever reads this has reached it, but its own facts do not come through
    if site.stopped or silence is None or silence > picture.limits.site_lost.value:
        return "disconnected"
    return "degraded"


def _change(picture: Picture, site: Site, state: SiteState, now: datetime) -> None:
    site.state = state
    site.since = now if state == "connected" or site.heard_at is None else site.heard_at
    picture.sites_changed = True
    _mark_stale(picture, site.token, stale=picture.is_cut(site.token))
    refresh_territories(picture, site.token)


def _mark_stale(picture: Picture, token: str, *, stale: bool) -> None:
    for item in picture.shown.values():
        if item.home_site == token and item.feature is not None and item.feature["properties"]["stale"] is not stale:
            item.feature["properties"]["stale"] = stale
            picture.touch(item)


def restamp(picture: Picture, since: int) -> None:
    """After a restart, once the stream's end is reached: what time alone changed is told again to every screen.

    A screen may have seen states that were never saved; whatever may differ from them gets the newest sequence.

    Args:
        picture: just caught up.
        since: the sequence up to which it had been saved.
    """
    for items in (picture.shown, picture.gone):
        for item in items.values():
            drawn_here = item.feature is not None and item.feature["properties"]["kind"] == "territory"
            if drawn_here and item.feature is not None:
                item.feature["properties"]["seq"] = item.seq = picture.seq
            if drawn_here or item.touched >= since or item.home_site != picture.site:
                item.touched = picture.seq
    for position in picture.positions.values():
        position.touched = picture.seq
    picture.revision += 1
