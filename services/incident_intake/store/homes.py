"""Where incidents have their home: what was asked about own ones, offers to this site, and who writes the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.incident_intake.tables import ElsewhereRow, HandoverRow, OfferRow
from shared.contracts.events.intake import Handover, IncidentFact
from shared.storage.prepared import Prepared

_HANDOVER = HandoverRow.__table__  # type: ignore[attr-defined]
_OFFER = OfferRow.__table__  # type: ignore[attr-defined]
_ELSEWHERE = ElsewhereRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class HomeRecord:
    """What was last asked about an incident's home, and its former homes."""

    handover: Handover | None = None
    succession: tuple[str, ...] = ()


def find_home(connection: Connection, incident_id: str) -> HomeRecord:
    """Empty for an incident whose home nobody ever asked about."""
    row = connection.execute(select(_HANDOVER).where(_HANDOVER.c.incident_id == incident_id)).first()
    if row is None:
        return HomeRecord()
    return HomeRecord(Handover.model_validate(row.handover) if row.handover else None, tuple(row.succession))


def save_home(connection: Connection, incident_id: str, home: HomeRecord, due_at: datetime | None) -> None:
    """Keep it.

    Args:
        due_at: when the open request of this site runs out.
    """
    connection.execute(delete(_HANDOVER).where(_HANDOVER.c.incident_id == incident_id))
    handover = home.handover.model_dump(mode="json") if home.handover else None
    values = {"incident_id": incident_id, "handover": handover, "succession": list(home.succession), "due_at": due_at}
    connection.execute(insert(_HANDOVER), values)


def due_handovers(connection: Connection, now: datetime) -> Sequence[str]:
    """Incidents of this site whose request has run out."""
    due = select(_HANDOVER.c.incident_id).where(_HANDOVER.c.due_at < now).limit(100)
    return [row.incident_id for row in connection.execute(due)]


@dataclass(frozen=True, slots=True)
class Offer:
    """A request to this site to take an incident over; `answer` is what was said here (`accepted`, `declined`)."""

    handover: Handover
    incident_id: str
    incident_number: str
    incident_title: str
    version: int
    answer: str | None = None


def find_offer(connection: Connection, handover_id: str) -> Offer | None:
    """The offer with this id."""
    row = connection.execute(select(_OFFER).where(_OFFER.c.id == handover_id)).first()
    return None if row is None else _offer(row)


def _offer(row: Any) -> Offer:
    return Offer(
        Handover.model_validate(row.handover),
        row.incident_id,
        row.incident_number,
        row.incident_title,
        row.version,
        row.answer,
    )


def keep_offer(connection: Connection, offer: Offer) -> None:
    """Keep what the incident's home says about its request, unless something newer is known."""
    known = connection.execute(select(_OFFER.c.version).where(_OFFER.c.id == offer.handover.id)).scalar()
    record = offer.handover.model_dump(mode="json")
    if known is None:
        values = {
            "id": offer.handover.id,
            "incident_id": offer.incident_id,
            "incident_number": offer.incident_number,
            "incident_title": offer.incident_title,
            "requested_at": offer.handover.requested_at,
            "version": offer.version,
            "handover": record,
        }
        connection.execute(insert(_OFFER), values)
    elif known < offer.version:
        changed = update(_OFFER).where(_OFFER.c.id == offer.handover.id)
        connection.execute(changed.values(version=offer.version, handover=record))


def answer_offer(connection: Connection, handover_id: str, answer: str) -> None:
    """Note what was said here."""
    connection.execute(update(_OFFER).where(_OFFER.c.id == handover_id).values(answer=answer))


def is_offered(connection: Connection, incident_id: str) -> bool:
    """Whether this site was ever asked to take the incident over."""
    asked = select(_OFFER.c.id).where(_OFFER.c.incident_id == incident_id).limit(1)
    return connection.execute(asked).first() is not None


def list_offers(connection: Connection, *, after: tuple[datetime, str] | None, limit: int) -> list[Offer]:
    """Offers to this site, the newest first, after the given (requested_at, id)."""
    columns = _OFFER.c
    query = select(_OFFER)
    if after is not None:
        moment, last = after
        query = query.where(or_(columns.requested_at < moment, and_(columns.requested_at == moment, columns.id < last)))
    rows = connection.execute(query.order_by(columns.requested_at.desc(), columns.id.desc()).limit(limit))
    return [_offer(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An incident of another site.

    Args:
        record: its public state as last told; None when that was before this was kept.
    """

    id: str
    home_site: str
    number: str
    title: str
    status: str
    township: str | None
    version: int
    record: dict[str, Any] | None = None


_TOLD = select(*(_ELSEWHERE.c[field.name] for field in fields(Elsewhere)))


def find_elsewhere(connection: Connection, incident_id: str) -> Elsewhere | None:
    """Another site's incident."""
    row = connection.execute(_TOLD.where(_ELSEWHERE.c.id == incident_id)).first()
    return None if row is None else Elsewhere(**row._mapping)  # noqa: SLF001 — SQLAlchemy's public name


def find_elsewheres(connection: Connection, incident_ids: Sequence[str]) -> dict[str, Elsewhere]:
    """Those of them that are other sites' incidents, by id."""
    rows = connection.execute(_TOLD.where(_ELSEWHERE.c.id.in_(incident_ids))) if incident_ids else ()
    return {row.id: Elsewhere(**row._mapping) for row in rows}  # noqa: SLF001


_BEHIND = _ELSEWHERE.c.indexed_version != _ELSEWHERE.c.version
_TO_INDEX = Prepared(select(_ELSEWHERE.c.id, _ELSEWHERE.c.version).where(_BEHIND).limit(bindparam("most")))
_MARK_INDEXED = Prepared(
    update(_ELSEWHERE).where(_ELSEWHERE.c.id == bindparam("key")).values(indexed_version=bindparam("known"))
)


def elsewhere_to_index(connection: Connection, limit: int) -> dict[str, int]:
    """Other sites' incidents that the index does not know in this version: id and version."""
    return {row.id: row.version for row in _TO_INDEX.execute(connection, {"most": limit})}


def mark_indexed(connection: Connection, versions: Mapping[str, int]) -> None:
    """Note which versions the index knows."""
    rows = ({"key": incident_id, "known": version} for incident_id, version in versions.items())
    _MARK_INDEXED.execute_all(connection, rows)


def unmark_indexed(connection: Connection) -> None:
    """Let all of them be indexed anew."""
    connection.execute(update(_ELSEWHERE).values(indexed_version=0))


def is_known_site(connection: Connection, site: str) -> bool:
    """Whether anything of this site was ever heard here."""
    return (
        connection.execute(select(_ELSEWHERE.c.id).where(_ELSEWHERE.c.home_site == site).limit(1)).first() is not None
    )


def keep_elsewhere(connection: Connection, fact: IncidentFact, version: int) -> None:
    """Keep what another site's incident is, unless something newer is known."""
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {
        "home_site": fact.home_site,
        "number": fact.number,
        "title": fact.title,
        "status": fact.status.value,
        "township": fact.location.township,
        "version": version,
        "record": fact.model_dump(mode="json", exclude={"log", "changed", "actor_name", "remark"}),
    }
    statement = kind.insert(_ELSEWHERE).values(id=fact.id, **values)
    newer = _ELSEWHERE.c.version < version
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values, where=newer))
