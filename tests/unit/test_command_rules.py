"""Rules of command at the scene: whoever counts in whatever order, who must leave, what a receiver may say."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resource_dispatch.domain.command.activation import require_authority
from services.resource_dispatch.domain.command.evacuation import (
    counted,
    ended,
    joined,
    must_leave,
    next_due,
    overran,
    runs_over,
    summed,
    waiting,
)
from services.resource_dispatch.domain.command.orders import answered, order_due, order_overran, receipt_due
from shared.contracts.events.command import (
    CommandOrderFact,
    ConfirmSource,
    EvacuationFact,
    EvacuationState,
    EvacuationTeam,
    HeadCount,
    OrderReceiver,
    ReceiverState,
    ReceiverWord,
)
from shared.contracts.events.dispatch import AssignmentFact, AssignmentStatus, UnitRelation
from shared.contracts.levels import ResponseLevel
from shared.kernel.errors import Conflict, Invalid, NotFound

NOW = datetime(2026, 12, 31, 16, 35, tzinfo=UTC)


def an_evacuation(*teams: str) -> EvacuationFact:
    fact = EvacuationFact(
        id="e", number="DX-1-撤01", incident_id="i", incident_number="DX-1", incident_title="泄漏", reason="有爆燃风险",
        assembly_text="北门", state=EvacuationState.OPEN, ordered_at=NOW, due_at=NOW + timedelta(minutes=5), minutes=5,
        basis="自定", home_site="hub",
    )  # fmt: skip
    return summed(fact, [a_team(name) for name in teams])


def a_team(name: str) -> EvacuationTeam:
    return EvacuationTeam(
        assignment_id=name, assignment_number=name, unit_id=f"u-{name}", unit_name=name, home_site="hub"
    )


def a_count(minute: float, heads: int, missing: int = 0, *, heard: float | None = None) -> HeadCount:
    at = NOW + timedelta(minutes=minute)
    recorded = NOW + timedelta(minutes=minute if heard is None else heard)
    return HeadCount(at=at, recorded_at=recorded, headcount=heads, missing=missing, source=ConfirmSource.RADIO)


def an_assignment(status: AssignmentStatus, relation: UnitRelation, *, active: bool = True) -> AssignmentFact:
    return AssignmentFact(
        id="a", number="DX-1-01", incident_id="i", unit_id="u", unit_name="队", relation=relation, status=status,
        active=active, ordered_at=NOW, home_site="hub",
    )  # fmt: skip


COUNTS = st.lists(
    st.tuples(st.sampled_from(["甲", "乙", "丙"]), st.integers(-3, 30), st.integers(0, 60), st.integers(0, 5)),
    max_size=12,
)


@given(COUNTS, st.randoms(use_true_random=False))
def test_the_order_in_which_counts_arrive_does_not_matter(
    told: list[tuple[str, int, int, int]], shuffle: random.Random
) -> None:
    counts = [(team, a_count(minute, heads, missing, heard=50 + n)) for n, (team, minute, heads, missing) in
              enumerate(told)]  # fmt: skip
    one = other = an_evacuation("甲", "乙", "丙")
    for team, count in counts:
        one = counted(one, team, count)
    shuffle.shuffle(counts)
    for team, count in counts:
        other = counted(other, team, count)
    assert one.teams == other.teams
    assert one.headcount == sum(team.headcount or 0 for team in one.teams)
    assert one.called == 3
    assert one.confirmed == len({team for team, *_ in told}) == 3 - len(waiting(one))


def test_a_count_that_is_heard_late_is_not_late_and_does_not_hide_a_newer_one() -> None:
    after = counted(an_evacuation("甲"), "甲", a_count(4, 23, 1))
    after = counted(after, "甲", a_count(3, 24, heard=9))
    [team] = after.teams
    assert (team.headcount, team.missing, team.late, len(team.counts)) == (23, 1, False, 2)
    assert team.confirmed_at == NOW + timedelta(minutes=3)
    assert counted(an_evacuation("甲"), "甲", a_count(5.1, 24)).teams[0].late


def test_time_runs_over_once_and_only_while_somebody_is_missing() -> None:
    open_one, due = an_evacuation("甲", "乙"), NOW + timedelta(minutes=5)
    assert not runs_over(open_one, due)
    assert runs_over(open_one, due + timedelta(seconds=1))
    all_out = counted(counted(open_one, "甲", a_count(1, 10)), "乙", a_count(2, 20))
    assert not runs_over(all_out, due + timedelta(hours=1))
    assert not runs_over(open_one.model_copy(update={"is_overdue": True}), due + timedelta(hours=1))


def test_a_count_is_taken_after_the_end_too_but_the_end_comes_once() -> None:
    over = ended(an_evacuation("甲"), NOW, "总指挥", "复测达标")
    assert counted(over, "甲", a_count(2, 24)).headcount == 24
    assert counted(over, "甲", a_count(2, 24)).state is EvacuationState.ENDED
    with pytest.raises(Conflict, match=r"evacuation\.ended"):
        ended(over, NOW, "总指挥", "再来")
    with pytest.raises(NotFound, match=r"evacuation\.team_unknown"):
        counted(over, "丁", a_count(2, 24))


@pytest.mark.parametrize("status", AssignmentStatus)
@pytest.mark.parametrize("relation", UnitRelation)
def test_whoever_is_active_must_leave_but_departments_that_never_came(
    status: AssignmentStatus, relation: UnitRelation
) -> None:
    there = status in {AssignmentStatus.ON_SCENE, AssignmentStatus.WORKING, AssignmentStatus.ASSEMBLING}
    assert must_leave(an_assignment(status, relation)) is (relation is not UnitRelation.NOTIFY or there)
    assert not must_leave(an_assignment(status, relation, active=False))


def an_order() -> CommandOrderFact:
    return CommandOrderFact(
        id="o", number="DX-1-令01", incident_id="i", incident_number="DX-1", incident_title="泄漏", content="关阀",
        issued_at=NOW, issued_by="总指挥", receivers=[OrderReceiver(key=one, name=one) for one in ("甲", "乙")],
        home_site="hub",
    )  # fmt: skip


def word(state: ReceiverState) -> ReceiverWord:
    return ReceiverWord(state=state, at=NOW, recorded_at=NOW)


def test_an_order_is_settled_when_everybody_has_done_it_or_refused() -> None:
    order = answered(an_order(), "甲", word(ReceiverState.DONE))
    assert not order.is_settled
    assert (order.answered_by, order.answer) == ("甲", ReceiverState.DONE)
    assert answered(order, "乙", word(ReceiverState.REFUSED)).is_settled
    with pytest.raises(Conflict, match=r"order\.answer_refused"):
        answered(order, "甲", word(ReceiverState.REFUSED))
    with pytest.raises(NotFound, match=r"order\.receiver_unknown"):
        answered(order, "丙", word(ReceiverState.DONE))


@pytest.mark.parametrize("level", ResponseLevel)
def test_the_two_highest_levels_name_who_decided(level: ResponseLevel) -> None:
    require_authority(level, "市应急委电话")
    if level in {ResponseLevel.LEVEL_1, ResponseLevel.LEVEL_2}:
        with pytest.raises(Invalid, match=r"activation\.authority_required"):
            require_authority(level, None)
    else:
        require_authority(level, None)


def test_who_comes_while_everybody_leaves_is_counted_too_with_a_time_of_its_own() -> None:
    out = counted(an_evacuation("甲"), "甲", a_count(1, 10))
    later = NOW + timedelta(minutes=4)
    after = joined(out, [a_team("甲"), a_team("乙")], later)
    assert (after.called, after.confirmed, [team.assignment_id for team in waiting(after)]) == (2, 1, ["乙"])
    assert joined(after, [a_team("乙")], later + timedelta(minutes=1)) == after
    due = next_due(after)
    assert due == later + timedelta(minutes=5)
    assert not runs_over(after, due)
    told = overran(after, due + timedelta(seconds=1))
    assert ([team.late for team in told.teams], told.is_overdue, told.rounds) == ([False, True], True, 1)
    assert next_due(told) is None, "told once"
    third = joined(told, [a_team("丙")], later)
    assert next_due(third) == due
    assert next_due(ended(third, later, "总指挥", "复测达标")) is None


def test_an_evacuation_of_named_teams_takes_only_who_was_sent_after_it() -> None:
    named = an_evacuation("甲").model_copy(update={"all_teams": False})
    left_out = a_team("乙").model_copy(update={"ordered_at": NOW - timedelta(minutes=1)})
    sent_in = a_team("丙").model_copy(update={"ordered_at": NOW + timedelta(minutes=1)})
    after = joined(named, [left_out, sent_in], NOW + timedelta(minutes=1))
    assert [team.assignment_id for team in after.teams] == ["甲", "丙"]


def test_an_order_is_late_twice_first_unheard_then_not_done_and_never_once_all_have_answered() -> None:
    done_by = NOW + timedelta(minutes=30)
    order = an_order().model_copy(update={"due_at": done_by, "receipt_due_at": receipt_due(NOW, done_by)})
    heard_by = order_due(order)
    assert heard_by == NOW + timedelta(minutes=5)
    unheard = order_overran(order, heard_by + timedelta(seconds=1))
    assert (unheard.is_unreceipted, unheard.is_overdue, order_due(unheard)) == (True, False, done_by)
    assert order_due(order_overran(unheard, done_by + timedelta(seconds=1))) is None
    received = answered(answered(order, "甲", word(ReceiverState.RECEIVED)), "乙", word(ReceiverState.RECEIVED))
    assert order_due(received) == done_by
    done = answered(answered(received, "甲", word(ReceiverState.DONE)), "乙", word(ReceiverState.REFUSED))
    assert order_due(done) is None
    assert receipt_due(NOW, NOW + timedelta(minutes=2)) == NOW + timedelta(minutes=2)
