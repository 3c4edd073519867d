"""Warnings in the JSON of Chinese sources: mapped per source, the name before the code, every conflict named."""

from datetime import UTC, datetime

import pytest

from services.incident_intake.cap.document import read_document
from services.incident_intake.domain.cap_alert import CapAlert, CapReading
from services.incident_intake.domain.cap_words import CapStatus, MessageType
from services.incident_intake.domain.warning import Arrival, lifecycle
from shared.contracts.levels import WarningColor
from shared.kernel.errors import Malformed, TooLarge
from tests.harness.feed_documents import caiyun, qweather, tencent, weather_com_cn

NOW = datetime(2026, 7, 31, 12, 0, tzinfo=UTC)
ISSUED = datetime(2026, 7, 31, 0, 0, tzinfo=UTC)


def read(body: bytes) -> CapReading:
    return read_document(body, now=NOW)


def only(body: bytes) -> tuple[CapAlert, set[str]]:
    reading = read(body)
    (alert,) = reading.alerts
    return alert, {fault.code for fault in reading.faults}


@pytest.mark.parametrize(
    ("body", "wrapper", "code", "name", "color"),
    [
        (weather_com_cn(), "weather_com_cn", "11B17", "大雾", WarningColor.YELLOW),
        (tencent(), "tencent", "11B59", "持续低温", WarningColor.BLUE),
        (caiyun(), "caiyun", "11B17", "大雾", WarningColor.YELLOW),
        (qweather(), "qweather", "11B06", "大风", WarningColor.BLUE),
    ],
)
def test_each_source_is_known_by_its_shape(
    body: bytes, wrapper: str, code: str, name: str, color: WarningColor
) -> None:
    assert read(body).wrapper == wrapper
    alert, named = only(body)
    (info,) = alert.infos
    assert info.kind is not None
    assert (info.kind.code, info.kind.name, alert.color) == (code, name, color)
    assert not named & {"cap.event_code_conflict", "cap.level_code_conflict"}


def test_a_time_without_a_zone_is_beijing_time() -> None:
    assert only(weather_com_cn())[0].sent == ISSUED
    assert only(tencent())[0].sent == datetime(2026, 7, 31, 8, 25, tzinfo=UTC)


def test_the_name_beats_the_code_of_a_type_and_the_conflict_is_named() -> None:
    alert, named = only(weather_com_cn(SIGNALTYPE="暴雨", head="某区气象台发布暴雨黄色预警"))
    assert alert.infos[0].kind is not None
    assert (alert.infos[0].kind.code, alert.infos[0].kind.original_code) == ("11B03", "12")
    assert "cap.event_code_conflict" in named


def test_the_name_beats_the_code_of_a_level_and_the_conflict_is_named() -> None:
    alert, named = only(weather_com_cn(LEVELCODE="04"))
    assert alert.color is WarningColor.YELLOW
    assert "cap.level_code_conflict" in named


def test_the_code_stands_in_where_no_name_is_given() -> None:
    alert, named = only(weather_com_cn(SIGNALTYPE="", SIGNALLEVEL="", YJYC_EN="", head="某区气象台发布预警"))
    assert alert.infos[0].kind is not None
    assert (alert.infos[0].kind.code, alert.color) == ("11B17", WarningColor.YELLOW)
    assert not named & {"cap.event_code_conflict", "cap.level_code_conflict"}


def test_an_unknown_type_is_kept_as_it_was_written() -> None:
    alert, named = only(tencent(type_name="地震灾害气象服务", type_code="77"))
    assert alert.infos[0].kind is not None
    kind = alert.infos[0].kind
    assert (kind.code, kind.name, kind.original_code) == ("11B99", "地震灾害气象服务", "77")
    assert "cap.event_code_unknown" in named


@pytest.mark.parametrize(
    ("title", "color"),
    [
        ("发布大雾预警[IV/一般]", WarningColor.BLUE),
        ("发布大雾预警[III级/较重]", WarningColor.YELLOW),
        ("发布大雾预警[Ⅱ/严重]", WarningColor.ORANGE),
        ("发布大雾预警[I/特别严重]", WarningColor.RED),
    ],
)
def test_the_grade_in_brackets_is_a_name_whatever_adjective_the_province_uses(title: str, color: WarningColor) -> None:
    assert only(caiyun(title=title, code="1200"))[0].color is color


def test_a_reference_to_itself_is_none() -> None:
    alert, _ = only(weather_com_cn())
    assert (alert.msg_type, alert.references) == (MessageType.ALERT, ())


def test_an_update_supersedes_what_it_names() -> None:
    update = only(qweather())[0]
    before = only(
        qweather(id="202607310900001234567890", messageType={"code": "alert"}, issuedTime="2026-07-31T09:00+08:00")
    )[0]
    assert (update.msg_type, before.msg_type) == (MessageType.UPDATE, MessageType.ALERT)
    first = lifecycle([], before, NOW).record
    step = lifecycle([first], update, NOW)
    assert first.alert.identifier in {record.alert.identifier for record in step.changed if record.superseded_by}


@pytest.mark.parametrize(
    "body",
    [
        caiyun(status="预警解除"),
        weather_com_cn(head="某区气象台解除大雾黄色预警"),
        qweather(messageType={"code": "cancel", "supersedes": ["x"]}),
    ],
)
def test_a_lifting_is_a_cancel(body: bytes) -> None:
    assert only(body)[0].msg_type is MessageType.CANCEL


@pytest.mark.parametrize(
    ("title", "status"),
    [("【演练】某区发布暴雨红色预警", CapStatus.EXERCISE), ("测试:某区发布暴雨红色预警", CapStatus.TEST)],
)
def test_a_title_that_says_exercise_or_test_is_never_real(title: str, status: CapStatus) -> None:
    alert, _ = only(caiyun(title=title))
    assert (alert.status, alert.is_real) == (status, False)


def test_the_same_warning_by_two_sources_is_one() -> None:
    first, again = only(weather_com_cn())[0], only(caiyun())[0]
    assert first.key == again.key
    step = lifecycle([lifecycle([], first, NOW).record], again, NOW)
    assert (step.arrival, step.changed) == (Arrival.REPEATED_DIFFERENTLY, ())


def test_a_message_without_a_name_is_recognised_again() -> None:
    assert only(tencent())[0].key == only(tencent())[0].key
    assert only(tencent())[0].key != only(tencent(level_name="黄色", detail="升级"))[0].key


def test_an_entry_without_time_or_words_is_refused_and_the_others_stay() -> None:
    reading = read(tencent(update_time="昨天"))
    assert reading.alerts == ()
    assert [(fault.code, fault.refused) for fault in reading.faults if fault.refused] == [("cap.element_missing", True)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "cap.json_bad"),
        (b"var alarminfo=", "cap.json_bad"),
        (b'{"a":1}', "cap.json_unknown"),
        (b"[1,2]", "cap.json_unknown"),
        (b"[" * 100_000, "cap.json_bad"),
        (b'{"alert":{"content":"x"}}', "cap.json_unknown"),
    ],
)
def test_what_is_no_known_json_is_refused_by_name(body: bytes, code: str) -> None:
    with pytest.raises(Malformed) as error:
        read(body)
    assert error.value.code == code


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(TooLarge):
        read(b'{"warning":[' + b",".join([b"{}"] * 1001) + b"]}")


def test_gbk_and_a_byte_order_mark_are_read() -> None:
    for body in (weather_com_cn().decode().encode("gbk"), b"\xef\xbb\xbf" + caiyun()):
        assert only(body)[0].color is WarningColor.YELLOW
