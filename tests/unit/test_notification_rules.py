"""The rules of calling: whom, when, whether at all, and in which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.limits import CallLimits, retry_pause
from services.notification.domain.notification import (
    AttemptOutcome,
    Cancellation,
    CancelReason,
    Notification,
    Target,
    masked,
)
from services.notification.domain.people import Person, Shift, callees
from services.notification.domain.policy import Policy, Step, by_hand, check_steps, wait_after
from services.notification.domain.reasons import CallReason, SendReason, why_call, why_send
from services.notification.pipeline.record import after_try
from services.notification.templates import Words, render
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.events.notify import ChannelKind, NotificationKind, NotificationState, TargetState
from shared.contracts.events.roster import DutyPost
from shared.kernel.errors import Invalid

NOW = datetime(2027, 2, 5, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DUTY, LEADER = DutyPost.DUTY_OFFICER, DutyPost.DUTY_LEADER
WAYS = (ChannelKind.IN_APP, ChannelKind.WEBHOOK)
LIMITS = CallLimits()


def step(after: int = 0, *posts: DutyPost, deputies: bool = False, people: tuple[str, ...] = ()) -> Step:
    return Step(after, posts, WAYS, deputies, people)


def notification(**fields: object) -> Notification:
    plain = Notification(
        id="n", dedupe_key="incident:i", correlation_id="c", kind=NotificationKind.INCIDENT, title="火灾",
        state=NotificationState.CALLING, created_at=NOW, steps=(step(0, DUTY), step(60, DUTY)), home_site="hub",
        exercise=False, next_due_at=NOW + timedelta(seconds=60),
    )  # fmt: skip
    return replace(plain, **fields)  # type: ignore[arg-type]


def target(**fields: object) -> Target:
    plain = Target("t", "n", 0, ChannelKind.WEBHOOK, TargetState.WAITING, person_id="p", account="u", due_at=NOW)
    return replace(plain, **fields)  # type: ignore[arg-type]


def shift(post: DutyPost, person_id: str, start: float = -1, end: float = 1, *, cancelled: bool = False) -> Shift:
    begins, ends = NOW + HOUR * start, NOW + HOUR * end
    return Shift(f"s-{person_id}", post, person_id, f"名-{person_id}", begins, ends, cancelled)


def test_those_on_duty_are_called_with_their_deputies_each_once() -> None:
    known = {
        "a": Person("a", "甲", deputy_id="b"),
        "b": Person("b", "乙", deputy_id="a"),
        "gone": Person("gone", "丙", removed=True),
        "c": Person("c", "丁", deputy_id="gone"),
    }
    shifts = [shift(DUTY, "a"), shift(DUTY, "b"), shift(LEADER, "c")]
    found = callees(step(0, DUTY, LEADER, deputies=True), shifts, known, NOW)
    assert [one.person.name for one in found.people] == ["甲", "乙", "丁"]
    assert found.empty_posts == ()


def test_deputies_are_left_alone_unless_the_step_says_so() -> None:
    known = {"a": Person("a", "甲", deputy_id="b"), "b": Person("b", "乙")}
    found = callees(step(0, DUTY), [shift(DUTY, "a")], known, NOW)
    assert [one.person.name for one in found.people] == ["甲"]


def test_a_person_the_roster_has_not_told_of_is_called_by_the_name_on_the_shift() -> None:
    found = callees(step(0, DUTY), [shift(DUTY, "x")], {}, NOW)
    assert [(one.person.id, one.person.name, one.person.account) for one in found.people] == [("x", "名-x", None)]


@pytest.mark.parametrize(("start", "end", "is_called"), [(-1, 0, False), (0, 1, True), (0.01, 1, False), (-1, 1, True)])
def test_shifts_are_half_open(start: float, end: float, is_called: bool) -> None:
    found = callees(step(0, DUTY), [shift(DUTY, "a", start, end)], {}, NOW)
    assert bool(found.people) is is_called
    assert found.empty_posts == (() if is_called else (DUTY,))


def test_a_cancelled_shift_leaves_the_post_empty_also_when_others_are_called() -> None:
    found = callees(step(0, DUTY, LEADER), [shift(DUTY, "a", cancelled=True), shift(LEADER, "b")], {}, NOW)
    assert [one.person.id for one in found.people] == ["b"]
    assert found.empty_posts == (DUTY,)


def test_people_named_by_hand_are_called_on_duty_or_not() -> None:
    found = callees(step(0, people=("a", "unknown")), [], {"a": Person("a", "甲")}, NOW)
    assert [(one.post, one.person.name) for one in found.people] == [(None, "甲")]


def test_steps_wait_for_the_next_one_and_the_last_for_the_alarm() -> None:
    steps = (step(0, DUTY), step(60, DUTY), step(180, LEADER))
    waits = [wait_after(steps, index, timedelta(seconds=45)).total_seconds() for index in range(3)]
    assert waits == [60, 120, 45]


@pytest.mark.parametrize(
    ("times", "pointer"),
    [((5, 10), "/steps/0/after_seconds"), ((0, 0), "/steps/1/after_seconds"), ((0, 9, 8), "/steps/2/after_seconds")],
)
def test_a_policy_out_of_order_is_refused_by_its_place(times: tuple[int, ...], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_steps(tuple(step(after, DUTY) for after in times))
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_a_call_by_hand_is_made_twice_like_the_policys_first_steps() -> None:
    policy = Policy((step(0, DUTY), step(90, DUTY), step(200, LEADER)), "测试", False, 1)
    assert [(one.after_seconds, one.people) for one in by_hand(policy, (), ("a",))] == [(0, ("a",)), (90, ("a",))]
    single = Policy((step(0, DUTY),), "测试", False, 1)
    assert len(by_hand(single, (LEADER,), ())) == 1


def test_why_an_incident_is_called_out_or_not() -> None:
    over = notification(state=NotificationState.CANCELLED, ending=Cancellation(NOW, "乙", CancelReason.INCIDENT_CLOSED))
    by_person = replace(over, ending=Cancellation(NOW, "乙", CancelReason.BY_HAND))
    reported, closed = IncidentStatus.REPORTED, IncidentStatus.CLOSED
    assert why_call(reported, [], ours=True) is CallReason.FIRST_REPORT
    assert why_call(reported, [], ours=False) is CallReason.ANOTHER_SITES
    assert why_call(closed, [], ours=True) is CallReason.INCIDENT_ENDED
    assert why_call(reported, [notification()], ours=True) is CallReason.ALREADY_CALLED
    assert why_call(reported, [over], ours=True) is CallReason.STANDS_AGAIN
    assert why_call(reported, [over, notification()], ours=True) is CallReason.ALREADY_CALLED
    assert why_call(reported, [by_person], ours=True) is CallReason.ALREADY_CALLED


def test_why_a_call_goes_out_or_not() -> None:
    def why(one: Notification, call: Target, *, before: bool = False) -> SendReason:
        return why_send(one, call, under_way_before=before)

    assert why(notification(), target()) is SendReason.FIRST
    assert why(notification(), target(tries=1)) is SendReason.RETRY
    assert why(notification(), target(), before=True) is SendReason.AFTER_BREAK
    assert why(notification(), target(state=TargetState.SENT)) is SendReason.ALREADY_SENT
    assert why(notification(state=NotificationState.ACKNOWLEDGED), target(), before=True) is SendReason.ANSWERED
    assert why(notification(state=NotificationState.CANCELLED), target()) is SendReason.CANCELLED
    assert why(notification(state=NotificationState.EXHAUSTED), target()) is SendReason.FIRST


def test_the_pause_doubles_up_to_the_most() -> None:
    assert [retry_pause(LIMITS, tries).total_seconds() for tries in (1, 2, 3, 4, 5, 10_000)] == [2, 4, 8, 15, 15, 15]


def test_a_temporary_error_waits_within_its_step_only() -> None:
    waiting = after_try(target(), notification(), AttemptOutcome.TEMPORARY, LIMITS, NOW)
    assert (waiting.state, waiting.due_at) == (TargetState.WAITING, NOW + timedelta(seconds=2))
    late = after_try(target(), notification(), AttemptOutcome.TEMPORARY, LIMITS, NOW + timedelta(seconds=58))
    assert (late.state, late.due_at) == (TargetState.FAILED, None)
    passed = after_try(target(), notification(step=1), AttemptOutcome.TEMPORARY, LIMITS, NOW)
    assert passed.state is TargetState.FAILED


def test_a_report_from_a_channel_never_takes_an_answer_back() -> None:
    for state in (TargetState.ACKNOWLEDGED, TargetState.DELIVERED):
        for outcome in (AttemptOutcome.ACCEPTED, AttemptOutcome.TEMPORARY, AttemptOutcome.PERMANENT):
            tried = after_try(target(state=state), notification(), outcome, LIMITS, NOW)
            assert (tried.state, tried.due_at, tried.leased_until) == (state, None, None)


@given(st.text(alphabet="0123456789-+ ", min_size=1, max_size=20))
def test_a_masked_number_hides_at_least_the_middle(phone: str) -> None:
    hidden = masked(phone)
    assert hidden is not None
    assert "*" in hidden
    assert hidden.replace("*", "") != phone
    assert masked(None) is None


def test_words_are_filled_in_and_an_exercise_says_so_first() -> None:
    words = Words(NotificationKind.INCIDENT, "火灾{number}", None, None, 1, 4, exercise=True, site_name="榆垡")
    text = render(words)
    assert text == "【演练】【榆垡】突发事件 无编号：火灾{number}。地点：不详。第 2 轮呼叫（共 4 轮），请立即应答。"
    assert len(render(replace(words, title="长" * 5000))) < 300
