"""Grades by the rules: boundaries of every row, any of the metrics, never lower for worse figures, in any order."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident_intake.domain.casualties import Statement, take_figures
from services.incident_intake.domain.grading.assess import People, assess, gravest, is_graver
from services.incident_intake.domain.grading.editing import check_rules, rules_from, rules_json
from services.incident_intake.domain.grading.figures import FIELDS
from services.incident_intake.domain.grading.rules import GRADES, Metric, Threshold, standard_rules
from services.incident_intake.domain.incident import Incident
from services.incident_intake.domain.regrading import regraded, window_end
from services.incident_intake.schemas.grading import FigureField
from shared.contracts.events.grading import Command, Grading, GradingWay
from shared.contracts.levels import IncidentGrade
from shared.kernel.errors import Invalid
from shared.kernel.ids import new_id
from tests.unit.test_intake_domain import NOW, an_incident

RULES = standard_rules()
I, II, III, IV = GRADES  # noqa: E741 — the law's own names
CODE = {"生产安全事故": "12C01", "火灾": "12G03", "道路交通事故": "12H02", "其他事故灾难": "12P13", "森林火灾": "11G01"}
LATER = NOW + timedelta(minutes=1)


def graded(code: str | None = "12C01", **figures: Any) -> Incident:
    return regraded(an_incident(type_code=code, **figures), RULES, NOW)


def figure_of(metric: Metric, value: float) -> dict[str, float]:
    return {{"deaths": "dead"}.get(metric.value, metric.value): value}


@pytest.mark.parametrize("row", RULES.thresholds, ids=lambda row: row.id)
def test_each_row_begins_with_its_number_and_not_below_it(row: Threshold) -> None:
    code = next(start for start in row.scope) if row.group != "其他事故灾难" else "12P13"
    step = 0.01 if row.metric is Metric.BURNT_HECTARES else 1
    assert graded(code, **figure_of(row.metric, row.at_least)).grade is row.grade
    if row.at_least >= step:
        below = graded(code, **figure_of(row.metric, row.at_least - step)).grade
        assert is_graver(row.grade, below)


@pytest.mark.parametrize("code", ["12C01", "12G03", "12H02", "12P13"])
@pytest.mark.parametrize(
    ("field", "numbers"),
    [
        ("dead", [(0, IV), (2, IV), (3, III), (9, III), (10, II), (29, II), (30, I)]),
        ("serious", [(0, IV), (9, IV), (10, III), (49, III), (50, II), (99, II), (100, I)]),
        ("loss_yuan", [(9_999_999, IV), (10_000_000, III), (49_999_999, III), (50_000_000, II), (99_999_999, II),
                       (100_000_000, I)]),
    ],
)  # fmt: skip
def test_the_table_of_accidents_and_fires(code: str, field: str, numbers: list[tuple[int, IncidentGrade]]) -> None:
    assert [(number, graded(code, **{field: number}).grade) for number, _ in numbers] == numbers


@pytest.mark.parametrize(
    ("field", "numbers"),
    [
        ("burnt_hectares", [(0.0, IV), (0.6, IV), (0.99, IV), (1.0, III), (1.4, III), (99.9, III), (100.0, II),
                            (999.9, II), (1000.0, I)]),
        ("dead", [(0, None), (1, IV), (2, IV), (3, III), (9, III), (10, II), (29, II), (30, I)]),
        ("serious", [(0, None), (1, IV), (9, IV), (10, III), (49, III), (50, II), (99, II), (100, I)]),
    ],
)  # fmt: skip
def test_the_table_of_forest_fires(field: str, numbers: list[tuple[float, IncidentGrade | None]]) -> None:
    assert [(number, graded("11G01", **{field: number}).grade) for number, _ in numbers] == numbers


def test_every_group_of_rules_was_tried() -> None:
    assert {row.group for row in RULES.thresholds} == set(CODE)
    assert {GRADES.index(row.grade) for row in RULES.thresholds} == {0, 1, 2, 3}


def test_any_one_figure_is_enough_and_the_gravest_counts() -> None:
    assert graded(dead=1, serious=50, loss_yuan=10_000_000).grade is II
    assert graded(dead=30, serious=0, loss_yuan=0).grade is I


def test_the_acutely_poisoned_count_as_seriously_hurt() -> None:
    assert graded(serious=4, acute_poisoned=6).grade is III
    assert graded(serious=None, acute_poisoned=10).grade is III
    assert graded(serious=4, acute_poisoned=5).grade is IV


def test_the_missing_count_as_reported_and_not_as_confirmed() -> None:
    fire = graded("12G03", dead=4, missing=9)
    assert (fire.grade, fire.possible_grade, fire.dead) == (III, II, 4)
    assert fire.grading is not None
    assert fire.grading.reported_deaths == 13
    only_missing = graded("12G03", missing=3)
    assert (only_missing.grade, only_missing.possible_grade) == (None, III)


def test_what_is_not_known_gives_no_grade_and_a_known_zero_the_lowest() -> None:
    assert graded().grade is None
    assert graded(dead=0, serious=0).grade is IV


def test_social_security_is_never_graded_by_rule_and_may_be_by_a_person() -> None:
    incident = graded("14A01", dead=40, serious=200)
    assert (incident.grade, incident.possible_grade) == (None, None)
    assert incident.grading is not None
    assert incident.grading.way is GradingWay.NOT_GRADED
    by_person = regraded(replace(incident, grading=Grading(manual_grade=III, reason="另有规定")), RULES, NOW)
    assert by_person.grade is III


@pytest.mark.parametrize("code", ["12Q01", "12T03", "12T00", "13B03", "11A02"])
def test_what_493_does_not_speak_of_is_graded_by_hand(code: str) -> None:
    incident = graded(code, dead=12)
    assert (incident.grade, incident.grading and incident.grading.way) == (None, GradingWay.BY_HAND)


def test_a_sensitive_incident_runs_by_the_clocks_of_a_larger_one() -> None:
    assert graded("12G03", dead=2, sensitive=True).clock_grade is III
    assert graded("12G03", dead=2).clock_grade is IV
    assert graded("12G03", dead=12, sensitive=True).clock_grade is II
    assert graded("14A01", sensitive=True).clock_grade is III
    assert graded("12C01", dead=2, missing=4).clock_grade is III, "the missing are reported (493 §12)"


def test_a_grade_by_hand_stands_and_what_the_rules_say_beyond_it_is_shown() -> None:
    manual = an_incident(type_code="12G03", dead=12, grading=Grading(manual_grade=III, reason="死因待定"))
    after = regraded(manual, RULES, NOW)
    assert (after.grade, after.possible_grade) == (III, II)
    assert after.grading is not None
    assert (after.grading.manual, after.grading.confirmed, after.grading.reason) == (True, II, "死因待定")
    assert after.command_transfer is not None, "what the rules say asks for the step all the same"


def test_an_incident_of_unknown_type_is_at_most_possibly_grave() -> None:
    incident = graded(None, dead=12)
    assert (incident.grade, incident.possible_grade) == (None, II)


def test_command_goes_to_the_city_from_the_second_grade_on_and_the_step_stays_when_done() -> None:
    before = graded("12G03", dead=9)
    assert before.grading is not None
    assert (before.grading.command, before.command_transfer) == (Command.DISTRICT, None)
    due = regraded(replace(before, dead=12), RULES, LATER)
    assert due.grading is not None
    assert due.command_transfer is not None
    assert (due.grading.command, due.command_transfer.due_since) == (Command.CITY, LATER)
    worse = regraded(replace(due, dead=31), RULES, LATER + timedelta(hours=1))
    assert worse.command_transfer == due.command_transfer, "due since it became so"
    assert regraded(replace(due, dead=2), RULES, LATER).command_transfer is None
    done = replace(due, command_transfer=due.command_transfer.model_copy(update={"done_at": LATER}))
    assert regraded(replace(done, dead=2), RULES, LATER).command_transfer == done.command_transfer


def test_the_window_ends_with_the_last_day_on_the_wall_and_is_shorter_for_fire_and_traffic() -> None:
    at = datetime(2025, 1, 29, 17, 0, tzinfo=UTC)  # 30 January, one o'clock, in the district
    ends = datetime(2025, 2, 6, 16, 0, tzinfo=UTC)  # midnight after 6 February
    assert window_end(at, 7) == ends
    for code, days in (("12G03", 7), ("12H02", 7), ("12C01", 30), ("11G01", 30), (None, 30)):
        window = graded(code).casualty_window
        assert window is not None
        assert window.days == days, code


def stated(incident: Incident, at: datetime, **values: int | None) -> Incident:
    said = Statement(by="甲", now=at, new_id=new_id)
    return regraded(take_figures(incident, values, said).incident, RULES, at)


def test_what_became_so_after_the_window_is_kept_and_not_counted() -> None:
    fire = graded("12G03", dead=12)
    third, eighth = NOW + timedelta(days=3), NOW + timedelta(days=8)
    counted = stated(fire, third, dead=13)
    assert counted.dead == 13
    late = stated(counted, eighth, dead=14)
    assert (late.dead, late.grade) == (13, II)
    assert late.casualty_window is not None
    assert [(one.field, one.value, one.counted) for one in late.casualty_window.late] == [("dead", 14, False)]
    again = stated(late, eighth, dead=14)
    assert again.casualty_window == late.casualty_window, "said twice, kept once"
    other = stated(late, eighth, loss_yuan=200_000_000)
    assert (other.grade, other.loss_yuan) == (I, 200_000_000), "the window is of people, not of money"


@pytest.mark.parametrize(("code", "days"), [("12C01", 30), ("11G01", 30), ("12G03", 7), ("12H02", 7)])
def test_the_last_day_of_a_window_counts_and_the_next_does_not(code: str, days: int) -> None:
    before = graded(code, dead=2)
    ends = window_end(before.occurred_at, days)
    counted = stated(before, ends - timedelta(seconds=1), dead=3)
    assert (counted.dead, counted.grade) == (3, III)
    late = stated(counted, ends, dead=10)
    assert (late.dead, late.grade) == (3, III)
    assert late.casualty_window is not None
    assert [(one.value, one.counted) for one in late.casualty_window.late] == [(10, False)]


def test_a_corrected_type_that_lengthens_the_window_counts_what_was_late() -> None:
    late = stated(graded("12G03", dead=9), NOW + timedelta(days=8), dead=10)
    assert (late.dead, late.grade) == (9, III)
    after = regraded(replace(late, type_code="12C01"), RULES, NOW + timedelta(days=9))
    assert (after.dead, after.grade) == (10, II)
    assert after.casualty_window is not None
    assert [one.counted for one in after.casualty_window.late] == [True]


COUNTS = st.none() | st.integers(0, 200)
PEOPLE = st.fixed_dictionaries(
    {
        "dead": COUNTS,
        "missing": COUNTS,
        "serious": COUNTS,
        "acute_poisoned": COUNTS,
        "loss_yuan": st.none() | st.integers(0, 200_000_000),
        "burnt_hectares": st.none() | st.floats(0, 2000, allow_nan=False),
    }
)
CODES = st.sampled_from(["12C01", "12G03", "12H02", "12P13", "12Q01", "11G01", "11A01", "13B03", "14A01", None])


@given(
    code=CODES, people=PEOPLE, field=st.sampled_from([one.name for one in fields(People)]), more=st.integers(0, 10**8)
)
def test_worse_figures_never_give_a_lower_grade(
    code: str | None, people: dict[str, Any], field: str, more: int
) -> None:
    before = graded(code, **people)
    after = graded(code, **{**people, field: (people[field] or 0) + more})
    for name in ("grade", "clock_grade"):
        assert not is_graver(getattr(before, name), getattr(after, name)), name
    outlook = [gravest(one.grade, one.possible_grade) for one in (before, after)]
    assert not is_graver(outlook[0], outlook[1])


@given(code=CODES, people=PEOPLE)
def test_the_possible_grade_is_only_shown_where_it_is_above(code: str | None, people: dict[str, Any]) -> None:
    incident = graded(code, **people)
    assert incident.possible_grade is None or is_graver(incident.possible_grade, incident.grade)
    assert incident.grading is not None
    assert (
        not is_graver(incident.grading.confirmed, incident.grading.possible)
        or incident.grading.way is not GradingWay.RULES
    )


@given(people=PEOPLE, order=st.sampled_from(list(permutations(range(4)))), code=CODES, sensitive=st.booleans())
def test_the_order_of_updates_does_not_matter(
    people: dict[str, Any], order: tuple[int, ...], code: str | None, sensitive: bool
) -> None:
    updates = [
        {"dead": people["dead"], "missing": people["missing"]},
        {"serious": people["serious"], "acute_poisoned": people["acute_poisoned"]},
        {"type_code": code},
        {"sensitive": sensitive, "loss_yuan": people["loss_yuan"], "burnt_hectares": people["burnt_hectares"]},
    ]
    whole = graded(code, **people, sensitive=sensitive)
    step = graded("12Y00")
    for index in order:
        step = regraded(replace(step, **updates[index]), RULES, NOW)
    for name in ("grade", "possible_grade", "clock_grade", "grading", "casualty_window", "command_transfer"):
        assert getattr(step, name) == getattr(whole, name), name


@given(code=CODES, people=PEOPLE)
def test_grading_again_changes_nothing(code: str | None, people: dict[str, Any]) -> None:
    once = graded(code, **people)
    assert regraded(once, RULES, LATER) == once


def test_the_rules_come_back_as_they_were_from_json_and_pass_their_own_check() -> None:
    assert rules_from(rules_json(RULES), 0) == RULES
    check_rules(RULES)


def _changed(change: Any) -> Any:
    raw = rules_json(RULES)
    change(raw)
    return rules_from(raw, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda raw: raw["rows"].append(raw["rows"][0]), "request.invalid"),
        (lambda raw: raw["rows"][0].update(at_least=10), "grading_rules.disordered"),
        (lambda raw: raw["exceptions"][0]["scope"].append("12G"), "grading_rules.scope_twice"),
        (lambda raw: raw["windows"].pop(), "grading_rules.no_window"),
        (lambda raw: raw["windows"][0]["scope"].append("12"), "grading_rules.scope_twice"),
    ],
)
def test_rules_that_cannot_hold_are_refused(change: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_rules(_changed(change))
    assert refused.value.code == code


def test_a_nearer_start_of_the_code_wins_over_a_shorter_one() -> None:
    rules = _changed(lambda raw: raw["exceptions"][0]["scope"].append("12G03"))
    assert assess(rules, "12G03", People(dead=5).certain(), People(dead=5).reported()).way is GradingWay.NOT_GRADED
    assert assess(rules, "12G04", People(dead=5).certain(), People(dead=5).reported()).confirmed is III


def test_the_fields_of_a_figure_are_those_of_the_rules() -> None:
    assert get_args(FigureField) == FIELDS
