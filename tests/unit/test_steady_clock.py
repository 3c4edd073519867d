"""Steps of the machine's clock, told from time that has passed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.steady import JUMP, SETTLE, SteadyClock

START = datetime(2027, 2, 5, 1, 0, tzinfo=UTC)
SETTLE_SECONDS = SETTLE.value.total_seconds()


class Machine:
    """A machine whose clock is set by hand."""

    def __init__(self) -> None:
        self.elapsed, self.off = 100.0, 0.0

    def wall(self) -> datetime:
        return START + timedelta(seconds=self.elapsed - 100.0 + self.off)

    def clock(self) -> SteadyClock:
        return SteadyClock(self.wall, lambda: self.elapsed)


def test_time_passes_as_the_machine_says() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.elapsed += 3600
    assert clock.now() == START + timedelta(hours=1)
    assert clock.jump is None


def test_a_day_ahead_and_back_again_never_shows() -> None:
    machine = Machine()
    clock = machine.clock()
    for off in (86_400.0, -86_400.0, 0.0):
        machine.elapsed += 30
        machine.off = off
        assert clock.now() == START + timedelta(seconds=machine.elapsed - 100)
    assert clock.jump is not None
    assert (clock.jump.seconds, clock.jump.accepted) == (-86_400.0, False)


def test_a_step_that_stays_is_believed_after_a_while() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.off = -86_400.0
    assert clock.now() == START
    machine.elapsed += SETTLE_SECONDS - 1
    assert clock.now() == START + timedelta(seconds=SETTLE_SECONDS - 1)
    machine.elapsed += 1
    assert clock.now() == machine.wall()
    assert clock.jump is not None
    assert clock.jump.accepted


def test_small_corrections_pass_at_once_and_do_not_add_up_to_a_step() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(100):
        machine.elapsed += 10
        machine.off += 2
        assert clock.now() == machine.wall()
    assert clock.jump is None


@given(st.lists(st.tuples(st.floats(0, 60), st.sampled_from([0.0, 0.5, -0.5, 86_400.0, -86_400.0, 7.0])), max_size=40))
def test_between_two_looks_never_more_than_the_tolerance_passes_beside_the_time_that_did(
    looks: list[tuple[float, float]],
) -> None:
    machine = Machine()
    clock, before, spent = machine.clock(), START, 0.0
    for pause, off in looks:
        machine.elapsed += pause
        machine.off = off
        spent += pause
        if spent >= SETTLE_SECONDS:
            return
        now = clock.now()
        assert abs((now - before).total_seconds() - pause) <= JUMP.value.total_seconds() + 1e-3
        before = now
