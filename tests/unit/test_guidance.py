"""The lists that the product brings along, and the rules for those that the bureau writes."""

from datetime import UTC, datetime, timedelta

import pytest

from services.incident_intake.domain.guidance import (
    AIRPORT_WORD,
    GENERAL,
    AirportAlert,
    Guidance,
    Phase,
    Question,
    Step,
    applicable,
    due_at,
    guidance_faults,
    in_order,
    key_of,
)
from services.incident_intake.domain.guidance_files import shipped
from shared.kernel.district import incident_types

ASKED_FOR = {
    "11A02": "洪涝",
    "12D02": "危险化学品",
    "12G03": "火灾",
    "12C01": "建筑",
    "12P13": "建筑",
    "12H02": "交通",
    "11G01": "森林",
    "12P09": "燃气",
    "12N04": "特种设备",
    "12S01": "踩踏",
    "13B03": "食物中毒",
    "12M99": "机场",
}


@pytest.mark.parametrize(("code", "title"), ASKED_FOR.items())
def test_each_type_that_the_bureau_named_has_lists_of_its_own(code: str, title: str) -> None:
    guidance = shipped()[applicable(shipped(), code)]
    assert title in guidance.title
    assert sum(question.critical for question in guidance.questions) >= 2
    assert {step.phase for step in guidance.checklist} == set(Phase)


def test_every_type_of_the_classification_has_lists() -> None:
    for kind in incident_types():
        assert applicable(shipped(), kind.code) in shipped()
    assert applicable(shipped(), None) == applicable(shipped(), "99Z99") == GENERAL


def test_the_shipped_lists_hold_what_the_bureaus_own_must() -> None:
    for key, guidance in shipped().items():
        assert guidance_faults(guidance) == [], key


def test_no_minutes_are_called_the_laws_that_nobody_has_read_there() -> None:
    read = ("国务院令第493号第9条", "国务院令第493号第13条", "突发公共卫生事件应急条例")
    claimed = {step.basis for guidance in shipped().values() for step in guidance.checklist if step.verified}
    assert claimed == set(read)


def test_hydrogen_is_asked_about() -> None:
    (asked,) = [one for one in shipped()["12D"].questions if one.id == "hydrogen"]
    assert "储氢瓶组" in asked.options


def test_the_airports_three_words_are_kept_as_they_are() -> None:
    assert [word.value for word in AirportAlert] == ["原地待命", "集结待命", "紧急出动"]
    (asked,) = [one for one in shipped()["12M"].questions if one.id == AIRPORT_WORD]
    assert asked.options == [word.value for word in AirportAlert]
    translated = asked.model_copy(update={"options": ["三级响应", "二级响应", "一级响应"]})
    faults = guidance_faults(Guidance(title="机场", questions=[translated], checklist=[]))
    assert [fault.code for fault in faults] == ["guidance.airport_words"]


def test_lists_that_cannot_be_used_are_refused_by_name() -> None:
    question = Question(id="a", text="问", field="casualties.lost")
    step = Step(id="s", phase=Phase.TAKE, text="做", minutes=1, basis="自定")
    faults = guidance_faults(Guidance(title="x", questions=[question, question], checklist=[step, step]))
    assert [(fault.pointer, fault.code) for fault in faults] == [
        ("/questions/1/id", "guidance.id_twice"),
        ("/checklist/1/id", "guidance.id_twice"),
        ("/questions/0/field", "guidance.field_unknown"),
        ("/questions/1/field", "guidance.field_unknown"),
    ]


@pytest.mark.parametrize(
    ("code", "key"), [("12D00", "12D"), ("12D", "12D"), ("12D02", "12D02"), ("12000", "12"), ("general", "general")]
)
def test_a_type_has_one_key_however_it_is_written(code: str, key: str) -> None:
    assert key_of(code) == key


def test_the_longest_key_holds() -> None:
    keys = ["12", "12D", "12D02", GENERAL]
    assert [applicable(keys, code) for code in ("12D02", "12D03", "12G03", "11A01")] == [
        "12D02", "12D", "12", GENERAL,
    ]  # fmt: skip


def test_steps_stand_in_the_order_of_the_four_words_and_of_their_times() -> None:
    steps = [
        Step(id=f"s{index}", phase=phase, text="x", minutes=minutes, basis="自定")
        for index, (phase, minutes) in enumerate(
            [(Phase.FOLLOW, 5), (Phase.TAKE, 9), (Phase.REPORT, 3), (Phase.TAKE, 1), (Phase.CONVEY, 0)]
        )
    ]
    assert [step.id for step in in_order(steps)] == ["s3", "s1", "s2", "s4", "s0"]
    received = datetime(2026, 2, 16, 15, 59, 30, tzinfo=UTC)
    assert due_at(steps[1], received) - received == timedelta(minutes=9)
