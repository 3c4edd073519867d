"""一键撤离: who is told to leave, who is out and with how many, who is late (国务院令 708 号 §22)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.contracts.events.command import (
    EvacuationFact,
    EvacuationState,
    EvacuationTeam,
    EvacuationTeamState,
    HeadCount,
)
from shared.contracts.events.dispatch import AssignmentFact, AssignmentStatus, UnitRelation
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.limits import Limit

CONFIRM_WITHIN = Limit(timedelta(minutes=5), "撤离后逐队确认和清点人数的目标时间,自定,待局方确认")

_AT_THE_SCENE = frozenset({AssignmentStatus.ON_SCENE, AssignmentStatus.WORKING, AssignmentStatus.ASSEMBLING})
_MOVES = frozenset({AssignmentStatus.EN_ROUTE, AssignmentStatus.ON_SCENE, AssignmentStatus.WORKING})


def must_leave(assignment: AssignmentFact) -> bool:
    """Whether the team may be in danger: every active one, of departments that were only told those at the scene."""
    if not assignment.active:
        return False
    return assignment.relation is not UnitRelation.NOTIFY or assignment.status in _AT_THE_SCENE


def moves_to_assembly(status: AssignmentStatus) -> bool:
    """Whether a confirmed count means that the team now stands at the assembly point; one that is not there stays."""
    return status in _MOVES


def summed(evacuation: EvacuationFact, teams: Iterable[EvacuationTeam]) -> EvacuationFact:
    """The evacuation with these teams and what follows from them."""
    listed = list(teams)
    out = [team for team in listed if team.state is EvacuationTeamState.CONFIRMED]
    update = {
        "teams": listed,
        "called": len(listed),
        "confirmed": len(out),
        "headcount": sum(team.headcount or 0 for team in out),
        "unaccounted": sum(team.missing for team in out),
    }
    return evacuation.model_copy(update=update)


def team_of(evacuation: EvacuationFact, assignment_id: str) -> EvacuationTeam:
    """The team with this assignment.

    Raises:
        NotFound: `evacuation.team_unknown`.
    """
    for team in evacuation.teams:
        if team.assignment_id == assignment_id:
            return team
    raise NotFound("evacuation.team_unknown")


def counted(evacuation: EvacuationFact, assignment_id: str, count: HeadCount) -> EvacuationFact:
    """The evacuation after a count; whatever the order of arrival, the count that is newest at the scene stands.

    A count also counts that comes after the end: what waited without a link must not be lost.
    """
    team = _counted(team_of(evacuation, assignment_id), count, evacuation.due_at)
    teams = [team if one.assignment_id == assignment_id else one for one in evacuation.teams]
    return summed(evacuation, teams).model_copy(update={"reported_team": assignment_id})


def _counted(team: EvacuationTeam, count: HeadCount, due_at: datetime) -> EvacuationTeam:
    counts = sorted([*team.counts, count], key=lambda one: (one.at, one.recorded_at))
    first, newest = counts[0], counts[-1]
    update = {
        "state": EvacuationTeamState.CONFIRMED,
        "counts": counts,
        "headcount": newest.headcount,
        "missing": newest.missing,
        "confirmed_at": first.at,
        "late": first.at > due_at,
    }
    return team.model_copy(update=update)


def waiting(evacuation: EvacuationFact) -> list[EvacuationTeam]:
    """The teams that have not said anything yet."""
    return [team for team in evacuation.teams if team.state is EvacuationTeamState.CALLED]


def runs_over(evacuation: EvacuationFact, now: datetime) -> bool:
    """Whether time is up and somebody is still not counted, which is told once."""
    is_open = evacuation.state is EvacuationState.OPEN and not evacuation.is_overdue
    return is_open and now > evacuation.due_at and bool(waiting(evacuation))


def ended(evacuation: EvacuationFact, now: datetime, by: str, reason: str) -> EvacuationFact:
    """The commander lets people in again, or stands them down.

    Raises:
        Conflict: `evacuation.ended`.
    """
    if evacuation.state is EvacuationState.ENDED:
        raise Conflict("evacuation.ended", number=evacuation.number)
    update = {"state": EvacuationState.ENDED, "ended_at": now, "ended_by": by, "end_reason": reason}
    return evacuation.model_copy(update=update)
