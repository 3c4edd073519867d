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
    known = team_of(evacuation, assignment_id)
    team = _counted(known, count, due_of(evacuation, known))
    teams = [team if one.assignment_id == assignment_id else one for one in evacuation.teams]
    return summed(evacuation, teams).model_copy(update={"reported_team": assignment_id})


def _counted(team: EvacuationTeam, count: HeadCount, due_at: datetime) -> EvacuationTeam:
    counts = sorted([*team.counts, count], key=lambda one: (one.at, one.recorded_at))
    first, newest = counts[0], counts[-1]
    update: dict[str, object] = {
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


def due_of(evacuation: EvacuationFact, team: EvacuationTeam) -> datetime:
    """When this team must have counted: who came later has as long as the others had."""
    return team.due_at or evacuation.due_at


def joined(evacuation: EvacuationFact, at_risk: Iterable[EvacuationTeam], now: datetime) -> EvacuationFact:
    """The evacuation with those not on its list yet; if it means named teams, only with who was sent after it."""
    known = {team.assignment_id for team in evacuation.teams}
    late = [
        team.model_copy(update={"joined_at": now, "due_at": now + CONFIRM_WITHIN.value})
        for team in at_risk
        if team.assignment_id not in known and (evacuation.all_teams or _sent_after(team, evacuation))
    ]
    return summed(evacuation, [*evacuation.teams, *late]).model_copy(update={"reported_team": None})


def _sent_after(team: EvacuationTeam, evacuation: EvacuationFact) -> bool:
    return team.ordered_at is not None and team.ordered_at > evacuation.ordered_at


def _untold(evacuation: EvacuationFact) -> list[EvacuationTeam]:
    """Those not counted of whom nobody has been told yet that they are late."""
    if evacuation.state is not EvacuationState.OPEN:
        return []
    return [one for one in waiting(evacuation) if not (one.late if one.due_at else evacuation.is_overdue)]


def next_due(evacuation: EvacuationFact) -> datetime | None:
    """When the next team is late; None while nobody can become so."""
    return min((due_of(evacuation, team) for team in _untold(evacuation)), default=None)


def runs_over(evacuation: EvacuationFact, now: datetime) -> bool:
    """Whether the time of a team is up and it is still not counted, which is told once of each."""
    due = next_due(evacuation)
    return due is not None and now > due


def overran(evacuation: EvacuationFact, now: datetime) -> EvacuationFact:
    """The evacuation once it is told who is late; every telling is a round of its own."""
    late = {team.assignment_id for team in _untold(evacuation) if due_of(evacuation, team) < now}
    teams = [one.model_copy(update={"late": True}) if one.assignment_id in late else one for one in evacuation.teams]
    update = {"teams": teams, "is_overdue": True, "rounds": evacuation.rounds + 1, "reported_team": None}
    return evacuation.model_copy(update=update)


def ended(evacuation: EvacuationFact, now: datetime, by: str, reason: str) -> EvacuationFact:
    """The commander lets people in again, or stands them down.

    Raises:
        Conflict: `evacuation.ended`.
    """
    if evacuation.state is EvacuationState.ENDED:
        raise Conflict("evacuation.ended", number=evacuation.number)
    update = {"state": EvacuationState.ENDED, "ended_at": now, "ended_by": by, "end_reason": reason}
    return evacuation.model_copy(update=update)
