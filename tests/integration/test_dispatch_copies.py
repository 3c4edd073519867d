"""Dispatch's copies of incidents: the newest word counts, and other sites' are found however many there are here."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from services.resource_dispatch.domain.held import IncidentCopy
from services.resource_dispatch.service import MIGRATIONS
from services.resource_dispatch.store.incidents import find_incident, incidents_in_reach, keep_incident
from shared.contracts.events.intake import IncidentFact, IncidentStatus, Location
from shared.storage.database import Database

NOW = datetime(2026, 7, 31, 8, 0, 0, 123_000, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path, store_url: str | None) -> AsyncIterator[Database]:
    url = store_url or f"sqlite:///{tmp_path / 'resource_dispatch.db'}"
    opened = await Database.open(url, service="resource_dispatch", migrations=MIGRATIONS)
    yield opened
    await opened.close()


async def _told(database: Database, ident: str, version: int = 1, **fields: Any) -> IncidentCopy | None:
    fact = IncidentFact.model_validate(
        {
            "id": ident, "number": f"DX-{ident}", "title": "旧宫地区 火灾", "status": IncidentStatus.REPORTED,
            "type_code": "12G03", "occurred_at": NOW, "received_at": NOW, "updated_at": NOW, "home_site": "hub",
            "location": Location(lon=116.455, lat=39.808), **fields,
        }
    )  # fmt: skip
    return await database.write(lambda c: keep_incident(c, fact, version))


async def test_the_newest_word_of_an_incident_is_kept_and_is_news_once(database: Database) -> None:
    first = await _told(database, "a", 2)
    assert first is not None
    assert await database.read(lambda c: find_incident(c, "a")) == first
    assert await _told(database, "a", 1, title="旧闻") is None
    assert await _told(database, "a", 2, title="旧闻") is None
    assert await database.read(lambda c: find_incident(c, "a")) == first
    last = await _told(database, "a", 3, title="新闻", status=IncidentStatus.MERGED, merged_into="b")
    assert last is not None
    assert (last.title, last.merged_into) == ("新闻", "b")
    assert await database.read(lambda c: find_incident(c, "a")) == last


async def test_only_other_sites_incidents_near_by_or_linked_are_in_reach(database: Database) -> None:
    late, far = NOW + timedelta(hours=2), Location(lon=116.6, lat=39.6)
    await _told(database, "own")
    await _told(database, "beside", continues="third")
    await _told(database, "near", home_site="yizhuang")
    await _told(database, "late", home_site="yizhuang", occurred_at=late)
    await _told(database, "far", home_site="yizhuang", location=far)
    await _told(database, "goes_on", home_site="yizhuang", location=far, occurred_at=late, continues="beside")
    await _told(database, "same_third", home_site="yizhuang", location=far, occurred_at=late, continues="third")
    await _told(database, "third", home_site="yizhuang", location=far, occurred_at=late)
    await _told(database, "nowhere", location=Location())

    def in_reach(connection: Connection) -> dict[str, set[str]]:
        found = {}
        for ident in ("own", "beside", "near", "same_third", "nowhere"):
            one = find_incident(connection, ident)
            assert one is not None
            near = incidents_in_reach(connection, one, degrees=0.005, span=timedelta(minutes=30))
            found[ident] = {other.id for other in near}
        return found

    assert await database.read(in_reach) == {
        "own": {"near"},
        "beside": {"near", "goes_on", "same_third", "third"},
        "near": {"own", "beside"},
        "same_third": {"beside"},
        "nowhere": set(),
    }


async def test_the_centre_need_not_read_its_own_incidents_to_find_others(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'resource_dispatch.db'}"
    database = await Database.open(url, service="resource_dispatch", migrations=MIGRATIONS)
    said: list[str] = []
    one = await _told(database, "own")
    assert one is not None

    def plan(connection: Connection) -> list[str]:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(said.append)
        incidents_in_reach(connection, one, degrees=0.005, span=timedelta(minutes=30))
        driver.set_trace_callback(None)
        (asked,) = said
        return [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {asked}".replace(":", r"\:")))]

    steps = await database.read(plan)
    await database.close()
    assert any("ix_incident_copy_others" in step for step in steps), steps
    assert not any(step.startswith("SCAN") for step in steps), steps
