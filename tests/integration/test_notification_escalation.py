"""Who is called when: fast-forward through the steps, with restarts, clocks that jump and replays."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.contracts.events.intake import IncidentStatus
from shared.contracts.events.roster import DutyPost
from shared.kernel.errors import Conflict
from shared.kernel.ids import new_id
from tests.integration.calls_bed import DEPUTY, DUTY, FIRST, LEADER, LEADS, CallBed, actor, call_bed, called, outcomes


@pytest.fixture
async def bed(tmp_path: Path, store_url: str | None) -> AsyncIterator[CallBed]:
    async with call_bed(tmp_path, store_url) as running:
        yield running


async def test_the_officer_expects_a_call_then_again_then_the_leader_with_deputy_then_everyone_then_the_alarm(
    bed: CallBed,
) -> None:
    await bed.full_roster()
    await bed.report()
    assert called(await bed.call(), 0) == [FIRST]

    assert await bed.forward(seconds=59) == 0
    await bed.forward(seconds=1)
    assert called(await bed.call(), 1) == [FIRST]

    assert await bed.forward(seconds=119) == 0
    await bed.forward(seconds=1)
    assert called(await bed.call(), 2) == [LEADS, DEPUTY]

    await bed.forward(seconds=120)
    assert sorted(called(await bed.call(), 3)) == sorted([FIRST, LEADS, "值班长丙"])
    assert (await bed.call())["state"] == "calling"

    await bed.forward(seconds=60)
    call = await bed.call()
    assert (call["state"], call["next_due_at"]) == ("exhausted", None)
    assert await bed.kinds() == ["created", "escalated", "escalated", "escalated", "exhausted"]
    assert await bed.forward(hours=10) == 0


async def test_the_first_call_is_made_with_the_report_and_told_in_full_without_the_phone_number(bed: CallBed) -> None:
    await bed.full_roster()
    incident_id, cause = await bed.report()
    (fact,) = await bed.facts()
    assert (fact.kind, fact.causationid, fact.correlationid) == (
        "notify.notification.created.v1", cause.id, cause.correlationid,
    )  # fmt: skip
    (target,) = fact.data["targets"]
    assert fact.data["incident_id"] == incident_id
    assert (fact.data["state"], fact.data["step"], fact.data["steps_total"]) == ("calling", 0, 4)
    assert (target["state"], target["channel"], target["phone_masked"]) == ("sent", "in_app", "138****0002")
    assert target["attempts"][0]["outcome"] == "accepted"
    assert "13800000002" not in str(fact.data)


async def test_a_later_step_carries_the_correlation_of_the_report(bed: CallBed) -> None:
    await bed.full_roster()
    _, cause = await bed.report()
    await bed.forward(seconds=60)
    assert {fact.correlationid for fact in await bed.facts()} == {cause.correlationid}
    assert [fact.aggregateversion for fact in await bed.facts()] == [1, 2]


async def test_a_replayed_report_and_a_second_report_of_the_same_call_nobody_twice(bed: CallBed) -> None:
    await bed.full_roster()
    incident_id, fact = await bed.report()
    await bed.heard["notification__incidents"](fact)
    await bed.report(incident_id)
    assert len(await bed.calls()) == 1
    assert await bed.kinds() == ["created"]


async def test_a_report_that_comes_after_its_own_end_calls_nobody(bed: CallBed) -> None:
    await bed.full_roster()
    ident = new_id()
    await bed.incident_becomes(ident, "closed", IncidentStatus.CLOSED, 2, "带班乙")
    await bed.report(ident)
    assert await bed.calls() == []


async def test_nobody_on_duty_is_written_down_and_the_next_step_is_called_at_once(bed: CallBed) -> None:
    leader = await bed.person(LEADS)
    await bed.shift(LEADER, leader)
    await bed.report()
    call = await bed.call()
    assert call["step"] == 2
    assert outcomes(call, 0) == outcomes(call, 1) == ["nobody_on_duty"]
    assert called(call) == [LEADS]
    await bed.forward(seconds=119)
    assert (await bed.call())["step"] == 2
    await bed.forward(seconds=1)
    assert (await bed.call())["step"] == 3


async def test_when_nobody_at_all_is_on_duty_the_alarm_is_raised_at_once(bed: CallBed) -> None:
    await bed.report()
    call = await bed.call()
    assert (call["state"], call["next_due_at"]) == ("exhausted", None)
    assert set(outcomes(call)) == {"nobody_on_duty"}
    assert await bed.kinds() == ["created", "exhausted"]


async def test_a_shift_is_half_open_and_a_cancelled_or_ended_one_calls_nobody(bed: CallBed) -> None:
    ended, coming, gone, here = [await bed.person(name) for name in ("已下班", "未上班", "已取消", "在班")]
    await bed.shift(DUTY, ended, begins=-12, hours=12)
    await bed.shift(DUTY, coming, begins=0.001)
    await bed.shift(DUTY, gone, cancelled=True)
    await bed.shift(DUTY, here, begins=0)
    await bed.report()
    assert called(await bed.call(), 0) == ["在班"]


async def test_a_newer_fact_of_the_roster_wins_whatever_the_order(bed: CallBed) -> None:
    person = await bed.person("原名", version=2)
    await bed.person("更旧的名", id=person, version=1)
    shift = await bed.shift(DUTY, person, version=3)
    await bed.shift(DUTY, person, id=shift, cancelled=True, version=2)
    await bed.report()
    assert called(await bed.call(), 0) == ["原名"]


async def test_a_person_without_an_account_counts_but_the_attempt_says_so(bed: CallBed) -> None:
    person = await bed.person("无账号", account=None)
    await bed.shift(DUTY, person)
    await bed.report()
    call = await bed.call()
    assert (call["step"], called(call), outcomes(call)) == (0, ["无账号"], ["no_account"])
    assert call["targets"][0]["state"] == "failed"


async def test_another_sites_shift_is_not_this_sites_duty(bed: CallBed) -> None:
    await bed.shift(DUTY, await bed.person("别处的人"), home_site="yufa")
    await bed.report()
    assert called(await bed.call()) == []


async def test_the_centre_is_called_for_every_sites_incident_and_an_edge_for_its_own_only(tmp_path: Path) -> None:
    async with call_bed(tmp_path / "hub") as hub:
        await hub.report(site="yufa", home_site="yufa")
        assert len(await hub.calls()) == 1
    (tmp_path / "edge").mkdir()
    async with call_bed(tmp_path / "edge", site="yufa") as edge:
        await edge.report(site="hub", home_site="hub")
        assert await edge.calls() == []
        await edge.report()
        assert len(await edge.calls()) == 1


async def test_an_incident_that_ends_stops_its_call_in_the_name_of_who_ended_it(bed: CallBed) -> None:
    await bed.full_roster()
    ident, _ = await bed.report()
    await bed.incident_becomes(ident, "closed", IncidentStatus.CLOSED, 2, "带班乙")
    call = await bed.call()
    assert (call["state"], call["cancelled_by"], call["cancel_reason"]) == ("cancelled", "带班乙", "incident_closed")
    assert (await bed.facts())[-1].data["actor_name"] == "带班乙"
    assert await bed.forward(hours=1) == 0
    assert await bed.kinds() == ["created", "cancelled"]


async def test_an_incident_taken_out_of_a_merge_unanswered_is_called_again_and_only_once(bed: CallBed) -> None:
    await bed.full_roster()
    ident, _ = await bed.report()
    await bed.incident_becomes(ident, "merged", IncidentStatus.MERGED, 2, "值班员甲")
    again = await bed.incident_becomes(ident, "split", IncidentStatus.REPORTED, 3, "值班员甲")
    await bed.heard["notification__incidents"](again)
    assert [call["state"] for call in await bed.calls()] == ["cancelled", "calling"]


async def test_an_answered_incident_that_is_reopened_calls_nobody(bed: CallBed) -> None:
    await bed.full_roster()
    ident, _ = await bed.report()
    await bed.answer((await bed.call())["id"])
    await bed.incident_becomes(ident, "closed", IncidentStatus.CLOSED, 2, "带班乙")
    await bed.incident_becomes(ident, "reopened", IncidentStatus.ACTIVE, 3, "带班乙")
    assert (await bed.call())["state"] == "acknowledged"


async def test_a_restart_in_the_middle_loses_no_step_and_repeats_none(bed: CallBed) -> None:
    await bed.full_roster()
    await bed.report()
    await bed.forward(seconds=60)
    await bed.reopen()
    assert await bed.tick() == 0
    await bed.reopen()
    await bed.forward(seconds=120)
    assert called(await bed.call(), 2) == [LEADS, DEPUTY]
    await bed.reopen()
    await bed.forward(seconds=120)
    await bed.reopen()
    await bed.forward(seconds=60)
    assert (await bed.call())["state"] == "exhausted"
    assert await bed.kinds() == ["created", "escalated", "escalated", "escalated", "exhausted"]


async def test_after_a_night_without_power_people_are_called_one_step_at_a_time(bed: CallBed) -> None:
    await bed.full_roster()
    await bed.report()
    bed.clock.advance(hours=9)
    await bed.reopen()
    await bed.tick()
    assert (await bed.call())["step"] == 1
    assert await bed.forward(seconds=119) == 0
    await bed.forward(seconds=1)
    assert (await bed.call())["step"] == 2


async def test_a_clock_set_forward_a_day_makes_one_step_early_and_no_more(bed: CallBed) -> None:
    await bed.full_roster()
    await bed.report()
    await bed.forward(days=1)
    assert (await bed.call())["step"] == 1
    await bed.forward(seconds=120)
    assert (await bed.call())["step"] == 2


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_set_back_a_day_delays_no_step(bed: CallBed, restarted: bool) -> None:
    await bed.full_roster()
    await bed.report()
    await bed.forward(seconds=30)
    bed.clock.advance(days=-1)
    if restarted:
        await bed.reopen()
    await bed.tick()
    assert (await bed.call())["step"] == 0
    await bed.shift(DUTY, await bed.person("前一天的人"), name="前一天的人")
    await bed.forward(seconds=30)
    assert (await bed.call())["step"] == 1


async def test_a_report_taken_just_after_the_clock_was_set_back_does_not_hold_the_others(bed: CallBed) -> None:
    await bed.shift(DUTY, await bed.person(FIRST), begins=-50, hours=100)
    await bed.report()
    bed.clock.advance(days=-1)
    await bed.report()
    await bed.forward(seconds=60)
    assert [call["step"] for call in await bed.calls()] == [1, 1]


async def test_a_policy_changed_in_flight_counts_for_the_next_call_only(bed: CallBed) -> None:
    await bed.full_roster()
    await bed.report()
    await bed.policy({"after_seconds": 0, "posts": ["duty_leader"], "channels": ["in_app"], "deputies": False})
    await bed.report()
    running, new = await bed.calls()
    assert (running["steps_total"], called(running)) == (4, [FIRST])
    assert (new["steps_total"], called(new)) == (1, [LEADS])
    await bed.forward(seconds=60)
    running, new = await bed.calls()
    assert (running["state"], running["step"], new["state"]) == ("calling", 1, "exhausted")


async def test_an_answer_that_races_with_escalation_ends_the_call_whoever_is_first(bed: CallBed) -> None:
    await bed.full_roster()
    for _ in range(5):
        await bed.report()
    bed.clock.advance(seconds=60)
    ids = [call["id"] for call in await bed.calls()]
    await asyncio.gather(bed.engine.tick(), *(bed.answer(one) for one in ids), bed.engine.tick())
    await bed.engine.sender.settle()
    assert {call["state"] for call in await bed.calls()} == {"acknowledged"}
    assert await bed.forward(hours=1) == 0
    for ident in ids:
        told = [fact.fact for fact in await bed.facts() if fact.subject == ident]
        assert told[-1] == "acknowledged"
        assert told.count("acknowledged") == 1


async def test_two_replicas_that_find_a_step_due_enter_it_once(bed: CallBed) -> None:
    await bed.full_roster()
    await bed.report()
    replica = await CallBed(bed.url, bed.clock, bed.config).open()
    bed.clock.advance(seconds=60)
    await asyncio.gather(bed.engine.tick(), bed.engine.tick(), replica.engine.tick())
    await replica.close()
    assert (await bed.call())["step"] == 1
    assert await bed.kinds() == ["created", "escalated"]


async def test_two_people_who_answer_at_once_are_told_the_same_first_one(bed: CallBed) -> None:
    await bed.full_roster()
    await bed.report()
    ident = (await bed.call())["id"]
    one, other = await asyncio.gather(
        bed.answer(ident, actor("甲"), note="我来"), bed.answer(ident, actor("乙", username="u2"), note="我也来")
    )
    assert one == other
    assert one["acknowledged_by"] == "甲"
    assert one["ack_note"] == "我来"


async def test_after_the_alarm_a_person_can_still_take_over(bed: CallBed) -> None:
    await bed.report()
    done = await bed.answer((await bed.call())["id"])
    assert (done["state"], done["acknowledged_by"]) == ("acknowledged", FIRST)


async def test_a_cancelled_call_cannot_be_answered(bed: CallBed) -> None:
    await bed.full_roster()
    await bed.report()
    ident = (await bed.call())["id"]
    await bed.stop(ident, "误报")
    with pytest.raises(Conflict, match=r"notification\.ended"):
        await bed.answer(ident)
    with pytest.raises(Conflict, match=r"notification\.ended"):
        await bed.stop(ident)


async def test_a_telephone_answer_is_recorded_for_the_person_by_the_one_who_heard_it(bed: CallBed) -> None:
    await bed.shift(DUTY, person := await bed.person("在家的甲"))
    await bed.report()
    ident = (await bed.call())["id"]
    done = await bed.answer(ident, actor("席位乙", username="u2"), on_behalf_of=person, phone_answer=True)
    assert (done["acknowledged_by"], done["on_behalf_of_name"], done["phone_answer"]) == ("席位乙", "在家的甲", True)
    assert [one["state"] for one in done["targets"]] == ["acknowledged"]
    told = (await bed.facts())[-1].data
    assert (told["acknowledged_by"], told["on_behalf_of_name"], told["phone_answer"]) == ("席位乙", "在家的甲", True)


async def test_a_screen_that_shows_the_call_makes_it_delivered_once_and_not_answered(bed: CallBed) -> None:
    await bed.full_roster()
    await bed.report()
    ident = (await bed.call())["id"]
    await bed.seen(ident, actor("别人", username="nobody"))
    assert await bed.kinds() == ["created"]
    await bed.seen(ident, actor())
    await bed.seen(ident, actor())
    call = await bed.call()
    assert (call["state"], call["targets"][0]["state"]) == ("calling", "delivered")
    assert outcomes(call) == ["accepted", "seen"]
    assert await bed.kinds() == ["created", "delivered"]
    await bed.forward(seconds=60)
    assert (await bed.call())["step"] == 1


async def test_a_person_in_two_posts_is_called_once_a_step(bed: CallBed) -> None:
    both = await bed.person("一人两岗")
    await bed.shift(DUTY, both)
    await bed.shift(DutyPost.CHIEF_OFFICER, both)
    await bed.report()
    await bed.forward(seconds=60)
    await bed.forward(seconds=120)
    assert called(await bed.call(), 3) == ["一人两岗"]
    assert outcomes(await bed.call(), 2) == ["nobody_on_duty"]


async def test_the_metrics_show_how_long_somebody_has_been_waiting(bed: CallBed) -> None:
    await bed.full_roster()
    await bed.report()
    await bed.forward(seconds=60)
    metric = bed.notify.deps.metrics.get_sample_value
    assert metric("yzt_notify_oldest_unacked_seconds") == 60
    assert metric("yzt_notify_open", {"state": "calling"}) == 1
    assert metric("yzt_escalations_total", {"step": "1"}) == 1
    assert metric("yzt_notify_attempts_total", {"channel": "in_app", "outcome": "accepted"}) == 2
    await bed.answer((await bed.call())["id"])
    await bed.tick()
    assert metric("yzt_notify_oldest_unacked_seconds") == 0
    assert metric("yzt_notify_open", {"state": "calling"}) == 0
