"""What dispatch and notification tell becomes timeline lines, once, in the order of its time; on both stores."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope
from shared.contracts.events.dispatch import AssignmentFact, AssignmentStatus, StatusReport, StatusSource
from shared.contracts.events.notify import NotificationFact, NotificationKind, NotificationState
from shared.kernel.ids import new_id
from tests.integration.intake_site import IntakeSite, intake_site

START = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IntakeSite]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


def _assignment(
    incident_id: str, fact: str, status: AssignmentStatus, *, occurred: int = 0, recorded: int = 0, late: bool = False
) -> Envelope:
    at = START + timedelta(minutes=recorded)
    report = StatusReport(
        status=status, occurred_at=START + timedelta(minutes=occurred), recorded_at=at, actor_name="队长",
        source=StatusSource.RADIO, late=late,
    )  # fmt: skip
    payload = AssignmentFact(
        id="a1", number="RW-1", incident_id=incident_id, unit_id="u1", unit_name="危化一队", status=status, active=True,
        ordered_at=START, ordered_by="值班员", home_site="hub", reported=None if fact == "ordered" else report,
        actor_name="值班员",
    )  # fmt: skip
    return draft(
        site="hub", service="resource_dispatch", kind=f"dispatch.assignment.{fact}.v1", aggregate_id="a1",
        version=recorded + 1, payload=payload, now=at, exercise=False,
    )  # fmt: skip


def _notification(
    incident_id: str | None, fact: str, state: NotificationState, answered_by: str | None = None
) -> Envelope:
    payload = NotificationFact(
        id="n1", incident_id=incident_id, title="仓库冒烟", kind=NotificationKind.INCIDENT, state=state,
        created_at=START, step=1, steps_total=4, home_site="hub",
        acknowledged_at=START if fact == "acknowledged" else None,
        acknowledged_by="李四" if fact == "acknowledged" else None,
        ack_note="马上到" if fact == "acknowledged" else None,
        on_behalf_of_name=answered_by, phone_answer=answered_by is not None,
    )  # fmt: skip
    return draft(
        site="hub", service="notification", kind=f"notify.notification.{fact}.v1", aggregate_id="n1", version=1,
        payload=payload, now=START, exercise=False,
    )  # fmt: skip


async def _hear(site: IntakeSite, *envelopes: Envelope) -> None:
    for envelope in envelopes:
        for one in site.node.node.services["incident_intake"].subscriptions:
            if any(kind.split(".")[:2] == envelope.kind.split(".")[:2] for kind in one.kinds):
                await one.handler(envelope)


async def _read(site: IntakeSite, incident: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await (await site.officer()).get(f"/api/incidents/{incident['id']}")).json()
    return found


async def test_the_first_order_makes_an_incident_active_and_is_its_cause(site: IntakeSite) -> None:
    incident = await site.report()
    order = _assignment(incident["id"], "ordered", AssignmentStatus.ORDERED)
    await _hear(site, order)
    found = await _read(site, incident)
    assert (found["status"], found["version"]) == ("active", 2)
    fact = (await site.node.facts("incident_intake"))[-1]
    assert (fact.kind, fact.causationid, fact.correlationid) == (
        "intake.incident.updated.v1",
        order.id,
        order.correlationid,
    )
    assert (fact.data["changed"], fact.data["actor_name"]) == (["status"], "值班员")
    lines = await site.timeline(incident)
    assert {line["code"] for line in lines} == {"timeline.updated", "timeline.assignment.ordered", "timeline.reported"}
    (order_line,) = [line for line in lines if line["kind"] == "assignment"]
    assert order_line["params"]["unit_name"] == "危化一队"


async def test_a_second_order_and_an_order_after_the_end_leave_the_status(site: IntakeSite) -> None:
    incident = await site.report()
    await _hear(site, _assignment(incident["id"], "ordered", AssignmentStatus.ORDERED))
    await _hear(site, _assignment(incident["id"], "ordered", AssignmentStatus.ORDERED))
    assert (await _read(site, incident))["version"] == 2
    await site.act(incident, "close", summary="完")
    await _hear(site, _assignment(incident["id"], "ordered", AssignmentStatus.ORDERED))
    assert (await _read(site, incident))["status"] == "closed"


async def test_a_fact_heard_three_times_is_one_line(site: IntakeSite) -> None:
    incident = await site.report()
    step = _assignment(incident["id"], "status_changed", AssignmentStatus.ON_SCENE)
    called = _notification(incident["id"], "created", NotificationState.CALLING)
    await _hear(site, step, step, step, called, called)
    kinds = sorted(line["kind"] for line in await site.timeline(incident))
    assert kinds == ["assignment", "notification", "reported"]


async def test_a_late_report_stands_at_the_time_of_the_scene_and_says_so(site: IntakeSite) -> None:
    incident = await site.report(received_at=(START - timedelta(minutes=5)).isoformat())
    await _hear(
        site,
        _assignment(incident["id"], "status_changed", AssignmentStatus.WORKING, occurred=20, recorded=20),
        _assignment(incident["id"], "status_changed", AssignmentStatus.ON_SCENE, occurred=10, recorded=30, late=True),
    )
    working, on_scene, _ = await site.timeline(incident)
    assert (working["params"]["status"], working["late"]) == ("working", False)
    assert (on_scene["params"]["status"], on_scene["late"], on_scene["actor_name"]) == ("on_scene", True, "队长")
    assert on_scene["at"] < working["at"] < on_scene["recorded_at"]


async def test_what_concerns_a_merged_incident_stands_on_the_one_that_goes_on_too(site: IntakeSite) -> None:
    target, incident = await site.report(), await site.report()
    await site.act(incident, "merge", into=target["id"], reason="x")
    await _hear(site, _assignment(incident["id"], "ordered", AssignmentStatus.ORDERED))
    for one in (target, incident):
        assert "timeline.assignment.ordered" in {line["code"] for line in await site.timeline(one)}
    assert (await _read(site, incident))["status"] == "merged"


async def test_a_call_out_and_its_answer_are_lines(site: IntakeSite) -> None:
    incident = await site.report()
    await _hear(
        site,
        _notification(incident["id"], "created", NotificationState.CALLING),
        _notification(incident["id"], "acknowledged", NotificationState.ACKNOWLEDGED),
    )
    lines = {line["code"]: line for line in await site.timeline(incident)}
    answer = lines["timeline.notification.acknowledged"]
    assert (answer["actor_name"], answer["params"]["note"]) == ("李四", "马上到")
    assert lines["timeline.notification.created"]["params"]["title"] == "仓库冒烟"


async def test_who_answered_by_telephone_is_in_the_line_beside_who_wrote_it_down(site: IntakeSite) -> None:
    incident = await site.report()
    answered = _notification(incident["id"], "acknowledged", NotificationState.ACKNOWLEDGED, "在家的甲")
    await _hear(site, _notification(incident["id"], "attempted", NotificationState.CALLING), answered)
    lines = [line for line in await site.timeline(incident) if line["kind"] == "notification"]
    (line,) = lines  # that a channel took a call is told by the call itself
    assert line["code"] == "timeline.notification.answered_for"
    assert (line["params"]["person_name"], line["params"]["by_phone"], line["actor_name"]) == ("在家的甲", True, "李四")


async def test_what_belongs_to_another_sites_incident_or_to_none_is_left_alone(site: IntakeSite) -> None:
    await _hear(
        site,
        _assignment(new_id(), "ordered", AssignmentStatus.ORDERED),
        _notification(new_id(), "created", NotificationState.CALLING),
        _notification(None, "created", NotificationState.CALLING),
    )
    assert await site.rows("select id from timeline") == []
