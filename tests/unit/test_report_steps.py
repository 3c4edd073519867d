"""The steps of a report, for every order in which people may try them."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.information_reporting.domain.changes import changes, only_changed, overlaid
from services.information_reporting.domain.fields import ORDER, gaps, pasted, read_values
from services.information_reporting.domain.naming import chinese_number, report_title
from services.information_reporting.domain.report import (
    OPEN,
    TRANSITIONS,
    Report,
    require_open,
    require_revisable,
    step,
)
from shared.contracts.events.report import ReportKind, ReportState
from shared.kernel.errors import Conflict, Invalid

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ACTS = ("submit", "return", "sign", "send", "receipt")
PATH = (ReportState.DRAFT, ReportState.REVIEW, ReportState.SIGNED, ReportState.SENT, ReportState.RECEIPTED)


def report(kind: ReportKind = ReportKind.INITIAL, **more: Any) -> Report:
    values: dict[str, Any] = {
        "id": "r1", "kind": kind, "serial": 1, "revision": 1, "title": "x", "state": ReportState.DRAFT, "version": 1,
        "home_site": "hub", "exercise": False, "created_at": NOW, "updated_at": NOW, "created_by": "a",
        "created_by_name": "甲",
    }  # fmt: skip
    return Report(**{**values, **more})


@given(st.lists(st.sampled_from(ACTS), max_size=30))
def test_whatever_is_tried_a_report_goes_the_one_way_and_is_signed_once(acts: list[str]) -> None:
    now, signed, seen = report(), 0, [ReportState.DRAFT]
    for act in acts:
        if act not in TRANSITIONS[now.state]:
            with pytest.raises(Conflict) as refused:
                step(now, act)
            assert refused.value.code in {"report.transition_refused", "report.signed_already"}
            continue
        target = step(now, act)
        was_signed = now.signed_at is not None
        if act == "sign":
            signed += 1
            now = replace(now, signed_at=NOW, signer_name="乙")
        now = replace(now, state=target)
        seen.append(target)
        assert not (was_signed and target in OPEN), "what is signed never becomes a draft again"
    assert signed <= 1
    steps = [PATH.index(after) - PATH.index(before) for before, after in pairwise(seen)]
    assert set(steps) <= {1, -1}, "no state is jumped over"


@given(st.sampled_from(ReportState), st.sampled_from(ACTS))
def test_a_superseded_report_goes_nowhere(state: ReportState, act: str) -> None:
    with pytest.raises(Conflict) as refused:
        step(report(state=state, superseded_by="r2"), act)
    assert refused.value.code == "report.superseded"


@pytest.mark.parametrize("state", ReportState)
def test_only_what_is_not_signed_may_be_edited(state: ReportState) -> None:
    if state in OPEN:
        require_open(report(state=state))
    else:
        with pytest.raises(Conflict, match=r"report\.signed_already"):
            require_open(report(state=state, signer_name="乙"))


@pytest.mark.parametrize(
    ("kind", "state", "differ", "code"),
    [
        (ReportKind.FINAL, ReportState.SENT, True, None),
        (ReportKind.FINAL, ReportState.SENT, False, "report.revision_not_due"),
        (ReportKind.INITIAL, ReportState.SENT, True, "report.use_follow_up"),
        (ReportKind.FOLLOW_UP, ReportState.RECEIPTED, True, "report.use_follow_up"),
        (ReportKind.INITIAL, ReportState.SIGNED, False, None),
        (ReportKind.INITIAL, ReportState.REVIEW, True, "report.not_signed"),
        (ReportKind.DAILY, ReportState.SENT, True, "report.revision_not_due"),
    ],
)
def test_a_new_version_is_made_only_where_one_is_due(
    kind: ReportKind, state: ReportState, differ: bool, code: str | None
) -> None:
    given_one = report(kind, state=state)
    if code is None:
        require_revisable(given_one, facts_differ=differ)
        return
    with pytest.raises(Conflict) as refused:
        require_revisable(given_one, facts_differ=differ)
    assert refused.value.code == code


VALUES = st.dictionaries(
    st.sampled_from(ORDER), st.one_of(st.none(), st.integers(0, 99), st.text("死伤12", max_size=4))
)


@given(VALUES, VALUES)
def test_a_follow_up_tells_exactly_what_the_superiors_do_not_know(before: Any, after: Any) -> None:
    told = only_changed(before, after)
    assert all(before.get(name) != value and value not in {None, ""} for name, value in told.items())
    assert overlaid(before, told) == overlaid(before, after)
    assert changes(overlaid(before, after), after) == ()
    assert all(change.numeric == (isinstance(change.before, int) or isinstance(change.after, int)
                                  or change.field in {"dead", "missing", "serious", "injured", "trapped"})
               for change in changes(before, after))  # fmt: skip


def test_gaps_are_named_and_zero_is_an_answer() -> None:
    assert "dead" in gaps(ReportKind.INITIAL, {}, "12G03")
    assert "dead" not in gaps(ReportKind.INITIAL, {"dead": 0}, "12G03")
    assert "unit_profile" in gaps(ReportKind.INITIAL, {}, "12D02")
    assert "unit_profile" not in gaps(ReportKind.INITIAL, {}, "11A02")
    assert gaps(ReportKind.SPECIAL, {"process": "x"}, "12D02") == ()


@pytest.mark.parametrize(
    ("typed", "read"), [("12", 12), ("１２", 12), (" ３ 人", 3), ("", None), (None, None), (0, 0), (4.0, 4)]
)
def test_figures_are_read_as_offices_type_them(typed: Any, read: int | None) -> None:
    assert read_values({"dead": typed}) == {"dead": read}


@pytest.mark.parametrize("typed", ["-1", "两人", "1.5", "99999999", -1, True, [], 1e9, float("nan")])
def test_what_is_no_figure_is_refused_by_its_field(typed: Any) -> None:
    with pytest.raises(Invalid) as refused:
        read_values({"dead": typed})
    assert [fault.pointer for fault in refused.value.faults] == ["/fields/dead"]


def test_pasted_word_text_becomes_plain_and_ten_thousand_characters_pass() -> None:
    assert pasted("一\x0b二\u2028三\r\n四\u00a0\u200b五\x07六\ufeff") == "一\n二\n三\n四 五\t六"
    assert read_values({"process": "字" * 10_000}) == {"process": "字" * 10_000}
    with pytest.raises(Invalid) as refused:
        read_values({"process": "字" * 10_001, "nonsense": 1})
    assert [fault.code for fault in refused.value.faults] == ["field.too_long", "report.field_unknown"]


def test_follow_ups_are_counted_in_chinese() -> None:
    spoken = [chinese_number(number) for number in (1, 10, 11, 20, 35, 99, 100)]
    assert spoken == ["一", "十", "十一", "二十", "三十五", "九十九", "100"]
    assert report_title(ReportKind.FOLLOW_UP, 2, 1, about="某火灾") == "关于某火灾的续报（二）"
    assert report_title(ReportKind.FINAL, 1, 2, about="某火灾") == "关于某火灾的终报（第2版）"
