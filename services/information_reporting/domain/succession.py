"""What becomes of a township's clocks when its incident goes to another home: they go on there, from the same instants.

INVARIANT: a delay stays one, at the home where it happened and at the one where it goes on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.information_reporting.domain.clock import Clock, cancel, met
from services.information_reporting.domain.rules import Rule
from shared.contracts.events.report import ReportClockState
from shared.kernel.ids import new_id


def passed_on(clocks: Iterable[Clock], to: str, now: datetime) -> list[Clock]:
    """What is open ends here, since the next home reports; what has run out stays a delay, and calls nobody."""
    return [replace(cancel(clock, now), passed_to=to, passed_at=now) for clock in clocks if clock.is_open]


def gone_on(own: Iterable[Clock], told: Iterable[Clock], rules: Sequence[Rule], *, is_back: bool) -> list[Clock]:
    """The clocks of this home that are new or changed, after what the former homes have told of theirs.

    The result is the same in whatever order the former homes are heard, and however often.

    Args:
        own: this site's clocks of the incident.
        told: those of the former homes.
        is_back: this site was one of them and owes again what it had passed on.
    """
    before = {clock.key: clock for clock in own}
    after = {key: _resumed(one, rules) if is_back and one.passed_to else one for key, one in before.items()}
    for clock in told:
        known = after.get(clock.key)
        if known is None and (clock.state is not ReportClockState.CANCELLED or clock.passed_to is not None):
            after[clock.key] = replace(_resumed(clock, rules), id=new_id(), version=0)
        elif known is not None and known.is_open and clock.met_at is not None:
            after[clock.key] = met(known, clock.met_at, clock.report_id)
    return [clock for key, clock in after.items() if clock != before.get(key)]


def _resumed(clock: Clock, rules: Sequence[Rule]) -> Clock:
    """As it goes on here: due at the same instant; of its end the people here are reminded by their own rule."""
    is_dropped = clock.state is ReportClockState.CANCELLED and clock.passed_to is not None
    state = ReportClockState.RUNNING if is_dropped else clock.state
    resumed = replace(clock, state=state, passed_to=None, passed_at=None)
    if state is not ReportClockState.RUNNING or clock.remind_at is not None:
        return resumed
    minutes = next((rule.remind_minutes for rule in rules if rule.id == clock.rule_id), 0)
    return replace(resumed, remind_at=clock.due_at - timedelta(minutes=minutes) if minutes else None)
