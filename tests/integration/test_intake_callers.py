"""Personal data of callers: masked, read on record, nowhere else, and destroyed in time; on both stores."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.incident_intake.domain.limits import IntakeConfig
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.destruction import destroy_callers
from services.incident_intake.metrics import IntakeMetrics
from shared.http.hosting import Deps
from tests.integration.intake_site import IntakeSite, intake_site

CALLER = {"name": "欧阳小明", "phone": "13812345678", "organisation": "某社区", "note": "腿脚不便独居"}
MASKED = {"name": "欧***", "phone": "138****5678", "organisation": "某社区", "note": None}
PRIVATE = (CALLER["name"], CALLER["phone"], CALLER["note"])


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IntakeSite]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


def _intake(site: IntakeSite) -> Intake:
    deps: Deps = site.node.deps("incident_intake")
    from prometheus_client import CollectorRegistry

    return Intake(deps, IntakeConfig(), IntakeMetrics(CollectorRegistry()))


async def test_only_who_may_read_a_caller_does_and_the_reading_is_on_record(site: IntakeSite) -> None:
    incident = await site.report(caller=CALLER)
    path = f"/api/incidents/{incident['id']}"
    dispatcher = await site.node.client("dispatcher")
    assert (await dispatcher.get(path)).json()["caller"] == MASKED
    leader = await site.node.client("duty_leader")
    assert (await leader.get("/api/caller-access")).json()["items"] == []
    for _ in range(3):
        assert (await (await site.officer()).get(path)).json()["caller"] == CALLER
    (record,) = (await leader.get("/api/caller-access")).json()["items"]
    assert (record["incident_number"], record["name"]) == (incident["number"], "测试员")
    assert (await (await site.officer()).get("/api/caller-access")).status_code == 403


async def test_a_later_reading_is_another_record(site: IntakeSite) -> None:
    incident = await site.report(caller=CALLER)
    client = await site.officer()
    await client.get(f"/api/incidents/{incident['id']}")
    site.clock.offset += timedelta(minutes=6)
    await client.get(f"/api/incidents/{incident['id']}")
    assert len(await site.rows("select id from caller_access")) == 2


async def test_lists_and_answers_to_commands_are_masked_for_everybody(site: IntakeSite) -> None:
    incident = await site.report(caller=CALLER)
    client = await site.officer()
    assert (await client.get("/api/incidents")).json()["items"][0]["caller"] == MASKED
    assert (await site.change(incident, grade="III"))["caller"] == MASKED
    assert await site.rows("select id from caller_access") == []


async def test_a_caller_is_in_no_fact_no_timeline_no_kept_answer_and_no_log(
    site: IntakeSite, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await site.officer()
    body = {"title": "x", "caller": CALLER}
    incident = (await client.post("/api/incidents", json=body, headers={"Idempotency-Key": "k"})).json()
    await client.get(f"/api/incidents/{incident['id']}")
    await site.change(incident, caller={"phone": "13999998888"})
    for table, column in (("outbox", "body"), ("idempotency", "body"), ("timeline", "params"), ("incident", "title")):
        for (value,) in await site.rows(f"select {column} from {table}"):
            text = bytes(value).decode() if not isinstance(value, str) else value
            assert not [private for private in (*PRIVATE, "13999998888") if private and private in text], table
    assert not [private for private in PRIVATE if private and private in "".join(capsys.readouterr())]


async def test_a_caller_is_completed_and_masked_words_never_replace_real_ones(site: IntakeSite) -> None:
    incident = await site.report(caller={"phone": "13812345678"})
    await site.change(incident, caller={"name": "欧阳小明"})
    client = await site.officer()
    found = (await client.get(f"/api/incidents/{incident['id']}")).json()["caller"]
    assert (found["name"], found["phone"]) == ("欧阳小明", "13812345678")
    answer = await client.patch(f"/api/incidents/{incident['id']}", json={"caller": MASKED})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "caller.masked")
    assert (await site.change(incident, caller=None))["caller"] is None
    assert await site.rows("select incident_id from caller") == []
    changed = (await site.timeline(incident))[0]["params"]["changes"]
    assert changed == [{"field": "caller"}]  # what it was stays out of the timeline


async def test_callers_are_destroyed_after_the_end_and_only_then(site: IntakeSite) -> None:
    intake = _intake(site)
    target, merged, going_on = [await site.report(caller=CALLER) for _ in range(3)]
    assert {row[0] for row in await site.rows("select destroy_after from caller")} == {None}
    assert {row[0] for row in await site.rows("select purpose from caller")} == {"incident_handling"}
    await site.act(merged, "merge", into=target["id"], reason="同一起")
    await site.act(target, "close", summary="完")
    assert await destroy_callers(intake) == 0
    site.pass_time(timedelta(days=31))
    assert await destroy_callers(intake) == 2
    assert [row[0] for row in await site.rows("select incident_id from caller")] == [going_on["id"]]
    assert (await site.timeline(target))[0]["code"] == "timeline.caller_destroyed"


async def test_reopening_keeps_the_caller(site: IntakeSite) -> None:
    incident = await site.report(caller=CALLER)
    await site.act(incident, "close", summary="完")
    await site.act(incident, "reopen", reason="复燃")
    site.clock.offset += timedelta(days=60)
    assert await destroy_callers(_intake(site)) == 0


async def test_a_caller_named_after_the_end_is_destroyed_too(site: IntakeSite) -> None:
    incident = await site.report()
    await site.act(incident, "close", summary="完")
    await site.change(incident, caller=CALLER)
    site.clock.offset += timedelta(days=31)
    assert await destroy_callers(_intake(site)) == 1


async def test_destroyed_data_are_gone_from_the_file(tmp_path: Path) -> None:
    async with intake_site(tmp_path) as site:
        incident = await site.report(caller=CALLER)
        await site.act(incident, "close", summary="完")
        site.clock.offset += timedelta(days=31)
        await destroy_callers(_intake(site))
    assert CALLER["note"].encode() not in (tmp_path / "db" / "incident_intake.db").read_bytes()
