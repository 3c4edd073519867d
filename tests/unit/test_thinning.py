"""Telemetry gives way: the latest of each thing, small parcels on a slow link, nothing endless in memory."""

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.thinning import READINGS_AT_MOST, Allowance, Latest

SECONDS = st.one_of(st.none(), st.floats(0.001, 30))


def test_only_the_latest_reading_of_a_thing_crosses() -> None:
    latest = Latest()
    for number in range(100):
        latest.put("tel.yufa.unit.u1", str(number).encode())
    assert latest.take(10_000) == [("tel.yufa.unit.u1", b"99")]
    assert latest.thinned == 99
    assert not len(latest)


def test_those_that_have_waited_longest_go_first_and_none_starves() -> None:
    latest = Latest()
    for number in range(10):
        latest.put(f"tel.yufa.unit.u{number}", b"x" * 100)
    seen = []
    while len(latest):
        taken = latest.take(250)
        seen += [subject for subject, _ in taken]
        if len(seen) < 10:
            latest.put("tel.yufa.unit.u0", b"y" * 100)  # the busy one must wait for its turn
    assert {f"tel.yufa.unit.u{number}" for number in range(10)} <= set(seen[:12])


def test_a_reading_larger_than_any_parcel_does_not_stop_the_others() -> None:
    latest = Latest()
    latest.put("tel.yufa.camera.c1", b"x" * 1_000_000)
    latest.put("tel.yufa.unit.u1", b"{}")
    assert latest.take(512) == [("tel.yufa.unit.u1", b"{}")]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3000)), max_size=300), st.integers(512, 65536))
def test_a_parcel_never_exceeds_its_allowance_by_more_than_its_first_reading(
    readings: list[tuple[int, int]], size: int
) -> None:
    latest = Latest()
    for thing, length in readings:
        latest.put(f"tel.yufa.unit.u{thing}", b"x" * length)
    while len(latest):
        taken = latest.take(size)
        assert taken
        assert len(taken) <= READINGS_AT_MOST
        assert sum(len(subject) + len(body) for subject, body in taken[1:]) <= size


@given(st.lists(SECONDS, max_size=60))
def test_parcels_stay_between_half_a_kilobyte_and_sixty_four(answers: list[float | None]) -> None:
    allowance = Allowance()
    for seconds in answers:
        if seconds is None:
            allowance.unanswered()
        else:
            allowance.answered(seconds)
        assert 512 <= allowance.parcel_bytes <= 64 * 1024
        assert 0.2 <= allowance.pause(seconds) <= 10


def test_a_link_that_answers_late_gets_less_and_a_silent_one_the_least() -> None:
    allowance = Allowance()
    before = allowance.parcel_bytes
    allowance.answered(2.0)
    assert allowance.parcel_bytes < before
    allowance.answered(0.01)
    assert allowance.parcel_bytes == before
    allowance.unanswered()
    assert allowance.parcel_bytes == 512
    assert allowance.pause(None) >= allowance.pause(0.01)
