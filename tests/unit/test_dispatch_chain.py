"""The status chain: what is allowed, what is late, what a recall does."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resource_dispatch.domain.chain import ENDED, TRANSITIONS, apply_report, recall_status, unit_status
from shared.contracts.events.dispatch import AssignmentFact, AssignmentStatus, StatusReport, StatusSource, UnitStatus
from shared.kernel.errors import Conflict, Invalid

S = AssignmentStatus
T0 = datetime(2026, 7, 31, 10, 0, tzinfo=UTC)
WAY_OUT_AND_BACK = [S.ACCEPTED, S.EN_ROUTE, S.ON_SCENE, S.WORKING, S.RETURNING, S.BACK]


def an_assignment(status: AssignmentStatus = S.ORDERED) -> AssignmentFact:
    return AssignmentFact(
        id="a", number="n", incident_id="i", unit_id="u", unit_name="一队", status=status, active=status not in ENDED,
        ordered_at=T0, home_site="hub",
    )  # fmt: skip


def a_report(status: AssignmentStatus, minute: float, note: str | None = None) -> StatusReport:
    at = T0 + timedelta(minutes=minute)
    return StatusReport(status=status, occurred_at=at, recorded_at=at, source=StatusSource.RADIO, note=note)


def test_the_way_out_and_back_is_allowed_and_ends_the_assignment() -> None:
    assignment = an_assignment()
    for minute, status in enumerate(WAY_OUT_AND_BACK, start=1):
        assignment = apply_report(assignment, a_report(status, minute))
        assert assignment.status is status
    assert not assignment.active


@pytest.mark.parametrize("origin", list(S))
@pytest.mark.parametrize("target", list(S))
def test_exactly_the_table_is_allowed(origin: AssignmentStatus, target: AssignmentStatus) -> None:
    if target in TRANSITIONS[origin]:
        assert apply_report(an_assignment(origin), a_report(target, 1)).status is target
        return
    with pytest.raises(Conflict) as refused:
        apply_report(an_assignment(origin), a_report(target, 1))
    if origin not in ENDED:
        assert refused.value.params["allowed"] == sorted(TRANSITIONS[origin])


def test_a_report_that_comes_late_is_kept_and_moves_nothing_backwards() -> None:
    on_scene = apply_report(
        apply_report(apply_report(an_assignment(), a_report(S.ACCEPTED, 1)), a_report(S.EN_ROUTE, 2)),
        a_report(S.ON_SCENE, 10),
    )
    after = apply_report(on_scene, a_report(S.EN_ROUTE, 3))
    assert after.status is S.ON_SCENE
    assert after.history[-1].late
    assert after.history[-1].status is S.EN_ROUTE


def test_a_correction_needs_a_reason_and_may_go_against_the_table() -> None:
    with pytest.raises(Invalid):
        apply_report(an_assignment(S.WORKING), a_report(S.ACCEPTED, 1), correction=True)
    after = apply_report(an_assignment(S.WORKING), a_report(S.EN_ROUTE, 1, "误报到场"), correction=True)
    assert after.status is S.EN_ROUTE


@pytest.mark.parametrize(
    ("status", "expected"),
    [(S.ORDERED, S.RECALLED), (S.ACCEPTED, S.RECALLED), (S.EN_ROUTE, S.RETURNING), (S.WORKING, S.RETURNING)],
)
def test_a_recall_ends_what_has_not_left_and_turns_back_what_has(
    status: AssignmentStatus, expected: AssignmentStatus
) -> None:
    assert recall_status(status) is expected


@pytest.mark.parametrize("status", [S.RETURNING, S.BACK, S.RECALLED, S.DECLINED])
def test_there_is_nothing_to_recall_once_it_turns_back(status: AssignmentStatus) -> None:
    with pytest.raises(Conflict):
        recall_status(status)


@given(order=st.permutations(range(len(WAY_OUT_AND_BACK))))
def test_whatever_the_order_of_arrival_the_newest_status_stands(order: list[int]) -> None:
    assignment = an_assignment()
    for index in order:
        report = a_report(WAY_OUT_AND_BACK[index], index + 1, "对讲补报")
        assignment = apply_report(assignment, report, correction=True)
    assert assignment.status is WAY_OUT_AND_BACK[-1]
    assert len(assignment.history) == len(WAY_OUT_AND_BACK)
    moved = [report.occurred_at for report in assignment.history if not report.late]
    assert all(earlier < later for earlier, later in pairwise(moved))


def test_an_order_that_nobody_accepted_leaves_the_unit_on_standby() -> None:
    assert unit_status(S.ORDERED) is UnitStatus.STANDBY
    assert {unit_status(status) for status in S} == set(UnitStatus) - {UnitStatus.UNAVAILABLE}
