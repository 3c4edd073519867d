"""Lines that were taken down for other sites, and what identifies an event in those sites' own logs."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from services.incident_intake.domain.short_line.matching import Telling
from services.incident_intake.tables import IncidentRow, OwnReportRow, ShortLineRow
from shared.contracts.events.intake import IncidentStatus

_LINE = ShortLineRow.__table__  # type: ignore[attr-defined]
_OWN = OwnReportRow.__table__  # type: ignore[attr-defined]
_INCIDENT = IncidentRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLine:
    """One line as filed. `content` is the line up to its check as it is written; `given_check` came with it."""

    id: str
    unit: str
    era: int
    serial: int
    content: str
    given_check: str
    checked: bool
    confirmed_by: str | None
    channel: str
    received_at: datetime
    recorded_at: datetime
    occurred_at: datetime
    type_code: str
    dead: int | None
    missing: int | None
    injured: int | None
    trapped: int | None
    moved: int | None
    outage: str
    risk: str
    need: str
    incident_id: str
    taken_by: str

    @property
    def telling(self) -> Telling:
        """What identifies the event."""
        return Telling(
            self.unit, self.type_code, self.occurred_at, (self.dead, self.missing, self.injured, self.trapped)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReport:
    """An incident in another site's own log."""

    id: str
    site: str
    number: str
    version: int
    is_open: bool
    unit: str
    type_code: str
    occurred_at: datetime
    dead: int | None
    missing: int | None
    injured: int | None
    trapped: int | None

    @property
    def telling(self) -> Telling:
        """What identifies the event."""
        return Telling(
            self.unit, self.type_code, self.occurred_at, (self.dead, self.missing, self.injured, self.trapped)
        )


_LINE_FIELDS = tuple(field.name for field in fields(ShortLine))
_OWN_FIELDS = tuple(field.name for field in fields(OwnReport))
_LINES = select(*(_LINE.c[name] for name in _LINE_FIELDS))
_OWNS = select(*(_OWN.c[name] for name in _OWN_FIELDS))


def insert_line(connection: Connection, line: ShortLine) -> None:
    """Keep a line."""
    connection.execute(insert(_LINE), asdict(line))


def last_number(connection: Connection, unit: str) -> tuple[int, int | None]:
    """The present era of a sender and the highest serial in it; era 1 without a serial before the first line."""
    era = connection.execute(select(func.max(_LINE.c.era)).where(_LINE.c.unit == unit)).scalar() or 1
    highest = select(func.max(_LINE.c.serial)).where(_LINE.c.unit == unit, _LINE.c.era == era)
    return int(era), connection.execute(highest).scalar()


def find_line(connection: Connection, unit: str, era: int, serial: int) -> ShortLine | None:
    """The line with this number."""
    query = _LINES.where(_LINE.c.unit == unit, _LINE.c.era == era, _LINE.c.serial == serial)
    row = connection.execute(query).first()
    return None if row is None else ShortLine(**row._mapping)  # noqa: SLF001 — SQLAlchemy's public name


def known_serials(connection: Connection, unit: str, era: int) -> list[int]:
    """All serials of a sender's present numbering."""
    return list(connection.execute(select(_LINE.c.serial).where(_LINE.c.unit == unit, _LINE.c.era == era)).scalars())


def lines_of_event(
    connection: Connection, unit: str, type_code: str, since: datetime, until: datetime
) -> list[ShortLine]:
    """Lines of one territory and kind whose scene time lies within the closed period, newest number first."""
    query = _LINES.where(
        _LINE.c.unit == unit, _LINE.c.type_code == type_code, _LINE.c.occurred_at.between(since, until)
    )
    return _lines(connection, query.order_by(_LINE.c.era.desc(), _LINE.c.serial.desc()))


def lines_of_incident(connection: Connection, incident_id: str) -> list[ShortLine]:
    """Lines of one incident, newest number first."""
    query = _LINES.where(_LINE.c.incident_id == incident_id)
    return _lines(connection, query.order_by(_LINE.c.era.desc(), _LINE.c.serial.desc()))


def recent_lines(connection: Connection, unit: str | None, limit: int) -> list[ShortLine]:
    """The last lines taken down, of one territory or of all."""
    query = _LINES if unit is None else _LINES.where(_LINE.c.unit == unit)
    return _lines(connection, query.order_by(_LINE.c.recorded_at.desc(), _LINE.c.id.desc()).limit(limit))


def units_heard(connection: Connection) -> list[str]:
    """Territories that lines came from."""
    return list(connection.execute(select(_LINE.c.unit).distinct().order_by(_LINE.c.unit)).scalars())


def copies_of(connection: Connection, here: str, site: str, type_code: str) -> list[str]:
    """Ids of this site's incidents of a kind that were taken down in the name of another, and are not merged yet.

    Closed ones too: a site may be cut off for longer than what happened there lasts.
    """
    query = select(_INCIDENT.c.id).where(
        _INCIDENT.c.home_site == here,
        _INCIDENT.c.on_behalf_of_site == site,
        _INCIDENT.c.type_code == type_code,
        _INCIDENT.c.status != IncidentStatus.MERGED.value,
    )
    return list(connection.execute(query.order_by(_INCIDENT.c.id)).scalars())


def keep_own_report(connection: Connection, report: OwnReport) -> bool:
    """Keep what a site's own log says; False if a newer state is known already."""
    known = connection.execute(select(_OWN.c.version).where(_OWN.c.id == report.id)).scalar()
    if known is not None and known >= report.version:
        return False
    connection.execute(delete(_OWN).where(_OWN.c.id == report.id))
    connection.execute(insert(_OWN), asdict(report))
    return True


def own_reports(connection: Connection, unit: str, type_code: str, since: datetime, until: datetime) -> list[OwnReport]:
    """Open incidents in other sites' logs of one territory and kind within the closed period."""
    query = _OWNS.where(
        _OWN.c.unit == unit, _OWN.c.type_code == type_code, _OWN.c.occurred_at.between(since, until), _OWN.c.is_open
    )
    return [OwnReport(**row._mapping) for row in connection.execute(query.order_by(_OWN.c.id))]  # noqa: SLF001


def find_own_report(connection: Connection, incident_id: str) -> OwnReport | None:
    """An incident of another site's log."""
    row = connection.execute(_OWNS.where(_OWN.c.id == incident_id)).first()
    return None if row is None else OwnReport(**row._mapping)  # noqa: SLF001 — SQLAlchemy's public name


def _lines(connection: Connection, query: object) -> list[ShortLine]:
    return [ShortLine(**row._mapping) for row in connection.execute(query)]  # type: ignore[call-overload]  # noqa: SLF001
