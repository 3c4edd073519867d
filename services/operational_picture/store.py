"""Saving what changed together with the sequence it belongs to, in one transaction, and loading it all."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from services.operational_picture.domain.items import Item, Position, Site
from services.operational_picture.domain.leaving import AT_ONCE
from services.operational_picture.domain.picture import Picture
from services.operational_picture.tables import PictureCursor, PictureItem, PicturePosition, PictureSite

CURSOR: Table = PictureCursor.metadata.tables["picture_cursor"]
ITEM: Table = PictureItem.metadata.tables["picture_item"]
SITE: Table = PictureSite.metadata.tables["picture_site"]
POSITION: Table = PicturePosition.metadata.tables["picture_position"]

_DELETE_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Mark:
    """Which stream the picture was folded from.

    Args:
        stream_epoch: the stream's own mark; empty while no stream was ever seen.
        epoch: the mark that screens are given.
    """

    stream_epoch: str
    epoch: str


@dataclass(slots=True)
class Saving:
    """Rows for one transaction, cut loose from the live picture."""

    cursor: dict[str, Any]
    items: list[dict[str, Any]] = field(default_factory=list)
    sites: list[dict[str, Any]] = field(default_factory=list)
    positions: list[dict[str, Any]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    wipe: bool = False


def saving_of(
    picture: Picture, mark: Mark, changed: set[str], moved: set[str], forgotten: set[str], *, wipe: bool = False
) -> Saving:
    """Copy what must be written; must be called without letting the picture change in between."""
    items = [item for item in map(picture.find, changed) if item is not None]
    return Saving(
        cursor={"id": 1, **_mark(mark), "seq": picture.seq, "horizon": picture.horizon},
        items=[_item_row(item) for item in items],
        sites=[_site_row(site) for site in picture.sites.values()],
        positions=[_position_row(picture.positions[key]) for key in moved],
        forgotten=sorted(forgotten),
        wipe=wipe,
    )


def save(connection: Connection, saving: Saving) -> None:
    """Write the rows; with the sequence in the same transaction the copy is never half old."""
    if saving.wipe:
        clear(connection)
    for table, rows in ((ITEM, saving.items), (SITE, saving.sites), (POSITION, saving.positions)):
        if rows:
            connection.execute(_upsert(connection, table), rows)
    for start in range(0, len(saving.forgotten), _DELETE_AT_ONCE):
        some = saving.forgotten[start : start + _DELETE_AT_ONCE]
        connection.execute(delete(ITEM).where(ITEM.c.id.in_(some)))
    connection.execute(_upsert(connection, CURSOR), saving.cursor)


def clear(connection: Connection) -> None:
    """Forget everything: the stream is another one."""
    for table in (ITEM, SITE, POSITION, CURSOR):
        connection.execute(delete(table))


def load(connection: Connection, picture: Picture) -> Mark | None:
    """Fill the empty picture with what was saved; None if nothing was."""
    row = connection.execute(select(CURSOR).where(CURSOR.c.id == 1)).first()
    if row is None:
        return None
    picture.seq, picture.horizon = row.seq, row.horizon
    for site in connection.execute(select(SITE)):
        picture.sites[site.token] = Site(**site._mapping)  # noqa: SLF001 — SQLAlchemy's public name for it
    for position in connection.execute(select(POSITION)):
        picture.positions[f"{position.kind}:{position.id}"] = Position(**position._mapping)  # noqa: SLF001
    for item in connection.execute(select(ITEM).order_by(ITEM.c.touched, ITEM.c.id)):
        values = dict(item._mapping)  # noqa: SLF001
        picture.index(Item(**{**values, "former": frozenset(values["former"])}))
    return Mark(row.stream_epoch, row.epoch)


def _mark(mark: Mark) -> dict[str, str]:
    return {"stream_epoch": mark.stream_epoch, "epoch": mark.epoch}


def _item_row(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "version": item.version,
        "home_site": item.home_site,
        "seq": item.seq,
        "touched": item.touched,
        "feature": item.feature and {**item.feature, "properties": dict(item.feature["properties"])},
        "audience": item.audience,
        "former": sorted(item.former, key=str),
        "leaves_at": _leaves_at(item),
        "incident": item.incident,
    }


def _leaves_at(item: Item) -> datetime | None:
    return None if item.leaves_at is AT_ONCE else item.leaves_at


def _site_row(site: Site) -> dict[str, Any]:
    state: Literal["connected", "degraded", "disconnected"] = site.state
    return {
        "token": site.token,
        "name": site.name,
        "version": site.version,
        "last_fact_at": site.last_fact_at,
        "beat_at": site.beat_at,
        "stopped": site.stopped,
        "heard_at": site.heard_at,
        "state": state,
        "since": site.since,
    }


def _position_row(position: Position) -> dict[str, Any]:
    return {**position.public(), "touched": position.touched}


def _upsert(connection: Connection, table: Table) -> Any:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    fresh = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=fresh)
