"""What other townships have told of an incident is kept, newest version first, on both stores."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.information_reporting import tables
from services.information_reporting.store.elsewhere import clocks_elsewhere, keep_clock_elsewhere
from shared.contracts.events.report import (
    ClockChannel,
    ClockFrom,
    ReportClockFact,
    ReportClockState,
    ReportLeg,
)
from shared.storage.database import Database
from shared.storage.system import SYSTEM

MIGRATIONS = Path(__file__).parents[2] / "services" / "information_reporting" / "migrations"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
RUNNING, MET = ReportClockState.RUNNING, ReportClockState.MET
HEARD = ((RUNNING, 1), (MET, 3), (RUNNING, 2), (MET, 3))


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'x.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened = await Database.open(url, service="information_reporting", migrations=MIGRATIONS)
    yield opened
    await opened.close()


def fact(ident: str, state: ReportClockState) -> ReportClockFact:
    return ReportClockFact(
        id=ident, incident_id="i1", rule_id="township_phone", leg=ReportLeg.UNIT_DISTRICT, channel=ClockChannel.PHONE,
        clock_from=ClockFrom.RECEIVED, starts_at=NOW, due_at=NOW + timedelta(minutes=15), minutes=15, state=state,
        met_at=NOW if state is MET else None, basis="示例", occasion="first", home_site="yufa", changed=[],
    )  # fmt: skip


async def test_an_older_fact_of_another_homes_clock_takes_nothing_back(database: Database) -> None:
    def told(connection: Connection) -> list[tuple[str, ReportClockState]]:
        news = [keep_clock_elsewhere(connection, fact("c1", state), version) for state, version in HEARD]
        news.append(keep_clock_elsewhere(connection, fact("c2", RUNNING), 1))
        assert news == [True, True, False, False, True]
        assert clocks_elsewhere(connection, "i1", ["lixian"]) == []
        return [(clock.id, clock.state) for clock in clocks_elsewhere(connection, "i1", ["lixian", "yufa"])]

    assert await database.write(told) == [("c1", MET), ("c2", RUNNING)]


async def test_the_migrated_schema_is_the_declared_one(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        found = compare_metadata(MigrationContext.configure(connection), tables.Base.metadata)
        ours = set(SYSTEM.tables) | {"alembic_version"}
        return [one for one in found if not (isinstance(one, tuple) and getattr(one[1], "name", "") in ours)]

    assert [one for one in await database.write(differences) if "outbox" not in str(one)] == []
