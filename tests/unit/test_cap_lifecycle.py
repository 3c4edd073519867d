"""What messages do to each other, in whatever order they arrive."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.incident_intake.domain.cap_alert import CapAlert, CapInfo, CapReference, MessageKey
from services.incident_intake.domain.cap_words import CapStatus, MessageType
from services.incident_intake.domain.warning import Arrival, LifecycleStep, WarningRecord, WarningState, lifecycle

T0 = datetime(2026, 7, 31, 10, 0, tzinfo=UTC)
LATER = T0 + timedelta(days=1)


def block(expires: datetime | None) -> CapInfo:
    return CapInfo(
        language="zh-CN", categories=(), event="暴雨", response_types=(), urgency=None, severity=None, certainty=None,
        audience=None, event_codes=(), effective=None, onset=None, expires=expires, sender_name=None, headline=None,
        description=None, instruction=None, web=None, contact=None, parameters=(), resources=(), areas=(),
    )  # fmt: skip


def message(
    name: str,
    msg_type: MessageType = MessageType.ALERT,
    *refers_to: CapReference,
    minutes: int = 0,
    status: CapStatus = CapStatus.ACTUAL,
    ends: tuple[datetime | None, ...] = (None,),
) -> CapAlert:
    return CapAlert(
        version="1.2", identifier=name, sender="s", sent=T0 + timedelta(minutes=minutes), status=status,
        msg_type=msg_type, scope=None, source=None, restriction=None, addresses=None, codes=(), note=None,
        references=refers_to, incidents=(), infos=tuple(block(end) for end in ends), signed=False, national=None,
    )  # fmt: skip


def ref(target: CapAlert) -> CapReference:
    return CapReference(sender=target.sender, identifier=target.identifier, sent=target.sent)


def arrive(*messages: CapAlert) -> dict[str, WarningRecord]:
    records: dict[MessageKey, WarningRecord] = {}
    for one in messages:
        for record in lifecycle(records.values(), one, LATER).changed:
            records[record.alert.key] = record
    return {record.alert.identifier: record for record in records.values()}


ALERT = message("a")
UPDATE = message("u", MessageType.UPDATE, ref(ALERT), minutes=5)
CANCEL = message("c", MessageType.CANCEL, ref(UPDATE), minutes=9)


def test_an_alert_is_new_and_current() -> None:
    step = lifecycle([], ALERT, LATER)
    assert (step.arrival, step.changed) == (Arrival.NEW, (step.record,))
    assert step.record.is_current(LATER)
    assert step.record.received_at == LATER


@pytest.mark.parametrize("messages", [(ALERT, UPDATE), (UPDATE, ALERT)])
def test_an_update_replaces_what_it_refers_to(messages: tuple[CapAlert, ...]) -> None:
    records = arrive(*messages)
    assert records["a"].superseded_by == UPDATE.key
    assert records["a"].state(LATER) is WarningState.SUPERSEDED
    assert records["u"].is_current(LATER)
    assert records["u"].unresolved == ()


def test_the_latest_of_several_updates_is_the_one_that_replaced() -> None:
    last = message("v", MessageType.UPDATE, ref(ALERT), ref(UPDATE), minutes=7)
    for messages in ((ALERT, UPDATE, last), (last, UPDATE, ALERT)):
        records = arrive(*messages)
        assert [records[name].superseded_by for name in "auv"] == [last.key, last.key, None]


@pytest.mark.parametrize("messages", [(ALERT, UPDATE, CANCEL), (CANCEL, UPDATE, ALERT)])
def test_a_cancel_ends_what_it_refers_to_and_warns_of_nothing_itself(messages: tuple[CapAlert, ...]) -> None:
    records = arrive(*messages)
    assert [records[name].state(LATER) for name in "auc"] == ["superseded", "cancelled", "cancelled"]
    assert records["u"].cancelled_by == CANCEL.key


def test_a_reference_to_something_unknown_is_marked_until_it_arrives() -> None:
    (alone,) = arrive(UPDATE).values()
    assert (alone.unresolved, alone.is_current(LATER)) == ((ref(ALERT),), True)
    step = lifecycle([alone], ALERT, LATER)
    assert {record.alert.identifier: record.unresolved for record in step.changed} == {"a": (), "u": ()}


def test_the_same_message_again_changes_nothing() -> None:
    record = arrive(ALERT)["a"]
    again = lifecycle([record], ALERT.model_copy(update={"position": 7}), LATER)
    assert again == LifecycleStep(arrival=Arrival.REPEATED, record=record, changed=())


def test_the_same_identifier_with_other_content_is_told_apart() -> None:
    record = arrive(ALERT)["a"]
    again = lifecycle([record], ALERT.model_copy(update={"note": "other"}), LATER)
    assert (again.arrival, again.changed) == (Arrival.REPEATED_DIFFERENTLY, ())


def test_a_message_that_refers_to_itself_does_not_replace_itself() -> None:
    selfish = message("x", MessageType.UPDATE)
    records = arrive(selfish.model_copy(update={"references": (ref(selfish),)}))
    assert records["x"].is_current(LATER)
    assert records["x"].unresolved == ()


@pytest.mark.parametrize("status", [status for status in CapStatus if status is not CapStatus.ACTUAL])
@pytest.mark.parametrize("msg_type", [MessageType.UPDATE, MessageType.CANCEL])
def test_what_is_not_real_never_ends_a_real_warning(status: CapStatus, msg_type: MessageType) -> None:
    fake = message("f", msg_type, ref(ALERT), minutes=5, status=status)
    for records in (arrive(ALERT, fake), arrive(fake, ALERT)):
        assert records["a"].is_current(LATER)
        assert records["f"].unresolved == (ref(ALERT),)


def test_an_alert_in_an_exercise_envelope_never_ends_a_real_warning() -> None:
    fake = CANCEL.model_copy(update={"distribution_status": CapStatus.EXERCISE})
    assert arrive(ALERT, UPDATE, fake)["u"].is_current(LATER)


def test_an_earlier_message_does_not_replace_a_later_one() -> None:
    odd = message("o", MessageType.UPDATE, ref(ALERT), minutes=-5)
    assert arrive(ALERT, odd)["a"].is_current(LATER)


def test_two_messages_of_one_second_that_replace_each_other_both_stay() -> None:
    one, other = message("1", MessageType.UPDATE), message("2", MessageType.UPDATE)
    one, other = (
        one.model_copy(update={"references": (ref(other),)}),
        other.model_copy(update={"references": (ref(one),)}),
    )
    assert [record.state(LATER) for record in arrive(one, other).values()] == ["current", "current"]


def test_a_reference_without_sender_and_time_finds_its_message() -> None:
    bare = CapReference(sender=None, identifier="a", sent=None)
    assert arrive(ALERT, message("u", MessageType.UPDATE, bare, minutes=1))["a"].superseded_by is not None


def test_a_warning_expires_with_the_last_of_its_blocks() -> None:
    first, last = T0 + timedelta(hours=1), T0 + timedelta(hours=2)
    record = arrive(message("a", ends=(last, first)))["a"]
    assert record.expires_at == last
    assert record.is_current(last - timedelta(seconds=1))
    assert record.state(last) is WarningState.EXPIRED


def test_a_warning_with_a_block_that_never_ends_does_not_expire() -> None:
    record = arrive(message("a", ends=(T0, None)))["a"]
    assert record.expires_at is None
    assert record.is_current(LATER)


@pytest.mark.parametrize("msg_type", [MessageType.ACK, MessageType.ERROR])
def test_an_answer_warns_of_nothing_and_ends_nothing(msg_type: MessageType) -> None:
    records = arrive(ALERT, message("x", msg_type, ref(ALERT), minutes=1))
    assert [records["a"].is_current(LATER), records["x"].is_current(LATER)] == [True, False]


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[CapAlert], list[CapAlert]]:
    """A handful of messages that refer to each other freely, in two orders of arrival, some of them twice."""
    names = "abcdef"[: draw(st.integers(2, 6))]
    minutes = {name: draw(st.integers(0, 3)) for name in names}
    plain = {name: message(name, minutes=minutes[name]) for name in names}
    messages: list[CapAlert] = []
    for name in names:
        targets = draw(st.lists(st.sampled_from([*names, "missing"]), max_size=4))
        refs = [ref(plain[t]) if t in plain else CapReference(sender="s", identifier=t, sent=T0) for t in targets]
        bare = [one.model_copy(update={"sender": None, "sent": None}) if draw(st.booleans()) else one for one in refs]
        msg_type = draw(
            st.sampled_from([MessageType.ALERT, MessageType.UPDATE, MessageType.UPDATE, MessageType.CANCEL])
        )
        status = draw(st.sampled_from([CapStatus.ACTUAL, CapStatus.ACTUAL, CapStatus.EXERCISE]))
        messages.append(message(name, msg_type, *bare, minutes=minutes[name], status=status))
    repeats = draw(st.lists(st.sampled_from(messages), max_size=3))
    return messages, draw(st.permutations([*messages, *repeats]))


@settings(max_examples=400, deadline=None)
@given(conversations())
def test_the_order_of_arrival_does_not_matter(orders: tuple[list[CapAlert], list[CapAlert]]) -> None:
    one, other = orders
    assert arrive(*one) == arrive(*other)
