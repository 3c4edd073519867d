"""Ids that several sites work out alone."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.ids import derived_id, new_id


@given(st.lists(st.text(max_size=40), min_size=2, max_size=8, unique=True))
def test_what_follows_from_a_fact_has_one_id_for_each_thing_as_old_as_the_fact(things: list[str]) -> None:
    origin = new_id()
    made = [derived_id(origin, thing) for thing in things]
    assert made == [derived_id(origin, thing) for thing in things]
    assert len({*made, origin}) == len(things) + 1
    for one in made:
        assert (UUID(one).version, UUID(one).variant) == (7, UUID(origin).variant)
        assert UUID(one).int >> 80 == UUID(origin).int >> 80
    assert not {derived_id(new_id(), thing) for thing in things} & set(made)
