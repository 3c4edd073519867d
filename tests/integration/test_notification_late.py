"""A site that was cut off for hours comes back: what ended meanwhile calls nobody, what stands open calls soon."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.notification.handlers.lateness import decide_late
from shared.contracts.events.intake import IncidentStatus
from shared.kernel.ids import new_id
from tests.harness.clock import HandClock
from tests.integration.calls_bed import DUTY, FIRST, CallBed, call_bed, called

HOURS = 3 * 3600.0
HEARD_LATE: dict[str, Any] = {"age": HOURS, "site": "jiugong", "home_site": "jiugong"}


@pytest.fixture
async def bed(tmp_path: Path, store_url: str | None) -> AsyncIterator[CallBed]:
    async with call_bed(tmp_path, store_url) as running:
        await running.full_roster()
        yield running


async def _becomes(bed: CallBed, ident: str, fact: str, status: IncidentStatus, version: int, **more: Any) -> None:
    told: dict[str, Any] = {"age": HOURS - version, "site": "jiugong", "home_site": "jiugong", **more}
    await bed.incident_becomes(ident, fact, status, version, "属地值班员", **told)


@pytest.mark.parametrize(("fact", "status"), [("closed", IncidentStatus.CLOSED), ("merged", IncidentStatus.MERGED)])
async def test_an_incident_that_ended_while_its_site_was_cut_off_calls_nobody_and_tells_nothing(
    bed: CallBed, fact: str, status: IncidentStatus
) -> None:
    ident, _ = await bed.report(**HEARD_LATE)
    await bed.tick()
    await _becomes(bed, ident, fact, status, 2)
    for _ in range(10):
        await bed.forward(seconds=10)
    assert await bed.calls() == []
    assert await bed.kinds() == []


async def test_one_that_still_stands_is_called_ten_seconds_later_by_the_newest_that_is_known(bed: CallBed) -> None:
    ident, cause = await bed.report(**HEARD_LATE, title="有烟")
    await _becomes(bed, ident, "updated", IncidentStatus.ACTIVE, 2, title="三层自建房火灾", grade="II")
    assert await bed.forward(seconds=9.9) == 0
    assert await bed.calls() == []
    await bed.forward(seconds=0.1)
    call = await bed.call()
    assert (called(call, 0), call["title"], call["level"]) == ([FIRST], "三层自建房火灾", "II")
    assert (call["created_by"], call["incident_id"]) == ("接报员", ident)
    (told,) = await bed.facts()
    assert (told.kind, told.causationid, told.correlationid) == (
        "notify.notification.created.v1", cause.id, cause.correlationid,
    )  # fmt: skip
    await bed.forward(seconds=60)
    assert called(await bed.call(), 1) == [FIRST]


async def test_late_news_puts_it_off_ten_seconds_each_and_thirty_at_most(bed: CallBed) -> None:
    ident, _ = await bed.report(**HEARD_LATE)
    for version in (2, 3, 4):
        assert await bed.forward(seconds=8) == 0
        await _becomes(bed, ident, "updated", IncidentStatus.ACTIVE, version)
    assert await bed.forward(seconds=5.9) == 0
    await bed.forward(seconds=0.1)
    assert (await bed.call())["state"] == "calling"


async def test_what_is_no_news_puts_nothing_off(bed: CallBed) -> None:
    ident, fact = await bed.report(**HEARD_LATE)
    await _becomes(bed, ident, "updated", IncidentStatus.ACTIVE, 3)
    bed.clock.advance(seconds=8)
    await bed.heard["notification__incidents"](fact)
    await bed.report(ident, **HEARD_LATE)
    await _becomes(bed, ident, "updated", IncidentStatus.ACTIVE, 2)
    await bed.forward(seconds=2)
    assert len(await bed.calls()) == 1
    await bed.heard["notification__incidents"](fact)
    await bed.forward(seconds=40)
    assert await bed.kinds() == ["created"]


async def test_what_was_put_off_since_it_was_found_due_is_left_waiting(bed: CallBed) -> None:
    ident, _ = await bed.report(**HEARD_LATE)
    bed.clock.advance(seconds=10)
    found_due = bed.clock.now()
    await _becomes(bed, ident, "updated", IncidentStatus.ACTIVE, 2)
    assert not await bed.database.write(lambda c: decide_late(c, bed.notify, ident, found_due))
    assert await bed.calls() == []


async def test_fresh_news_ends_the_waiting_since_nothing_old_can_follow_it(bed: CallBed) -> None:
    ident, _ = await bed.report(**HEARD_LATE)
    await _becomes(bed, ident, "updated", IncidentStatus.ACTIVE, 2, age=1)
    await bed.tick()
    assert (await bed.call())["state"] == "calling"


async def test_a_fresh_reopening_calls_at_once_and_only_once(bed: CallBed) -> None:
    ident, _ = await bed.report(**HEARD_LATE)
    await _becomes(bed, ident, "closed", IncidentStatus.CLOSED, 2)
    await _becomes(bed, ident, "reopened", IncidentStatus.ACTIVE, 3, age=1)
    assert (await bed.call())["created_by"] == "属地值班员"
    await bed.answer((await bed.call())["id"])
    await bed.forward(seconds=40)
    assert await bed.kinds() == ["created", "acknowledged"]


@pytest.mark.parametrize(("ends", "goes_on"), [("closed", "reopened"), ("merged", "split")])
async def test_one_that_ended_and_goes_on_again_is_called_once_for_what_came_last(
    bed: CallBed, ends: str, goes_on: str
) -> None:
    ident, _ = await bed.report(**HEARD_LATE)
    await _becomes(bed, ident, ends, IncidentStatus(ends), 2)
    await _becomes(bed, ident, goes_on, IncidentStatus.ACTIVE, 3)
    for _ in range(4):
        await bed.forward(seconds=10)
    assert (await bed.call())["created_by"] == "属地值班员"


async def test_one_called_before_the_cut_that_ended_and_goes_on_again_is_called_again_later(bed: CallBed) -> None:
    ident, _ = await bed.report(site="jiugong", home_site="jiugong")
    await _becomes(bed, ident, "closed", IncidentStatus.CLOSED, 2)
    await _becomes(bed, ident, "reopened", IncidentStatus.ACTIVE, 3)
    assert [call["state"] for call in await bed.calls()] == ["cancelled"]
    await bed.forward(seconds=10)
    assert [call["state"] for call in await bed.calls()] == ["cancelled", "calling"]


@pytest.mark.parametrize(("age", "calls_at_once"), [(60, True), (60.1, False), (-HOURS, True)])
async def test_a_report_counts_as_late_from_a_minute_on_and_never_if_its_clock_is_ahead(
    bed: CallBed, age: float, calls_at_once: bool
) -> None:
    await bed.report(age=age)
    assert len(await bed.calls()) == calls_at_once


async def test_what_waits_outlives_a_restart(bed: CallBed) -> None:
    open_one, _ = await bed.report(**HEARD_LATE)
    ended, _ = await bed.report(**HEARD_LATE)
    await bed.reopen()
    await _becomes(bed, ended, "closed", IncidentStatus.CLOSED, 2)
    await bed.reopen()
    await bed.forward(seconds=10)
    assert (await bed.call())["incident_id"] == open_one


@pytest.mark.parametrize("news", [False, True])
async def test_a_clock_set_back_a_day_delays_no_late_report(bed: CallBed, news: bool) -> None:
    ident, _ = await bed.report(**HEARD_LATE)
    bed.clock.advance(days=-1)
    if news:
        await _becomes(bed, ident, "updated", IncidentStatus.ACTIVE, 2)
    await bed.tick()
    await bed.forward(seconds=9)
    assert await bed.calls() == []
    await bed.forward(seconds=1)
    assert len(await bed.calls()) == 1


async def test_a_clock_set_back_does_not_let_news_put_it_off_beyond_the_bound(bed: CallBed) -> None:
    ident, _ = await bed.report(**HEARD_LATE)
    bed.clock.advance(days=-1)
    for version in range(2, 7):
        await _becomes(bed, ident, "updated", IncidentStatus.ACTIVE, version)
        await bed.forward(seconds=6)
    assert len(await bed.calls()) == 1


async def test_a_clock_set_forward_a_day_decides_it_early_and_once(bed: CallBed) -> None:
    await bed.report(**HEARD_LATE)
    await bed.shift(DUTY, await bed.person("次日的人"), begins=23)
    await bed.forward(days=1)
    await bed.forward(seconds=10)
    assert len(await bed.calls()) == 1


async def test_two_replicas_that_find_a_late_report_due_call_once(bed: CallBed) -> None:
    await bed.report(**HEARD_LATE)
    replica = await CallBed(bed.url, bed.clock, bed.config).open()
    bed.clock.advance(seconds=10)
    await bed.tick()
    await replica.tick()
    await replica.close()
    assert await bed.kinds() == ["created"]


async def test_an_exercise_stays_one_when_it_is_heard_late(tmp_path: Path, store_url: str | None) -> None:
    async with call_bed(tmp_path, store_url, exercise=True) as drill:
        await drill.full_roster()
        ident, cause = await drill.report(**HEARD_LATE)
    async with call_bed(tmp_path, store_url, clock=HandClock()) as hub:
        await hub.forward(seconds=10)
        assert cause.exercise
        assert ((await hub.call())["incident_id"], (await hub.call())["exercise"]) == (ident, True)


async def test_another_sites_late_report_does_not_concern_a_site_that_is_not_the_hub(
    tmp_path: Path, store_url: str | None
) -> None:
    async with call_bed(tmp_path, store_url, site="yinghai") as edge:
        await edge.report(new_id(), **HEARD_LATE)
        assert await edge.forward(seconds=40) == 0
        assert await edge.calls() == []
