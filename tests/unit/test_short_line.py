"""The one-line report: what is written is read again, what was hurt on the way is never filed in silence."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.incident_intake.domain.short_line.checksum import checksum, crc8
from services.incident_intake.domain.short_line.codec import Reading, decode, encode, read_fields
from services.incident_intake.domain.short_line.fields import FIELDS, MAX_BYTES, START
from services.incident_intake.domain.short_line.report import FieldReport, scene_time
from services.incident_intake.domain.short_line.spoken import number
from services.incident_intake.domain.short_line.tidy import BAR, tidy
from services.incident_intake.domain.short_line.voice import render_for_voice
from shared.contracts.levels import IncidentGrade
from shared.kernel.district import townships
from shared.kernel.errors import Invalid

RECEIVED = datetime(2025, 7, 31, 11, 0, tzinfo=UTC)
LINE = "SD1|107|07311842|11A02|3|0|2|3|60|120|NPR|堤外积水1.2米|冲锋舟2艇饮水300箱|张三|7|EA"
BODY = LINE[:-2]


def _words(characters: int, *, plain: bool) -> st.SearchStrategy[str]:
    def fits(text: str) -> bool:
        short = len(text) <= characters and len(text.encode("gb18030")) <= 2 * characters
        return short and BAR not in text and not START.search(text + BAR)

    return (
        st.text(st.characters(exclude_categories=["Cs", "Mn", "Mc", "Me"] if plain else ["Cs"]), max_size=characters)
        .map(tidy)
        .filter(fits)
    )


def _count(most: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(0, most)


def _reports(*, plain: bool) -> st.SearchStrategy[FieldReport]:
    return st.builds(
        FieldReport,
        unit=st.sampled_from([place.code[-3:] for place in townships()]),
        occurred_at=st.integers(0, 300 * 1440).map(lambda minutes: RECEIVED - timedelta(minutes=minutes)),
        type_code=st.from_regex(r"\A[0-9]{2}[0-9A-Z][0-9]{2}\Z"),
        grade=st.none() | st.sampled_from(IncidentGrade),
        dead=_count(999),
        missing=_count(999),
        injured=_count(999),
        trapped=_count(9999),
        moved=_count(99_999),
        outage=st.sampled_from(["", "N", "P", "R", "NP", "NR", "PR", "NPR"]),
        risk=_words(20, plain=plain),
        need=_words(20, plain=plain),
        by=_words(4, plain=plain),
        sequence=st.integers(1, 999),
    )


reports = _reports(plain=False)
plain_reports = _reports(plain=True)
"""Without marks that melt together with the letter before them: those change more than one character."""


def read(text: str) -> Reading:
    (found,) = decode(text, RECEIVED)
    return found


def accepted(text: str) -> list[FieldReport]:
    """What would be filed without asking anybody."""
    return [one.report for one in decode(text, RECEIVED) if one.is_checked and one.report]


def test_the_published_check_of_the_algorithm() -> None:
    assert crc8(b"123456789") == 0x4B


def test_the_example_of_the_format() -> None:
    found = read(LINE)
    assert found.is_checked
    assert found.report is not None
    assert found.report.occurred_at == datetime(2025, 7, 31, 10, 42, tzinfo=UTC)
    assert (found.report.dead, found.report.missing, found.report.trapped, found.report.moved) == (0, 2, 60, 120)
    assert len(LINE.encode("gb18030")) == 84


@given(reports)
@settings(max_examples=100)
def test_what_is_written_is_read_again(report: FieldReport) -> None:
    line = encode(report)
    assert len(line.encode("gb18030")) <= MAX_BYTES
    found = read(line)
    assert found.is_checked
    assert found.report == report


def test_the_longest_line_has_149_bytes() -> None:
    longest = FieldReport(
        unit="107", occurred_at=RECEIVED, type_code="11A02", grade=None, dead=999, missing=999, injured=999,
        trapped=9999, moved=99_999, outage="NPR", risk="险" * 20, need="需" * 20, by="报告人员", sequence=999,
    )  # fmt: skip
    assert len(encode(longest).encode("gb18030")) == MAX_BYTES


@given(reports, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_wide_wrapped_spaced_and_lower_case_lines_say_the_same(report: FieldReport, chance: random.Random) -> None:
    line = encode(report)
    codes = line.split(BAR)
    for at in (0, 3, 10, 15):  # texts keep their case
        codes[at] = codes[at].lower()
    hurt = "".join(
        (chr(ord(one) + 0xFEE0) if "!" <= one <= "~" and chance.random() < 0.3 else one)
        + chance.choice(["", "", "", " ", "\r\n", "\u3000", "\u200b"])
        for one in BAR.join(codes)
    )
    assert accepted(f"速报 {hurt} ") == [report]


@given(plain_reports, st.data())
@settings(max_examples=150)
def test_every_change_of_one_character_of_a_code_is_caught(report: FieldReport, data: st.DataObject) -> None:
    line = encode(report)
    places = [at for at, one in enumerate(line) if one.isascii()]
    at = data.draw(st.sampled_from(places))
    other = data.draw(st.characters(min_codepoint=0x20, max_codepoint=0x7E).filter(lambda one: one != line[at]))
    assert accepted(line[:at] + other + line[at + 1 :]) in ([], [report]), "wrong, and filed without a question"


def test_every_change_of_every_digit_letter_and_bar_of_the_example_is_caught() -> None:
    truth = read(LINE).report
    for at, one in enumerate(LINE):
        for other in map(chr, range(0x21, 0x7F)):
            if one.isascii() and other != one:
                assert accepted(LINE[:at] + other + LINE[at + 1 :]) in ([], [truth])


def test_every_exchange_of_two_characters_of_codes_is_caught() -> None:
    truth = read(LINE).report
    places = [at for at, one in enumerate(LINE) if one.isascii()]
    for first in places:
        for second in places:
            changed = list(LINE)
            changed[first], changed[second] = changed[second], changed[first]
            assert accepted("".join(changed)) in ([], [truth])


def test_another_chinese_character_is_missed_once_in_256_times_at_most_about() -> None:
    at = LINE.index("堤")
    others = [chr(code) for code in range(0x4E00, 0x9FA5, 4) if chr(code) not in {"堤", "丨"}]
    missed = sum(bool(accepted(LINE[:at] + other + LINE[at + 1 :])) for other in others)
    assert 0 < missed / len(others) < 1.2 / 256


@given(reports, st.data())
@settings(max_examples=100)
def test_lost_and_doubled_characters_never_make_another_report_often(report: FieldReport, data: st.DataObject) -> None:
    line = encode(report)
    bars = [at for at, one in enumerate(line) if one == BAR]
    at = data.draw(st.sampled_from(bars))
    assert accepted(line[:at] + line[at + 1 :]) == []
    assert accepted(line[:at] + BAR + line[at:]) == []


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_no_text_breaks_the_reader(text: str) -> None:
    for found in decode(text, RECEIVED):
        assert found.report is None or not found.faults


@given(st.lists(st.text(max_size=12), min_size=15, max_size=15))
def test_no_fields_break_the_reader(values: list[str]) -> None:
    for found in decode("SD1|" + BAR.join(values), RECEIVED):
        assert found.report is None or not found.faults


@given(st.dictionaries(st.sampled_from([field.name for field in FIELDS]), st.text(max_size=30)))
def test_no_typed_fields_break_the_reader(said: dict[str, str]) -> None:
    assert not read_fields(said, RECEIVED).is_checked or said.get("chk")


def test_a_wrong_check_shows_the_fields_and_asks() -> None:
    found = read(BODY + "00")
    assert not found.is_checked
    assert found.report is not None
    assert found.expected == "EA"
    assert found.faults == ()


def test_a_line_without_a_check_is_not_accepted_by_itself() -> None:
    assert not read(BODY).is_checked


def test_several_lines_in_one_text() -> None:
    second = LINE.replace("|60|", "|65|").replace("|7|EA", "|8|")
    second += checksum(second)
    assert [one.trapped for one in accepted(f"{LINE}\n{second}")] == [60, 65]


@pytest.mark.parametrize(
    ("wrong", "right", "pointer"),
    [
        ("|999|", "|107|", "/unit"),
        ("|13311842|", "|07311842|", "/occurred"),
        ("|07311862|", "|07311842|", "/occurred"),
        ("|XYZ|", "|11A02|", "/event"),
        ("|9|", "|3|0|", "/grade"),
        ("|NN|", "|NPR|", "/outage"),
        ("|0|", "|7|", "/seq"),
    ],
)
def test_a_field_that_cannot_be_true_is_named(wrong: str, right: str, pointer: str) -> None:
    text = BODY.replace(right, wrong + ("0|" if right == "|3|0|" else ""), 1)
    found = read(text + checksum(text))
    assert [fault.pointer for fault in found.faults] == [pointer]
    assert found.report is None


def test_a_later_format_is_not_guessed_at() -> None:
    found = read(LINE.replace("SD1", "SD2"))
    assert [fault.code for fault in found.faults] == ["short_line.version_unknown"]


def test_unknown_numbers_are_an_answer() -> None:
    report = read(LINE).report
    assert report is not None
    assert read(encode(replace(report, dead=None))).report == replace(report, dead=None)


def test_what_does_not_fit_is_refused_before_it_is_sent() -> None:
    report = read(LINE).report
    assert report is not None
    for change in ({"risk": "险" * 21}, {"by": "五个字的名"}, {"moved": 100_000}, {"need": "a|b"}, {"risk": "SD1"}):
        with pytest.raises(Invalid, match=r"short_line\.field"):
            encode(replace(report, **change))


@pytest.mark.parametrize(
    ("digits", "received", "expected"),
    [
        ("12312350", datetime(2026, 1, 1, 2, tzinfo=UTC), datetime(2025, 12, 31, 15, 50, tzinfo=UTC)),
        ("01010010", datetime(2025, 12, 31, 16, 5, tzinfo=UTC), datetime(2025, 12, 31, 16, 10, tzinfo=UTC)),
        ("02290800", datetime(2026, 3, 1, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_the_year_is_the_last_one_that_fits(digits: str, received: datetime, expected: datetime) -> None:
    assert scene_time(digits, received) == expected


def test_the_thirtieth_of_february_is_no_date() -> None:
    assert scene_time("02300800", RECEIVED) is None


def test_a_line_is_said_in_the_order_of_its_fields() -> None:
    said = render_for_voice(read(LINE).values)
    assert [one.name for one in said] == [field.name for field in FIELDS]
    assert {one.name: one.spoken for one in said}["trapped"] == "六十(六洞)"
    assert {one.name: one.spoken for one in said}["occurred"] == "洞拐月三幺日,幺八时四两分"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "洞"),
        ("12", "十二(幺两)"),
        ("101", "一百零一(幺洞幺)"),
        ("10010", "一万零一十(幺洞洞幺洞)"),
        ("X", "不明"),
    ],
)
def test_numbers_are_said_whole_and_digit_by_digit(text: str, said: str) -> None:
    assert number(text) == said
