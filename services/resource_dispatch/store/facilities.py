"""The register in the store: own entries and what other sites told of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from services.resource_dispatch.domain.facilities import Facility
from services.resource_dispatch.tables import FacilityRow
from shared.contracts.events.facilities import FacilityFact
from shared.kernel.initials import initials

_TABLE = FacilityRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c
_COLUMNS = (_C.record, _C.version, _C.contact_name, _C.contact_phone)
_OF_THE_FACT = {"changed", "actor_name", "remark"}
Box = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True, slots=True)
class FacilityFilter:
    """What a list of the register is narrowed to; None does not narrow."""

    text: str | None = None
    groups: Sequence[str] = ()
    codes: Sequence[str] = ()
    township: str | None = None
    open_hazard: bool | None = None
    retired: bool = False


def _facility(row: Row[*tuple[Any, ...]]) -> Facility:
    return Facility(FacilityFact.model_validate(row.record), row.version, row.contact_name, row.contact_phone)


def _search_text(state: FacilityFact) -> str:
    """Everything it may be asked for, with the letters of pinyin; a space keeps one from running into the other."""
    words = [state.name, state.subtype or "", state.organisation or "", state.text or "", state.code]
    letters = [spelling for word in words for spelling in initials(word)]
    return " ".join([*words, *letters]).lower()


def _values(facility: Facility) -> dict[str, Any]:
    state = facility.state
    return {
        "home_site": state.home_site,
        "code": state.code,
        "name": state.name,
        "kind_group": facility.group,
        "township": state.township,
        "lon": state.lon,
        "lat": state.lat,
        "open_hazard": facility.is_open_hazard,
        "retired": state.retired_at is not None,
        "version": facility.version,
        "search": _search_text(state),
        "contact_name": facility.contact_name,
        "contact_phone": facility.contact_phone,
        "record": state.model_dump(mode="json", exclude=_OF_THE_FACT),
    }


def insert_facility(connection: Connection, facility: Facility) -> None:
    """Keep a new entry."""
    connection.execute(insert(_TABLE), {"id": facility.state.id, **_values(facility)})


def save_facility(connection: Connection, facility: Facility) -> None:
    """Keep the entry's new state."""
    connection.execute(update(_TABLE).where(_C.id == facility.state.id).values(**_values(facility)))


def find_facility(connection: Connection, facility_id: str) -> Facility | None:
    """The entry with this id, retired or not."""
    row = connection.execute(select(*_COLUMNS).where(_C.id == facility_id)).first()
    return None if row is None else _facility(row)


def find_called(connection: Connection, home_site: str, code: str, name: str) -> Facility | None:
    """The entry of this site that bears this name under this code and is not retired."""
    same = (_C.home_site == home_site, _C.code == code, _C.name == name, ~_C.retired)
    row = connection.execute(select(*_COLUMNS).where(*same)).first()
    return None if row is None else _facility(row)


def keep_facility(connection: Connection, fact: FacilityFact, version: int) -> bool:
    """Keep another site's entry unless something newer is known; returns whether it was news."""
    known = connection.execute(select(_C.version).where(_C.id == fact.id)).scalar()
    if known is not None and known >= version:
        return False
    (insert_facility if known is None else save_facility)(connection, Facility(fact, version))
    return True


def _narrowed(query: Select[Any], wanted: FacilityFilter) -> Select[Any]:
    query = query.where(_C.retired if wanted.retired else ~_C.retired)
    if wanted.groups:
        query = query.where(_C.kind_group.in_(wanted.groups))
    if wanted.codes:
        query = query.where(or_(*(_C.code.startswith(code, autoescape=True) for code in wanted.codes)))
    if wanted.township is not None:
        query = query.where(_C.township == wanted.township)
    if wanted.open_hazard is not None:
        query = query.where(_C.open_hazard if wanted.open_hazard else ~_C.open_hazard)
    for word in (wanted.text or "").lower().split():
        query = query.where(_C.search.contains(word, autoescape=True))
    return query


def list_facilities(
    connection: Connection, wanted: FacilityFilter, *, after: tuple[str, str] | None, limit: int | None
) -> list[Facility]:
    """Entries by name, after the given (name, id)."""
    query = _narrowed(select(*_COLUMNS), wanted)
    if after is not None:
        name, last = after
        query = query.where(or_(_C.name > name, and_(_C.name == name, _C.id > last)))
    query = query.order_by(_C.name, _C.id)
    return [_facility(row) for row in connection.execute(query if limit is None else query.limit(limit))]


def facilities_within(connection: Connection, box: Box, codes: Sequence[str] = ()) -> list[Facility]:
    """Those not retired in the box, of these codes or of beginnings of codes; all if none is named."""
    west, south, east, north = box
    query = _narrowed(select(*_COLUMNS), FacilityFilter(codes=codes))
    query = query.where(_C.lat.between(south, north), _C.lon.between(west, east))
    return [_facility(row) for row in connection.execute(query)]


def register_revision(connection: Connection) -> int:
    """Grows with every change of any entry: a screen that has seen this number has seen all of it."""
    return int(connection.execute(select(func.coalesce(func.sum(_C.version), 0))).scalar_one())
