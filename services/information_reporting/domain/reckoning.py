"""Which clocks run for an incident, and what meets them. A raise of the grade only ever adds clocks.

INVARIANT: no function here turns an overdue clock, or one met late, into anything better.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.information_reporting.domain.clock import About, Clock, begin, cancel, met
from services.information_reporting.domain.incident import Incident
from services.information_reporting.domain.rules import ONCE, Keeper, Rule, is_raise
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.events.report import ClockChannel, ClockFrom, ReportClockState, ReportKind, ReportLeg, SendChannel

_TOLD_AGAIN = frozenset({ReportKind.FOLLOW_UP, ReportKind.SPECIAL, ReportKind.FINAL})


@dataclass(frozen=True, slots=True)
class Told:
    """Superiors were told: when, with which report, by which way, and whether anything was missing in it."""

    at: datetime
    report_id: str
    kind: ReportKind
    channel: SendChannel
    has_gaps: bool = False

    def meets(self, clock: Clock) -> bool:
        """Whether this is what the clock waited for. A paper also tells what a call would have told."""
        if not clock.is_open or (self.at < clock.starts_at and clock.occasion != "first"):
            return False
        if clock.leg is ReportLeg.UNIT_DISTRICT:
            return False  # the unit's duty: no report of ours ends it
        is_paper = self.channel is not SendChannel.PHONE
        answers = {
            ClockChannel.PHONE: True,
            ClockChannel.WRITTEN: is_paper,
            ClockChannel.DETAIL: is_paper and (self.kind in _TOLD_AGAIN or not self.has_gaps),
            ClockChannel.FOLLOW_UP: self.kind in _TOLD_AGAIN,
            ClockChannel.FINAL: self.kind is ReportKind.FINAL,
            ClockChannel.DAILY: self.kind is ReportKind.DAILY,
        }
        return answers[clock.channel]


def about(incident: Incident) -> About:
    """What the clocks of an incident are about."""
    return About(
        incident.id, incident.number, incident.title, township=incident.township, township_name=incident.township_name
    )


def first_clocks(rules: Sequence[Rule], incident: Incident, here: str) -> list[Clock]:
    """The clocks that run from the first report of it; those of arrivals have ended already."""
    found = []
    for rule in _once(rules, incident):
        if rule.leg is ReportLeg.UNIT_DISTRICT:
            continue  # `unit_clocks`
        if rule.kept_by is Keeper.RECEIVER:
            if incident.home_site == here:
                clock = begin(rule, about(incident), "first", incident.occurred_at)
                found.append(met(clock, max(incident.received_at, incident.occurred_at)))
        else:
            start = incident.occurred_at if rule.clock_from is ClockFrom.OCCURRED else incident.known_at
            found.append(begin(rule, about(incident), "first", start))
    return found


def unit_clocks(rules: Sequence[Rule], incident: Incident, known: Iterable[Clock]) -> list[Clock]:
    """The hour of the unit where it happened, from the event on, whoever told of it first; and its end (493 §9).

    Args:
        known: the clocks of the incident so far.
    """
    kept = [clock for clock in known if clock.leg is ReportLeg.UNIT_DISTRICT]
    dropped = sum(1 for clock in kept if clock.state is ReportClockState.CANCELLED)
    counting = {clock.rule_id for clock in kept if clock.state is not ReportClockState.CANCELLED}
    begun = [
        begin(rule, about(incident), f"again:{dropped}" if dropped else "first", incident.occurred_at)
        for rule in (_once(rules, incident) if incident.stands else ())
        if rule.leg is ReportLeg.UNIT_DISTRICT and rule.id not in counting
    ]
    told = incident.unit_told_at
    if told is None:
        return begun
    return [met(clock, told) for clock in [*kept, *begun] if clock.is_open]


def raised_clocks(rules: Sequence[Rule], incident: Incident, before: Incident, at: datetime) -> list[Clock]:
    """The clocks that a raise of the grade adds: superiors are told of each, from then."""
    occasion = _raise(before, incident)
    if occasion is None or not incident.stands:
        return []
    return [
        begin(rule, about(incident), occasion, at) for rule in _once(rules, incident) if rule.kept_by is Keeper.SENDER
    ]


def _raise(before: Incident, after: Incident) -> str | None:
    """What was raised: how grave it may be, or later how grave it is for certain; each is told (S3: 每次升级再报市)."""
    if is_raise(before.severity, after.severity):
        return f"grade:{after.severity}"
    return f"confirmed:{after.grade}" if is_raise(before.grade, after.grade) else None


def follow_up_clocks(
    rules: Sequence[Rule], incident: Incident, open_clocks: Iterable[Clock], start: datetime, occasion: str
) -> list[Clock]:
    """The next follow-up is due, for each rule whose last one is not still waited for."""
    if not incident.stands:
        return []
    waiting = {clock.rule_id for clock in open_clocks if clock.channel is ClockChannel.FOLLOW_UP}
    return [
        begin(rule, about(incident), occasion, start)
        for rule in _covering(rules, incident)
        if rule.channel is ClockChannel.FOLLOW_UP and rule.id not in waiting
    ]


def reopened_clocks(
    rules: Sequence[Rule], incident: Incident, known: Iterable[Clock], at: datetime, turn: str
) -> list[Clock]:
    """What was dropped because it seemed to be nothing runs anew when it is something after all."""
    dropped: set[str] = set()
    kept: set[str] = set()
    for clock in known:
        (dropped if clock.state is ReportClockState.CANCELLED else kept).add(clock.rule_id)
    return [
        begin(rule, about(incident), f"reopened:{turn}", at)
        for rule in _once(rules, incident)
        if rule.kept_by is Keeper.SENDER and rule.id in dropped - kept
    ]


def final_clocks(rules: Sequence[Rule], incident: Incident, *, was_told: bool) -> list[Clock]:
    """The final report is due after the end, unless it was nothing that anybody was told of or that has a grade."""
    if incident.status is not IncidentStatus.CLOSED or incident.closed_at is None:
        return []
    if incident.severity is None and not was_told:
        return []
    occasion = f"closed:{incident.closed_at.isoformat()}"
    return [
        begin(rule, about(incident), occasion, incident.closed_at)
        for rule in _covering(rules, incident)
        if rule.channel is ClockChannel.FINAL
    ]


def cancelled(incident: Incident, clocks: Iterable[Clock], rules: Sequence[Rule], now: datetime) -> list[Clock]:
    """What need not be told any more, as the incident stands now; delays stay what they are."""
    found = []
    for clock in clocks:
        if clock.is_open and _is_needless(clock, incident, rules):
            after = cancel(clock, now)
            if after != clock:
                found.append(after)
    return found


def _is_needless(clock: Clock, incident: Incident, rules: Sequence[Rule]) -> bool:
    if incident.status is IncidentStatus.MERGED:
        return True  # the incident that it was merged into has clocks of its own
    if incident.status is IncidentStatus.CLOSED:
        if clock.channel is ClockChannel.FOLLOW_UP:
            return True
        return incident.severity is None and clock.channel is not ClockChannel.FINAL
    if clock.channel is ClockChannel.FINAL:
        return True  # opened again
    known = next((rule for rule in rules if rule.id == clock.rule_id), None)
    return known is not None and not _covers(known, incident) and _is_milder(known, incident)


def _is_milder(rule: Rule, incident: Incident) -> bool:
    """Whether the rule no longer holds because the incident turned out to be less: never because it became more."""
    lifted = Rule(
        rule.id, rule.leg, rule.channel, rule.clock_from, rule.minutes, rule.basis,
        grade_at_least=rule.grade_at_least, types=rule.types, sources=rule.sources,
    )  # fmt: skip
    return not _covers(lifted, incident)


def settled(clocks: Iterable[Clock], told: Told) -> list[Clock]:
    """The clocks that this has met."""
    return [met(clock, told.at, told.report_id) for clock in clocks if told.meets(clock)]


def _once(rules: Sequence[Rule], incident: Incident) -> list[Rule]:
    return [rule for rule in _covering(rules, incident) if rule.channel in ONCE]


def _covering(rules: Sequence[Rule], incident: Incident) -> list[Rule]:
    return [rule for rule in rules if _covers(rule, incident)]


def _covers(rule: Rule, incident: Incident) -> bool:
    return rule.covers(incident.severity, incident.type_code, incident.source)
