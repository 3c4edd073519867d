"""What the reporting of other townships has told of an incident, newest version only."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from services.information_reporting.domain.clock import About, Clock
from services.information_reporting.tables import CLOCK_ELSEWHERE, TOLD_ELSEWHERE
from shared.contracts.events.report import ReportClockFact, ReportFact, ReportKind

_KINDS = {"sqlite": sqlite, "postgresql": postgresql}


def _keep(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    told = _KINDS[connection.dialect.name].insert(table).values(row)
    changed = {name: value for name, value in row.items() if name != "id"}
    is_news = table.c.version < row["version"]
    kept = told.on_conflict_do_update(index_elements=["id"], set_=changed, where=is_news).returning(table.c.id)
    return connection.execute(kept).first() is not None


def keep_clock_elsewhere(connection: Connection, fact: ReportClockFact, version: int) -> bool:
    """Keep another site's clock of an incident; whether it was news."""
    body = fact.model_dump(mode="json", exclude={"changed", "actor_name", "remark"})
    row = {"id": fact.id, "version": version, "incident_id": fact.incident_id, "site": fact.home_site, "body": body}
    return _keep(connection, CLOCK_ELSEWHERE, row)


def clocks_elsewhere(connection: Connection, incident_id: str, sites: Sequence[str]) -> list[Clock]:
    """The clocks of the incident that these sites have told of, the oldest first."""
    wanted = (CLOCK_ELSEWHERE.c.incident_id == incident_id, CLOCK_ELSEWHERE.c.site.in_(sites))
    rows = connection.execute(select(CLOCK_ELSEWHERE.c.body).where(*wanted).order_by(CLOCK_ELSEWHERE.c.id))
    return [_clock_of(ReportClockFact.model_validate(body)) for body in rows.scalars()]


def _clock_of(fact: ReportClockFact) -> Clock:
    names = ("incident_id", "incident_number", "incident_title", "township", "township_name")
    return Clock(
        id=fact.id, about=About(**{name: getattr(fact, name) for name in names}), rule_id=fact.rule_id,
        occasion=fact.occasion or f"was:{fact.id}",  # told before facts said it
        leg=fact.leg, channel=fact.channel, clock_from=fact.clock_from, starts_at=fact.starts_at, due_at=fact.due_at,
        minutes=fact.minutes, remind_at=None, state=fact.state, basis=fact.basis, verified=fact.verified,
        met_at=fact.met_at, report_id=fact.report_id, passed_to=fact.passed_to,
    )  # fmt: skip


def keep_told_elsewhere(connection: Connection, fact: ReportFact, version: int) -> None:
    """Keep that another site has told its superiors of an incident."""
    row = {
        "id": fact.id, "version": version, "incident_id": fact.incident_id, "site": fact.home_site,
        "kind": fact.kind.value, "serial": fact.serial,
    }  # fmt: skip
    _keep(connection, TOLD_ELSEWHERE, row)


def told_elsewhere(connection: Connection, incident_id: str, sites: Sequence[str]) -> dict[ReportKind, tuple[str, int]]:
    """What these sites have told their superiors of the incident: of each kind the site and the highest number."""
    wanted = (TOLD_ELSEWHERE.c.incident_id == incident_id, TOLD_ELSEWHERE.c.site.in_(sites))
    rows = connection.execute(
        select(TOLD_ELSEWHERE.c.kind, TOLD_ELSEWHERE.c.site, TOLD_ELSEWHERE.c.serial)
        .where(*wanted)
        .order_by(TOLD_ELSEWHERE.c.serial)
    )
    return {ReportKind(row.kind): (row.site, row.serial) for row in rows}
