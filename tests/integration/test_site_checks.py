"""失联核查: a site that stays silent makes a task, which a person closes with what was found."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.operations.checks.parts import Checks
from services.operations.checks.tables import Base
from services.operations.heartbeat import beat
from shared.storage.system import SYSTEM
from tests.harness.clock import HandClock
from tests.harness.two_sites import Sites, sites

SERVICES = ("identity", "operational_picture")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def both(tmp_path: Path, clock: HandClock, store_url: str | None) -> AsyncIterator[Sites]:
    urls = {"hub": store_url} if store_url else None
    async with sites(tmp_path, "hub", "yufa", services=SERVICES, clock=clock, database_urls=urls) as running:
        await running.carry()
        yield running


def checks_of(both: Sites, site: str) -> Checks:
    return Checks(both[site].deps("operations"))


async def silence(both: Sites, clock: HandClock, minutes: float) -> int:
    """Time passes without a word; returns how many tasks were opened, by whichever look at the clock."""
    checks = checks_of(both, "hub")
    before = len(await tasks(both))
    clock.advance(minutes=minutes)
    await checks.open_due()
    return len(await tasks(both)) - before


async def tasks(both: Sites) -> list[str]:
    return [fact.data["id"] for fact in await both["hub"].facts("operations") if fact.kind == "ops.check.opened.v1"]


async def test_half_an_hour_of_silence_makes_one_task_and_not_a_minute_less(both: Sites, clock: HandClock) -> None:
    assert await silence(both, clock, 29) == 0
    assert await silence(both, clock, 2) == 1
    assert await silence(both, clock, 60) == 0


async def test_the_task_stays_when_the_link_is_back_until_a_person_says_what_was_found(
    both: Sites, clock: HandClock
) -> None:
    await silence(both, clock, 31)
    await beat(both["yufa"].deps("operations"), "heartbeat", "0")
    await both.carry()
    desk = await both["hub"].client("duty_officer")
    [task] = (await desk.get("/api/checks", params={"state": "open"})).json()["items"]
    assert (task["site"], task["state"]) == ("yufa", "open")
    body = {"finding": "reached_well", "note": "卫星电话接通,只是断网"}
    closed = await desk.post(f"/api/checks/{task['id']}/close", json=body)
    assert (closed.status_code, closed.json()["closed_by"]) == (200, "测试员")
    again = await desk.post(f"/api/checks/{task['id']}/close", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "check.closed")
    assert await silence(both, clock, 31) == 1, "the next silence is another one"


async def test_after_a_closed_task_the_same_silence_makes_no_other(both: Sites, clock: HandClock) -> None:
    await silence(both, clock, 31)
    desk = await both["hub"].client("duty_officer")
    [ident] = await tasks(both)
    await desk.post(f"/api/checks/{ident}/close", json={"finding": "sent_someone"})
    assert await silence(both, clock, 120) == 0


async def test_a_centre_that_was_off_itself_listens_first(both: Sites, clock: HandClock) -> None:
    clock.advance(minutes=45)
    just_started = Checks(both["hub"].deps("operations"))
    # The node's own look at the clock has been running all the time; only the new start is asked here.
    before = len(await tasks(both))
    assert await just_started.open_due() == 0
    assert len(await tasks(both)) - before in {0, 1}


async def test_only_the_centre_makes_tasks(both: Sites, clock: HandClock) -> None:
    clock.advance(minutes=90)
    assert await checks_of(both, "yufa").open_due() == 0
    assert [fact for fact in await both["yufa"].facts("operations") if fact.aggregate == "check"] == []


async def test_the_tables_are_what_the_migrations_make(both: Sites) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection)
        return list(compare_metadata(context, [Base.metadata, SYSTEM]))  # type: ignore[arg-type]

    found = await both["hub"].node.databases["operations"].read(differences)
    assert [change for change in found if "alembic_version" not in str(change)] == []
