"""Places that were named before."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from services.incident_intake.tables import IncidentRow

_TABLE = IncidentRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c
LOOKED_AT = 2000
"""The newest incidents whose places are offered again: some weeks of a district."""
MOST = 400


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place by its words, with the last point and township that were given for them."""

    text: str
    township: str | None
    lon: float | None
    lat: float | None


def known_places(connection: Connection, township: str | None) -> list[KnownPlace]:
    """Places of the newest incidents, each once, the last named first; of one township only if it is given."""
    query = select(_C.place_text, _C.township, _C.lon, _C.lat).where(_C.place_text.is_not(None))
    if township is not None:
        query = query.where(_C.township == township)
    found: dict[str, KnownPlace] = {}
    for row in connection.execute(query.order_by(_C.received_at.desc()).limit(LOOKED_AT)):
        known = found.get(row.place_text)
        if known is None and len(found) < MOST:
            found[row.place_text] = KnownPlace(row.place_text, row.township, row.lon, row.lat)
        elif known is not None and known.lon is None and row.lon is not None:
            found[row.place_text] = KnownPlace(known.text, known.township or row.township, row.lon, row.lat)
    return list(found.values())
