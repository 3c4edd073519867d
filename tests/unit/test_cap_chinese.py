"""Chinese warnings: colour, national identifier, kind; and the samples of the package."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from services.incident_intake.cap import sample_series
from services.incident_intake.cap.kinds import code_names
from services.incident_intake.cap.reader import read_cap
from services.incident_intake.domain.cap_alert import CapInfo, CapReading
from services.incident_intake.domain.cap_words import Severity
from services.incident_intake.domain.warning import WarningRecord, WarningState, lifecycle
from shared.contracts.levels import WarningColor
from tests.harness.cap_documents import NOW, alert, info, pair

FOREIGN = {"identifier": "X1", "sender": "met@example.org"}


def read(text: str | bytes, now: datetime = NOW) -> CapReading:
    return read_cap(text.encode() if isinstance(text, str) else text, now=now)


def only(text: str) -> tuple[CapInfo, list[str]]:
    reading = read(text)
    return reading.alerts[0].infos[0], [fault.code for fault in reading.faults]


def test_an_explicit_colour_comes_first_and_a_contradiction_is_named() -> None:
    found, named = only(alert(info(pair("parameter", "ColorCode", "Red"), headline="大兴发布暴雨橙色预警")))
    assert (found.color, named) == (WarningColor.RED, ["cap.color_conflict"])


@pytest.mark.parametrize(("name", "value"), [("colorcode", "YELLOW"), ("预警颜色", "黄色"), ("Color", "黄")])
def test_colours_are_stated_in_many_ways(name: str, value: str) -> None:
    assert only(alert(info(pair("parameter", name, value), severity="Minor")))[0].color is WarningColor.YELLOW


@pytest.mark.parametrize(
    ("headline", "color"),
    [
        ("大兴区气象台发布暴雨红色预警信号", WarningColor.RED),
        ("将暴雨蓝色预警升级为黄色预警", WarningColor.YELLOW),
        ("暴雨黄色预警信号升级为暴雨橙色预警信号", WarningColor.ORANGE),
        ("暴雨橙色预警降级至蓝色", WarningColor.BLUE),
        ("继续发布大风黄色预警", WarningColor.YELLOW),
    ],
)
def test_the_title_tells_the_colour(headline: str, color: WarningColor) -> None:
    found, named = only(alert(info(headline=headline, event="其他", severity="Extreme")))
    assert (found.color, named) == (color, [])


def test_a_title_with_two_colours_is_ambiguous_and_severity_decides() -> None:
    found, named = only(alert(info(headline="平山街道暴雨黄色，其余镇街橙色", severity="Severe")))
    assert (found.color, named) == (WarningColor.ORANGE, ["cap.color_ambiguous"])


@pytest.mark.parametrize(
    ("severity", "color"),
    [("Minor", "blue"), ("Moderate", "yellow"), ("Severe", "orange"), ("Extreme", "red"), ("Unknown", None)],
)
def test_severity_stands_for_a_colour_with_chinese_senders_only(severity: str, color: str | None) -> None:
    assert only(alert(info(severity=severity)))[0].color == color
    assert only(alert(info(severity=severity, language="en-US", event="Storm"), **FOREIGN))[0].color is None


def test_foreign_colours_are_not_ours() -> None:
    foreign = info(pair("parameter", "Colour", "orange"), language="en-CA", event="Storm", headline="orange warning")
    assert only(alert(foreign, **FOREIGN))[0].color is None
    taiwan = info(language="zh-TW", event="豪雨", headline="橙色警戒")
    assert only(alert(taiwan, **FOREIGN))[0].color is None


def test_a_colour_in_the_place_of_the_severity_is_understood_and_named() -> None:
    found, named = only(alert(info(severity="ORANGE")))
    assert (found.color, found.severity, named) == (WarningColor.ORANGE, Severity.SEVERE, ["cap.severity_is_color"])
    found, named = only(alert(info(severity="ORANGE", language="en-US", event="Storm"), **FOREIGN))
    assert (found.color, found.severity, named) == (None, None, ["cap.word_unknown"])


def test_the_highest_colour_of_several_blocks_is_the_alerts() -> None:
    (found,) = read(alert(info(severity="Moderate"), info(severity="Severe"), info(severity="Minor"))).alerts
    assert found.color is WarningColor.ORANGE


def test_the_national_identifier_is_parsed() -> None:
    national = read(alert(identifier="11011541600000_20260731180000_3")).alerts[0].national
    assert national is not None
    assert (national.adcode, national.agency, national.department, national.branch) == ("110115", "416", "000", "00")
    assert (national.issued_at, national.serial) == (datetime(2026, 7, 31, 10, tzinfo=UTC), "3")


def test_the_serial_of_the_national_identifier_may_be_missing() -> None:
    national = read(alert(identifier="11011541600000_20171024204500")).alerts[0].national
    assert national is not None
    assert (national.issued_at, national.serial) == (datetime(2017, 10, 24, 12, 45, tzinfo=UTC), None)


def test_a_national_identifier_with_an_impossible_time_is_named() -> None:
    reading = read(alert(identifier="11011541600000_20261331180000"))
    assert reading.alerts[0].national is None
    assert [fault.code for fault in reading.faults] == ["cap.national_time_bad"]


@pytest.mark.parametrize(
    ("event", "headline", "code"),
    [
        ("暴雨", "", "11B03"),
        ("暴雨橙色预警信号", "", "11B03"),
        ("雷雨大风", "", "11B20"),
        ("海上大风", "", "11B23"),
        ("空气重污染", "", "11B29"),
        ("森林（草原）火险", "", "11B41"),
        ("气象预警", "大兴区气象台发布雷电黄色预警信号", "11B14"),
        ("气象预警", "大兴区发布霾橙色预警", "11B19"),
    ],
)
def test_the_name_tells_the_kind(event: str, headline: str, code: str) -> None:
    found, _ = only(alert(info(event=event, headline=headline)))
    assert found.kind is not None
    assert (found.kind.code, found.kind.name, found.kind.original_code) == (code, code_names()[code], None)


def test_the_name_beats_the_code_and_the_conflict_is_named() -> None:
    reading = read(alert(info(pair("eventCode", "code", "11B09"), event="暴雨")))
    kind = reading.alerts[0].infos[0].kind
    assert kind is not None
    assert (kind.code, kind.name, kind.original_code) == ("11B03", "暴雨", "11B09")
    (fault,) = reading.faults
    assert fault.code == "cap.event_code_conflict"
    assert fault.params == {"event_code": "11B09", "code_name": "高温", "name": "暴雨"}


def test_a_code_alone_is_taken_from_event_code_or_identifier() -> None:
    for text in (
        alert(info(pair("eventCode", "code", "11B17"), event="Fog")),
        alert(info(event="Fog"), identifier="110115-11B17-0001"),
    ):
        kind = only(text)[0].kind
        assert kind is not None
        assert (kind.code, kind.name, kind.original_code) == ("11B17", "大雾", "11B17")


def test_an_unknown_code_is_kept_as_it_was_written_and_named() -> None:
    found, named = only(alert(info(pair("eventCode", "code", "11B88"), event="新灾种")))
    assert found.kind is not None
    assert (found.kind.code, found.kind.name, found.kind.original_code) == ("11B88", None, "11B88")
    assert named == ["cap.event_code_unknown"]


def test_the_table_has_each_code_and_name_once() -> None:
    names = code_names()
    assert len(names) == len(set(names.values())) == 62
    assert names["11B99"] == "其他气象灾害"


def test_every_sample_is_read_without_a_fault() -> None:
    names = sorted(path.name for path in (files(sample_series.__package__) / "samples").iterdir())
    assert names == sorted([*sample_series.RAINSTORM, sample_series.EXERCISE])
    for name in names:
        reading = read(sample_series.sample(name), now=datetime(2026, 8, 2, tzinfo=UTC))
        assert reading.faults == (), name
        (found,) = reading.alerts
        assert found.national is not None
        assert (found.national.adcode, found.national.issued_at) == ("110115", found.sent)
        assert found.infos[0].kind is not None
        assert found.infos[0].kind.code == "11B03"


def test_the_sample_rainstorm_rises_to_red_and_is_lifted() -> None:
    start = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    records: dict[str, WarningRecord] = {}
    seen: list[tuple[str | None, list[WarningState]]] = []
    for body in sample_series.rainstorm_series(start):
        (message,) = read(body, now=start + timedelta(days=3)).alerts
        step = lifecycle(records.values(), message, message.sent)
        records |= {record.alert.identifier: record for record in step.changed}
        assert not step.record.unresolved
        seen.append((message.color, [record.state(message.sent) for record in records.values()]))
    current, superseded, cancelled = WarningState.CURRENT, WarningState.SUPERSEDED, WarningState.CANCELLED
    assert seen == [
        ("blue", [current]),
        ("yellow", [superseded, current]),
        ("orange", [superseded, superseded, current]),
        ("red", [superseded, superseded, superseded, current]),
        ("red", [cancelled] * 5),
    ]
    assert next(iter(records.values())).alert.sent == start


def test_the_sample_exercise_is_not_real() -> None:
    (message,) = read(sample_series.exercise(NOW)).alerts
    assert (message.is_real, message.color, message.sent) == (False, WarningColor.ORANGE, NOW)
