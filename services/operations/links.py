"""The links to other sites as `GET /api/status` shows them."""

from typing import Any

from shared.messaging.bus import Bus


def links_view(bus: Bus | None) -> dict[str, Any]:
    """Each link with what was measured; `encrypted` is false when facts cross in the clear."""
    if bus is None:
        return {"encrypted": True, "items": []}
    items = [
        {
            "site": link.state.site,
            "joined": link.state.joined,
            "reachable": link.reachable,
            "round_trip_seconds": None if link.seconds is None else round(link.seconds, 4),
            "waiting_facts": link.state.waiting,
            "lacking_facts": link.lacking,
        }
        for link in bus.state().links
    ]
    return {"encrypted": bus.topology.encrypted, "items": items}
