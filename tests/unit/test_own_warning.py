"""Warnings of our own: whose colours they are, what they are called, and what they do to each other."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident_intake.cap.kinds import code_initials, code_names
from services.incident_intake.cap.national import parse_national
from services.incident_intake.domain.cap_alert import CapAlert, CapArea, WarningKind
from services.incident_intake.domain.cap_words import CapStatus, Category, MessageType, ResponseType, Severity
from services.incident_intake.domain.own_warning import (
    Notice,
    Office,
    authority_of,
    category_of,
    compose,
    identifiers_at,
    is_higher,
    next_identifier,
    references_of,
    require_authority,
    require_step,
    require_times,
)
from services.incident_intake.domain.warning import WarningRecord, WarningState, lifecycle
from services.incident_intake.handlers.issuing import warning_kinds
from services.incident_intake.handlers.warning_areas import areas_of
from shared.contracts.levels import WarningColor
from shared.kernel.district import townships
from shared.kernel.errors import Invalid, Unavailable

NOW = datetime(2026, 12, 31, 16, 30, 5, tzinfo=UTC)
OFFICE = Office(adcode="110115", agency="123", name="某区应急管理局")
BLUE, YELLOW, ORANGE, RED = WarningColor.BLUE, WarningColor.YELLOW, WarningColor.ORANGE, WarningColor.RED
SQUARE = [[116.30, 39.60], [116.40, 39.60], [116.40, 39.70], [116.30, 39.70]]


def notice(color: WarningColor = BLUE, reference: str | None = None) -> Notice:
    return Notice(
        kind=WarningKind(code="11B03", name="暴雨", original_code="11B03"), color=color, starts_at=NOW, ends_at=None,
        areas=(CapArea(description="榆垡镇"),), caution="有强降雨", measures="巡查积水点", issuer=OFFICE.name,
        headline="发布", authority_reference=reference,
    )  # fmt: skip


def message(
    color: WarningColor, before: CapAlert | None = None, *, seconds: int = 0, status: CapStatus = CapStatus.ACTUAL
) -> CapAlert:
    sent = NOW + timedelta(seconds=seconds)
    return compose(
        OFFICE, notice(color), identifier=next_identifier(OFFICE, sent, [before.identifier] if before else ()),
        sent=sent, status=status, msg_type=MessageType.UPDATE if before else MessageType.ALERT,
        references=references_of(before) if before else (),
    )  # fmt: skip


def refusal(error: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (fault,) = error.value.faults
    return error.value.code, fault.pointer


@pytest.mark.parametrize("color", [ORANGE, RED])
def test_orange_and_red_are_the_citys_unless_the_reference_is_named(color: WarningColor) -> None:
    with pytest.raises(Invalid) as error:
        require_authority(OFFICE, color, None)
    assert refusal(error) == ("warning.authority_needed", "/authority_reference")
    require_authority(OFFICE, color, "市应急委电话授权")


@pytest.mark.parametrize("color", [BLUE, YELLOW])
def test_blue_and_yellow_are_the_districts_own_but_not_a_townships(color: WarningColor) -> None:
    require_authority(OFFICE, color, None)
    away = Office(adcode="110115", agency="123", name="某区应急管理局", needs_leave=True)
    with pytest.raises(Invalid) as error:
        require_authority(away, color, None)
    assert refusal(error)[0] == "warning.leave_needed"
    require_authority(away, color, "区应急委授权")


@given(before=st.sampled_from([*WarningColor, None]), after=st.sampled_from(list(WarningColor)))
def test_a_step_goes_up_or_down_or_is_none(before: WarningColor | None, after: WarningColor) -> None:
    allowed = []
    for upwards in (True, False):
        try:
            require_step(before, after, upwards=upwards)
            allowed.append(upwards)
        except Invalid:
            pass
    assert allowed == ([] if before is after else [is_higher(after, before)])


def test_an_identifier_has_31_characters_in_beijing_time() -> None:
    identifier = next_identifier(OFFICE, NOW, ())
    assert identifier == "11011512300000_20270101003005_0"
    assert re.fullmatch(r"[0-9]{14}_[0-9]{14}_[0-9]", identifier)
    assert len(identifier) == 31
    national = parse_national(identifier)
    assert national is not None
    assert (national.adcode, national.agency, national.issued_at) == ("110115", "123", NOW)


def test_ten_fit_into_a_second_and_no_more() -> None:
    given_out: list[str] = []
    for _ in range(10):
        given_out.append(next_identifier(OFFICE, NOW, given_out))
    assert given_out == list(identifiers_at(OFFICE, NOW))
    with pytest.raises(Unavailable):
        next_identifier(OFFICE, NOW, given_out)


def test_a_message_says_the_eight_statutory_points() -> None:
    alert = compose(
        OFFICE, notice(RED, "市防指令〔2026〕3号"), identifier="x_0", sent=NOW, status=CapStatus.ACTUAL,
        msg_type=MessageType.ALERT,
    )  # fmt: skip
    (info,) = alert.infos
    assert (info.kind and info.kind.name, alert.color, info.onset) == ("暴雨", RED, NOW)
    assert [area.description for area in info.areas] == ["榆垡镇"]
    assert (info.description, info.instruction) == ("有强降雨", "巡查积水点")
    assert (info.sender_name, alert.sent) == (OFFICE.name, NOW)
    assert (info.severity, authority_of(alert)) == (Severity.EXTREME, "市防指令〔2026〕3号")


def test_a_chain_refers_to_its_whole_history_and_only_the_last_holds() -> None:
    blue = message(BLUE)
    yellow = message(YELLOW, blue, seconds=1)
    lifted = compose(
        OFFICE, notice(YELLOW), identifier="end_0", sent=NOW + timedelta(seconds=2), status=CapStatus.ACTUAL,
        msg_type=MessageType.CANCEL, references=references_of(yellow), note="雨停",
    )  # fmt: skip
    assert [ref.identifier for ref in lifted.references] == [blue.identifier, yellow.identifier]
    assert lifted.infos[0].response_types == (ResponseType.ALL_CLEAR,)
    records: dict[str, WarningRecord] = {}
    for alert in (blue, yellow, lifted):
        for record in lifecycle(records.values(), alert, NOW, is_own=True).changed:
            records[record.alert.identifier] = record
    assert all(record.is_own for record in records.values())
    assert {record.state(NOW) for record in records.values()} == {WarningState.CANCELLED}


def test_an_update_of_the_same_second_still_acts() -> None:
    blue = message(BLUE)
    yellow = message(YELLOW, blue)
    assert blue.sent == yellow.sent
    first = lifecycle([], blue, NOW, is_own=True).record
    step = lifecycle([first], yellow, NOW, is_own=True)
    states = {record.alert.identifier: record.state(NOW) for record in step.changed}
    assert states == {blue.identifier: WarningState.SUPERSEDED, yellow.identifier: WarningState.CURRENT}


def test_an_exercise_never_touches_a_real_one() -> None:
    real = message(BLUE)
    drill = message(YELLOW, real, seconds=1, status=CapStatus.EXERCISE)
    assert not drill.is_real
    step = lifecycle([lifecycle([], real, NOW).record], drill, NOW)
    assert step.changed == (step.record,)


@pytest.mark.parametrize(
    ("start", "end", "pointers"),
    [
        (timedelta(), None, []),
        (timedelta(hours=-23), timedelta(hours=1), []),
        (timedelta(days=-2), None, ["/starts_at"]),
        (timedelta(days=31), None, ["/starts_at"]),
        (timedelta(hours=2), timedelta(hours=2), ["/ends_at"]),
        (timedelta(hours=-2), timedelta(hours=-1), ["/ends_at"]),
        (timedelta(days=40), timedelta(days=39), ["/starts_at", "/ends_at"]),
    ],
)
def test_a_period_that_cannot_be_meant_is_refused(start: timedelta, end: timedelta | None, pointers: list[str]) -> None:
    ends_at = None if end is None else NOW + end
    found: list[str] = []
    try:
        require_times(NOW + start, ends_at, NOW)
    except Invalid as error:
        found = [fault.pointer for fault in error.faults]
    assert found == pointers


def test_all_townships_are_the_district_and_some_are_named_one_by_one() -> None:
    codes = [one.code for one in townships()]
    (whole,) = areas_of(codes, None)
    assert (whole.description, whole.geocodes[0].value) == ("大兴区全域", "110115")
    assert [area.description for area in areas_of([*codes[:2], codes[0]], None)] == [
        one.name for one in townships()[:2]
    ]


def test_a_drawn_area_is_closed_and_says_which_townships_it_touches() -> None:
    (area,) = areas_of([], SQUARE)
    (ring,) = area.polygons
    assert (len(ring), ring[0]) == (5, ring[-1])
    assert area.description is not None
    assert "图上划定范围(涉及" in area.description


@pytest.mark.parametrize(
    ("codes", "polygon", "code"),
    [
        ([], None, "warning.area_missing"),
        (["999"], None, "location.township_unknown"),
        ([], [[116.3, 39.6], [116.3, 39.6], [116.4, 39.6]], "warning.area_too_few"),
        ([], [[116.3, 39.6], [116.4, 39.6], [116.35, 39.6]], "warning.area_crossing"),
        ([], [[116.3, 39.6], [116.4, 39.7], [116.4, 39.6], [116.3, 39.7]], "warning.area_crossing"),
        ([], [[39.60, 116.30], [39.60, 116.40], [39.70, 116.40]], "warning.area_outside"),
        ([], [[116.3, 39.6], [117.9, 39.6], [117.9, 39.9]], "warning.area_outside"),
    ],
)
def test_an_area_that_cannot_be_drawn_is_refused(
    codes: list[str], polygon: list[list[float]] | None, code: str
) -> None:
    with pytest.raises(Invalid) as error:
        areas_of(codes, polygon)
    assert error.value.code == code


def test_what_may_be_warned_of_is_no_social_security_incident_and_each_has_initials() -> None:
    kinds = warning_kinds()
    assert kinds["11B03"] == ("暴雨", "by")
    assert "12D02" in kinds
    assert not [code for code in kinds if code.startswith("14")]
    assert code_names().keys() == code_initials().keys()
    assert all(re.fullmatch("[a-z0-9]+", initials) for _, initials in kinds.values())


@pytest.mark.parametrize(
    ("code", "category"),
    [("11B03", Category.MET), ("11B25", Category.FIRE), ("12D02", Category.SAFETY), ("13A01", Category.HEALTH)],
)
def test_the_category_follows_the_code(code: str, category: Category) -> None:
    assert category_of(code) is category
