"""Units in the store, with their last position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, insert, or_, select, update

from services.resource_dispatch.domain.held import Unit
from services.resource_dispatch.tables import UnitRow
from shared.contracts.events.dispatch import UnitFact

_TABLE = UnitRow.__table__  # type: ignore[attr-defined]
_COLUMNS = (_TABLE.c.record, _TABLE.c.version, _TABLE.c.lon, _TABLE.c.lat, _TABLE.c.position_at)


@dataclass(frozen=True, slots=True)
class UnitFilter:
    """What a list of units is narrowed to; None does not narrow."""

    kinds: Sequence[str] = ()
    statuses: Sequence[str] = ()
    capability: str | None = None
    text: str | None = None


def _unit(row: Row[*tuple[Any, ...]]) -> Unit:
    record = {**row.record, "lon": row.lon, "lat": row.lat, "position_at": row.position_at}
    return Unit(UnitFact.model_validate(record), row.version)


def _values(unit: Unit) -> dict[str, Any]:
    state = unit.state
    record = state.model_dump(mode="json", exclude={"changed", "actor_name", "remark", "lon", "lat", "position_at"})
    return {
        "name": state.name,
        "kind": state.kind.value,
        "status": state.status.value,
        "township": state.township,
        "version": unit.version,
        "lon": state.lon,
        "lat": state.lat,
        "position_at": state.position_at,
        "record": record,
    }


def insert_unit(connection: Connection, unit: Unit) -> None:
    """Keep a new unit."""
    connection.execute(insert(_TABLE), {"id": unit.state.id, "home_site": unit.state.home_site, **_values(unit)})


def save_unit(connection: Connection, unit: Unit) -> None:
    """Keep the unit's new state."""
    connection.execute(update(_TABLE).where(_TABLE.c.id == unit.state.id).values(**_values(unit)))


def find_unit(connection: Connection, unit_id: str) -> Unit | None:
    """The unit with this id."""
    row = connection.execute(select(*_COLUMNS).where(_TABLE.c.id == unit_id)).first()
    return None if row is None else _unit(row)


def find_named(connection: Connection, home_site: str, name: str) -> Unit | None:
    """The unit of this site with this name; names are unique within a site."""
    row = connection.execute(select(*_COLUMNS).where(_TABLE.c.home_site == home_site, _TABLE.c.name == name)).first()
    return None if row is None else _unit(row)


def _narrowed(query: Select[Any], wanted: UnitFilter) -> Select[Any]:
    if wanted.kinds:
        query = query.where(_TABLE.c.kind.in_(wanted.kinds))
    if wanted.statuses:
        query = query.where(_TABLE.c.status.in_(wanted.statuses))
    if wanted.text:
        query = query.where(_TABLE.c.name.contains(wanted.text, autoescape=True))
    return query


def list_units(
    connection: Connection, wanted: UnitFilter, *, after: tuple[str, str] | None, limit: int | None
) -> list[Unit]:
    """Units by name, after the given (name, id)."""
    query = _narrowed(select(*_COLUMNS), wanted)
    if after is not None:
        name, last = after
        query = query.where(or_(_TABLE.c.name > name, and_(_TABLE.c.name == name, _TABLE.c.id > last)))
    query = query.order_by(_TABLE.c.name, _TABLE.c.id)
    if limit is not None and wanted.capability is None:
        query = query.limit(limit)
    units = [_unit(row) for row in connection.execute(query)]
    if wanted.capability is not None:
        units = [unit for unit in units if wanted.capability in unit.state.capabilities][:limit]
    return units


def save_position(connection: Connection, unit_id: str, lon: float, lat: float, at: datetime) -> None:
    """Keep the last position; an older one never replaces a newer."""
    newer = or_(_TABLE.c.position_at.is_(None), _TABLE.c.position_at < at)
    connection.execute(update(_TABLE).where(_TABLE.c.id == unit_id, newer).values(lon=lon, lat=lat, position_at=at))
