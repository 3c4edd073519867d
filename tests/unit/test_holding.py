"""What is lacking of another site's log is exactly what is not held, whatever is held and whenever one looks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.handing import packed, unpacked
from shared.messaging.holding import Held, asked_for, bounded, told
from shared.messaging.reading import Stored

POSITIONS = st.lists(st.integers(1, 60), unique=True).map(sorted)


def _each(stretches: list[tuple[int, int]]) -> list[int]:
    return [position for first, last in stretches for position in range(first, last + 1)]


@given(POSITIONS, st.integers(0, 60), st.integers(0, 60))
def test_lacking_is_what_is_not_held(positions: list[int], settled: int, up_to: int) -> None:
    held = Held()
    for at, position in enumerate(positions, 1):
        held.note("x", position, at)
    held.settle(settled)
    assert _each(held.lacks(up_to)) == sorted(set(range(settled + 1, up_to + 1)) - set(positions))


@given(POSITIONS, st.integers(0, 60), st.integers(0, 60))
def test_after_a_start_the_same_is_lacking(positions: list[int], settled: int, up_to: int) -> None:
    held = Held()
    for at, position in enumerate(positions, 1):
        held.note("x", position, at)
    held.settle(settled)
    again = Held(held.ident, held.checked, held.since(len(positions)))
    for at, position in enumerate(positions, 1):
        again.note("x", position, at)
    assert again.lacks(up_to) == held.lacks(up_to)


def test_a_log_that_began_anew_is_looked_at_from_its_beginning() -> None:
    held = Held()
    for at, (ident, position) in enumerate([("x", 1), ("x", 2), ("y", 2)], 1):
        held.note(ident, position, at)
    assert held.lacks(3) == [(1, 1), (3, 3)]


@given(st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 1500))))
def test_a_question_is_bounded_and_begins_where_all_begin(pairs: list[tuple[int, int]]) -> None:
    first, stretches = 0, []
    for gap, length in pairs:
        stretches.append((first + gap, first + gap + length))
        first = stretches[-1][1] + 1
    asked = bounded(stretches)
    assert len(asked) <= 100
    assert _each(asked) == _each(stretches)[: len(_each(asked))]
    assert len(_each(asked)) <= 1000
    if asked:
        assert asked_for({"durable": "d", "lacks": asked}) == ("d", asked)


ODD: tuple[list[Any], ...] = (
    [],
    [[0, 3]],
    [[3, 2]],
    [[1, 5000]],
    [[1, 2, 3]],
    [1],
    [[number, number] for number in range(1, 999, 2)],
)


@pytest.mark.parametrize(
    "said", [{}, [], None, {"lacks": [[1, 1]]}, *({"durable": "d", "lacks": each} for each in ODD)]
)
def test_a_question_that_is_none_or_asks_for_too_much_is_not_answered(said: object) -> None:
    assert asked_for(said) is None


def test_only_what_came_over_a_link_is_counted() -> None:
    over = "SITE_yufa:abc:C=def 157 evt.yufa.>\f*.*.*.*.*.* evt.yufa.>\frefused evt.yufa.a.b.c.v1 Ident123"
    assert told(over) == ("SITE_yufa", "Ident123", 157)
    for other in ("", "SITE_hub 3 > > evt.hub.a.b.c.v1 Ident", "MENDED 1 mended.hub.> evt.> mended.hub.x", "x:C=y 1"):
        assert told(other) is None


@given(st.lists(st.binary(max_size=9000), max_size=8))
def test_an_answer_has_the_first_facts_and_says_how_many_are_left(bodies: list[bytes]) -> None:
    facts = [Stored(number, "evt.a.b.c.d.v1", body) for number, body in enumerate(bodies, 5)]
    handed = unpacked(packed(facts, 99))
    assert handed is not None
    assert handed.facts == facts[: len(handed.facts)]
    assert handed.left == len(facts) - len(handed.facts)
    assert handed.facts or not facts
    assert handed.through == (99 if not handed.left else handed.facts[-1].seq)


def test_one_fact_larger_than_an_answer_goes_alone() -> None:
    facts = [Stored(1, "evt.a.b.c.d.v1", b"x" * 100_000), Stored(2, "evt.a.b.c.d.v1", b"y")]
    handed = unpacked(packed(facts, 2))
    assert handed is not None
    assert [fact.seq for fact in handed.facts] == [1]
