"""Numbers of two sources: side by side until a person chooses, and nothing is lost on the way."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.incident_intake.domain.grading.figures import (
    Told,
    choose,
    in_dispute,
    state,
    tell,
    without_incident,
    worst,
)
from services.incident_intake.domain.grading.rules import standard_rules
from services.incident_intake.domain.regrading import regraded
from shared.contracts.events.grading import Figure
from shared.kernel.ids import new_id
from tests.unit.test_intake_domain import NOW, an_incident


def figure(source: str, value: float, **more: Any) -> Figure:
    return Figure(id=new_id(), field="dead", value=value, source=source, reported_at=NOW, recorded_at=NOW, **more)


def told(*said: tuple[str, int]) -> Told:
    now = Told((), None)
    for source, value in said:
        now = tell(now.figures, now.value, figure(source, value), None)
    return now


def open_values(now: Told) -> list[float]:
    return [one.value for one in in_dispute(now.figures, "dead", now.value)]


def test_the_first_number_counts_at_once_and_its_own_source_goes_on() -> None:
    now = told(("fire_119", 2), ("fire_119", 4))
    assert (now.value, len(now.figures), open_values(now)) == (4, 1, [])


def test_another_sources_number_stands_beside_until_a_person_chooses() -> None:
    now = told(("fire_119", 4), ("medical_120", 6))
    assert (now.value, open_values(now)) == (4, [6])
    assert worst(now.figures, "dead", now.value) == 6
    field, after = choose(now.figures, now.figures[1].id, "张三")
    assert (field, after.value) == ("dead", 6)
    assert [(one.value, one.chosen, one.chosen_by) for one in after.figures] == [(4, False, None), (6, True, "张三")]
    assert open_values(after) == []


def test_the_leading_source_does_not_go_on_over_an_open_dispute() -> None:
    now = told(("fire_119", 4), ("medical_120", 6), ("fire_119", 5))
    assert (now.value, sorted(open_values(now))) == (4, [5, 6])


def test_a_number_after_the_choice_opens_the_question_anew_unless_it_is_the_chosen_sources() -> None:
    now = told(("fire_119", 4), ("medical_120", 6))
    _, chosen = choose(now.figures, now.figures[1].id, "张三")
    same = tell(chosen.figures, chosen.value, figure("medical_120", 7), None)
    assert (same.value, open_values(same)) == (7, [])
    other = tell(chosen.figures, chosen.value, figure("hotline_12345", 9), None)
    assert (other.value, open_values(other)) == (6, [9])


def test_a_value_without_a_source_on_record_is_put_beside_as_the_incidents_own() -> None:
    now = tell((), 2, figure("medical_120", 3), figure("fire_119", 2))
    assert [(one.source, one.value) for one in now.figures] == [("fire_119", 2), ("medical_120", 3)]
    assert (now.value, open_values(now)) == (2, [3])


def test_what_a_person_states_decides_what_stood_beside_it() -> None:
    now = told(("fire_119", 4), ("medical_120", 6))
    after = Told(state(now.figures, "dead", 5, "李四"), 5)
    assert open_values(after) == []
    assert len(after.figures) == 2


def test_the_worse_number_makes_a_grade_possible_and_not_confirmed() -> None:
    now = told(("fire_119", 4), ("medical_120", 12))
    fire = an_incident(type_code="12G03", dead=now.value, figures=now.figures)
    after = regraded(fire, standard_rules(), NOW)
    assert (after.grade, after.possible_grade, after.clock_grade) == ("III", "II", "II")
    _, chosen = choose(now.figures, now.figures[0].id, "张三")
    decided = regraded(replace(fire, dead=chosen.value, figures=chosen.figures), standard_rules(), NOW)  # type: ignore[arg-type]
    assert (decided.grade, decided.possible_grade) == ("III", None)


def test_a_merge_that_is_taken_back_takes_its_numbers_along() -> None:
    filled = tell((), None, figure("public", 3, from_incident="b"), None)
    assert filled.value == 3
    assert without_incident(filled.figures, "b", "dead", 3) == Told((), None)
    beside = tell((), 2, figure("public", 3, from_incident="b"), figure("fire_119", 2))
    left = without_incident(beside.figures, "b", "dead", 2)
    assert (left.value, [one.value for one in left.figures]) == (2, [2])
    stated = state(filled.figures, "dead", 3, "张三")
    assert without_incident(stated, "b", "dead", 3).value == 3, "a person has said so too"


@given(said=st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 5)), min_size=1, max_size=12))
def test_the_last_number_of_every_source_is_on_record(said: list[tuple[str, int]]) -> None:
    now = told(*said)
    assert {one.source: one.value for one in now.figures} == dict(said)
    assert now.value in {value for _, value in said}
