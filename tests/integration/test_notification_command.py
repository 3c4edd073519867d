"""Whom an order is for is called until they answer; the leader for a response whose expected end has passed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.events.command import (
    ActivationFact,
    ActivationState,
    ActivationStep,
    CommandOrderFact,
    OrderReceiver,
    ReceiverState,
)
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.levels import ResponseLevel
from shared.kernel.ids import new_id
from tests.integration.calls_bed import FIRST, LEADS, CallBed, call_bed
from tests.integration.test_notification_evacuation import a_unit, whom


@pytest.fixture
async def bed(tmp_path: Path, store_url: str | None) -> AsyncIterator[CallBed]:
    async with call_bed(tmp_path, store_url) as running:
        await running.full_roster()
        yield running


def an_order(bed: CallBed, incident: str, *to: tuple[str, str | None]) -> CommandOrderFact:
    now = bed.clock.now()
    receivers = [OrderReceiver(key=unit or name, name=name, unit_id=unit) for name, unit in to]
    return CommandOrderFact(
        id=new_id(), number="DX-1-令01", incident_id=incident, incident_number="DX-1", incident_title="泄漏",
        content="关闭上游阀门", issued_at=now, issued_by="总指挥", receipt_due_at=now + timedelta(minutes=5),
        receivers=receivers, home_site="hub", actor_name="值班员甲",
    )  # fmt: skip


async def ordered(bed: CallBed, fact: CommandOrderFact, what: str, version: int, **change: Any) -> CommandOrderFact:
    after = fact.model_copy(update=change)
    await bed.tell("orders", f"dispatch.order.{what}.v1", after, fact.id, version)
    return after


def said(fact: CommandOrderFact, state: ReceiverState, *names: str) -> list[OrderReceiver]:
    return [one.model_copy(update={"state": state}) if one.name in names else one for one in fact.receivers]


async def open_calls(bed: CallBed) -> dict[str, list[str]]:
    return {call["title"][:30]: whom(call, call["step"]) for call in await bed.calls() if call["state"] == "calling"}


async def test_each_receiver_is_called_until_they_answer_and_the_desk_for_whom_nothing_reaches(bed: CallBed) -> None:
    team = await a_unit(bed, "危化队", "weihua")
    incident, _ = await bed.report()
    for call in await bed.calls():
        await bed.answer(call["id"])
    to = (("危化队", team), ("值班长丙", None), ("带班领导", None), ("示例燃气公司", None))
    fact = await ordered(bed, an_order(bed, incident, *to), "issued", 1)
    await ordered(bed, fact, "issued", 1)
    started = await open_calls(bed)
    assert sorted(started.values()) == sorted([["危化队队长"], ["值班长丙"], [LEADS]]), "nobody reaches the company"
    await bed.forward(seconds=60)
    [later] = [call for call in await bed.calls() if "危化队" in call["title"]]
    assert whom(later, 1) == sorted([FIRST, "危化队队长"]), "then the desk is called as well"
    fact = await ordered(bed, fact, "answered", 2, receivers=said(fact, ReceiverState.RECEIVED, "危化队", "值班长丙"))
    ended = {
        call["title"].split("下达给 ")[1][:3]: call["state"] for call in await bed.calls() if "下达给" in call["title"]
    }
    assert ended == {"危化队": "acknowledged", "值班长": "acknowledged", "带班领": "calling"}
    fact = await ordered(bed, fact, "overdue", 3, is_unreceipted=True)
    [desk] = [call for call in await bed.calls() if "没有回执" in call["title"]]
    assert ("示例燃气公司" in desk["title"], "带班领导" in desk["title"]) == (True, False), "who is called already is"
    assert whom(desk, 0) == sorted([FIRST, LEADS])
    one_done = said(fact, ReceiverState.DONE, "值班长丙")
    fact = await ordered(bed, fact, "overdue", 4, is_overdue=True, receivers=one_done)
    everybody = [one.name for one in fact.receivers]
    done = said(fact, ReceiverState.DONE, *everybody)
    [undone] = [call for call in await bed.calls() if "没有完成" in call["title"]]
    assert [name for name in everybody if name in undone["title"]] == ["危化队", "带班领导", "示例燃气公司"]
    assert not [title for title in await open_calls(bed) if "没有回执" in title], "one call for one order at the desk"
    await ordered(bed, fact, "answered", 5, receivers=done, is_settled=True)
    assert await open_calls(bed) == {}
    other = await ordered(bed, an_order(bed, incident, to[-1]), "overdue", 1, is_unreceipted=True)
    assert len(await open_calls(bed)) == 1
    await ordered(bed, other, "answered", 2, receivers=said(other, ReceiverState.RECEIVED, "示例燃气公司"))
    assert await open_calls(bed) == {}, "they have it: the desk is called again only if it is not done"


async def test_an_order_rings_for_nothing_that_is_over(bed: CallBed) -> None:
    team = await a_unit(bed, "危化队", "weihua")
    incident, _ = await bed.report()
    fact = await ordered(bed, an_order(bed, incident, ("危化队", team)), "issued", 1)
    await bed.incident_becomes(incident, "merged", IncidentStatus.MERGED, 2, "值班员甲")
    assert [name for name in await open_calls(bed) if "指令单" in name], "an order goes on where its incident went"
    await bed.incident_becomes(incident, "closed", IncidentStatus.CLOSED, 3, "值班员甲")
    assert await open_calls(bed) == {}
    await ordered(bed, fact, "overdue", 2, is_overdue=True)
    other = an_order(bed, incident, ("危化队", team))
    await ordered(bed, other, "issued", 1)
    foreign = an_order(bed, new_id(), ("危化队", team))
    await bed.tell("orders", "dispatch.order.issued.v1", foreign, foreign.id, 1, site="yufa")
    stale = an_order(bed, new_id(), ("危化队", team))
    bed.clock.advance(minutes=6)
    await ordered(bed, stale, "issued", 1)
    assert await open_calls(bed) == {}


async def test_the_leader_is_called_for_a_response_until_it_is_extended_or_ended(bed: CallBed) -> None:
    now = bed.clock.now()
    step = ActivationStep(at=now, level=ResponseLevel.LEVEL_3, expected_until=now + timedelta(hours=1))
    fact = ActivationFact(
        id=new_id(), matter="防汛", level=step.level, state=ActivationState.ACTIVE, measures="转移",
        started_at=now, expected_until=step.expected_until, is_overdue=True, steps=[step], home_site="hub",
    )  # fmt: skip
    kind = "dispatch.activation.{}.v1"
    for _ in range(2):
        await bed.tell("activations", kind.format("overdue"), fact, fact.id, 2)
    assert await open_calls(bed) == {"三级响应「防汛」预计期限已过，请会商后调整延长，或宣布解除"[:30]: [LEADS]}
    longer = step.model_copy(update={"expected_until": now + timedelta(hours=9)})
    after = {"expected_until": longer.expected_until, "steps": [step, longer], "is_overdue": False}
    extended = fact.model_copy(update=after)
    await bed.tell("activations", kind.format("adjusted"), extended, fact.id, 3)
    assert await open_calls(bed) == {}
    again = extended.model_copy(update={"is_overdue": True})
    await bed.tell("activations", kind.format("overdue"), again, fact.id, 4)
    assert len(await open_calls(bed)) == 1
    over = again.model_copy(update={"state": ActivationState.ENDED})
    await bed.tell("activations", kind.format("ended"), over, fact.id, 5)
    assert await open_calls(bed) == {}
