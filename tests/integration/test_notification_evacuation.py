"""Teams that must leave are called until they answer; the desk is called for those who do not count in time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.events.command import EvacuationFact, EvacuationState, EvacuationTeam, EvacuationTeamState
from shared.contracts.events.dispatch import UnitContact, UnitFact, UnitKind, UnitStatus
from shared.contracts.events.identity import AccountFact
from shared.kernel.ids import new_id
from tests.integration.calls_bed import FIRST, LEADS, CallBed, call_bed


@pytest.fixture
async def bed(tmp_path: Path) -> AsyncIterator[CallBed]:
    async with call_bed(tmp_path, None) as running:
        await running.full_roster()
        yield running


async def a_unit(bed: CallBed, name: str, account: str | None) -> str:
    ident = new_id()
    unit = UnitFact(
        id=ident, name=name, kind=UnitKind.HAZMAT, status=UnitStatus.WORKING, status_since=bed.clock.now(),
        home_site="hub", contact=UnitContact(name="联系人", phone="13800000007"),
    )  # fmt: skip
    await bed.tell("units", "dispatch.unit.registered.v1", unit, ident)
    if account is not None:
        fact = AccountFact(id=new_id(), username=account, name=f"{name}队长", unit_id=ident)
        await bed.tell("accounts", "identity.account.created.v1", fact, fact.id)
    return ident


def an_evacuation(bed: CallBed, *units: tuple[str, str]) -> EvacuationFact:
    teams = [
        EvacuationTeam(assignment_id=f"a-{name}", assignment_number="DX-01", unit_id=ident, unit_name=name,
                       home_site="hub")
        for name, ident in units
    ]  # fmt: skip
    now = bed.clock.now()
    return EvacuationFact(
        id=new_id(), number="DX-1-撤01", incident_id=new_id(), incident_number="DX-1", incident_title="泄漏",
        reason="有爆燃风险", assembly_text="站区北门", state=EvacuationState.OPEN, ordered_at=now,
        due_at=now + timedelta(minutes=5), minutes=5, basis="自定", teams=teams, called=len(teams), home_site="hub",
        actor_name="值班员甲",
    )  # fmt: skip


async def told(bed: CallBed, fact: EvacuationFact, what: str, version: int, **change: Any) -> EvacuationFact:
    after = fact.model_copy(update=change)
    await bed.tell("evacuations", f"dispatch.evacuation.{what}.v1", after, fact.id, version)
    return after


def whom(call: dict[str, Any], step: int) -> list[str]:
    return sorted({one["person_name"] for one in call["targets"] if one["step"] == step and one["person_name"]})


async def test_each_team_is_called_by_its_own_account_and_then_together_with_the_desk(bed: CallBed) -> None:
    mute, apt = await a_unit(bed, "无账号队", None), await a_unit(bed, "危化队", "weihua")
    await told(bed, an_evacuation(bed, ("危化队", apt), ("无账号队", mute)), "ordered", 1)
    calls = {call["title"].split("：")[1].split(" ")[0]: call for call in await bed.calls()}
    assert {call["kind"] for call in calls.values()} == {"evacuation"}
    assert whom(calls["危化队"], 0) == ["危化队队长"]
    assert "站区北门" in calls["危化队"]["title"]
    assert whom(calls["无账号队"], 1) == [FIRST], "a telephone number alone reaches nobody here: the desk at once"
    await bed.forward(seconds=60)
    later = {call["id"]: call for call in await bed.calls()}[calls["危化队"]["id"]]
    assert whom(later, 1) == [FIRST, "危化队队长"]


async def test_a_count_ends_the_teams_call_and_no_other(bed: CallBed) -> None:
    one, two = await a_unit(bed, "甲队", "jia"), await a_unit(bed, "乙队", "yi")
    fact = await told(bed, an_evacuation(bed, ("甲队", one), ("乙队", two)), "ordered", 1)
    await told(bed, fact, "ordered", 1)
    assert len(await bed.calls()) == 2, "the same order told twice calls once"
    out = [fact.teams[0].model_copy(update={"state": EvacuationTeamState.CONFIRMED}), fact.teams[1]]
    fact = await told(bed, fact, "confirmed", 2, teams=out, confirmed=1, reported_team="a-甲队")
    states = {call["title"].split("：")[1][:2]: (call["state"], call["cancel_reason"]) for call in await bed.calls()}
    assert states == {"甲队": ("cancelled", "team_confirmed"), "乙队": ("calling", None)}
    await told(bed, fact, "overdue", 3, is_overdue=True)
    [late] = [call for call in await bed.calls() if call["title"].startswith("撤离超时")]
    assert "乙队" in late["title"]
    assert "甲队" not in late["title"]
    assert whom(late, 0) == sorted([FIRST, LEADS])
    await told(bed, fact, "ended", 4, state=EvacuationState.ENDED)
    assert {call["state"] for call in await bed.calls()} == {"cancelled"}


async def test_who_comes_later_is_called_too_and_the_desk_for_them_by_themselves(bed: CallBed) -> None:
    one, two = await a_unit(bed, "甲队", "jia"), await a_unit(bed, "乙队", "yi")
    fact = await told(bed, an_evacuation(bed, ("甲队", one)), "ordered", 1)
    out = fact.teams[0].model_copy(update={"state": EvacuationTeamState.CONFIRMED})
    fact = await told(bed, fact, "overdue", 2, is_overdue=True, rounds=1)
    fact = await told(bed, fact, "confirmed", 3, teams=[out], confirmed=1, reported_team="a-甲队")
    come = EvacuationTeam(
        assignment_id="a-乙队", assignment_number="DX-02", unit_id=two, unit_name="乙队", home_site="hub",
        due_at=bed.clock.now() + timedelta(minutes=5),
    )  # fmt: skip
    fact = await told(bed, fact, "joined", 4, teams=[out, come], called=2)
    await told(bed, fact, "joined", 4)
    [call] = [one for one in await bed.calls() if one["state"] == "calling"]
    assert (whom(call, 0), call["title"].split("：")[1][:2]) == (["乙队队长"], "乙队")
    fact = await told(bed, fact, "overdue", 5, teams=[out, come.model_copy(update={"late": True})], rounds=2)
    assert len([one for one in await bed.calls() if one["title"].startswith("撤离超时")]) == 2
    done = come.model_copy(update={"state": EvacuationTeamState.CONFIRMED})
    await told(bed, fact, "confirmed", 6, teams=[out, done], confirmed=2, reported_team="a-乙队")
    assert {one["state"] for one in await bed.calls()} == {"cancelled"}


async def test_another_sites_evacuation_is_called_where_the_team_is_at_home(bed: CallBed) -> None:
    ident = await a_unit(bed, "甲队", "jia")
    fact = an_evacuation(bed, ("甲队", ident), ("旧宫队", new_id()))
    teams = [fact.teams[0], fact.teams[1].model_copy(update={"home_site": "jiugong"})]
    fact = fact.model_copy(update={"teams": teams, "home_site": "jiugong"})
    await bed.tell("evacuations", "dispatch.evacuation.ordered.v1", fact, fact.id, 1, site="jiugong")
    assert [whom(call, 0) for call in await bed.calls()] == [["甲队队长"]]
    await bed.tell("evacuations", "dispatch.evacuation.overdue.v1", fact, fact.id, 2, site="jiugong")
    assert len(await bed.calls()) == 1
