"""一键撤离: every team is called until it answers or has confirmed; whoever is overdue, the desk is called for."""

from datetime import datetime

from sqlalchemy import Connection

from services.notification.domain.notification import CancelReason
from services.notification.domain.policy import Step, by_hand
from services.notification.handlers.calling import Matter, call_once
from services.notification.handlers.context import Notify
from services.notification.handlers.endings import stop_for_key
from services.notification.store.policies import policy_in_force
from shared.contracts.envelope import Envelope
from shared.contracts.events.command import EvacuationFact, EvacuationTeam, EvacuationTeamState
from shared.contracts.events.notify import NotificationKind
from shared.contracts.events.roster import DutyPost
from shared.i18n import label

_DESK = (DutyPost.DUTY_OFFICER, DutyPost.DUTY_LEADER)


def hear_evacuation(
    connection: Connection, notify: Notify, cause: Envelope, fact: EvacuationFact, now: datetime
) -> None:
    """Each site calls its own teams; the one that gave the order calls for those of others too, they may be cut off."""
    match cause.fact:
        case "ordered" | "joined":
            for team in fact.teams:
                if team.state is EvacuationTeamState.CALLED:
                    _call_team(connection, notify, cause, fact, team, now)
        case "confirmed":
            settled = [fact.reported_team] if fact.reported_team else []
            for what in [*settled, *(_rounds(fact) if not _late(fact) else [])]:
                _stop(connection, notify, cause, fact, what, CancelReason.TEAM_CONFIRMED, now)
        case "overdue":
            _call_desk(connection, notify, cause, fact, now)
        case "ended":
            for what in (*_rounds(fact), *(team.assignment_id for team in fact.teams)):
                _stop(connection, notify, cause, fact, what, CancelReason.EVACUATION_ENDED, now)
        case _:
            pass


def _key(fact: EvacuationFact, what: str) -> str:
    return f"evacuation:{fact.id}:{what}"


def _late(fact: EvacuationFact) -> list[EvacuationTeam]:
    """Whom the desk is called for; who came later has a time of its own."""
    is_called = EvacuationTeamState.CALLED
    return [team for team in fact.teams if team.state is is_called and (team.due_at is None or team.late)]


def _rounds(fact: EvacuationFact) -> list[str]:
    """What the desk was called for: teams that came later may be late when the others are out already."""
    return ["overdue", *(f"overdue:{turn}" for turn in range(2, fact.rounds + 1))]


def _stop(
    connection: Connection,
    notify: Notify,
    cause: Envelope,
    fact: EvacuationFact,
    what: str,
    reason: CancelReason,
    now: datetime,
) -> None:
    stop_for_key(connection, notify, cause, _key(fact, what), reason, fact.actor_name, now)


def _call_team(
    connection: Connection,
    notify: Notify,
    cause: Envelope,
    fact: EvacuationFact,
    team: EvacuationTeam,
    now: datetime,
) -> None:
    """The team first; from the second round on also whom the policy of the desk would call."""
    if notify.deps.site not in {cause.site, team.home_site}:
        return
    policy = policy_in_force(connection)
    steps = tuple(
        Step(step.after_seconds, step.posts if index else (), step.channels, step.deputies, units=(team.unit_id,))
        for index, step in enumerate(policy.steps)
    )
    place = fact.assembly_text or label("notification_text.assembly_on_map")
    title = label("notification_text.evacuation_team", unit=team.unit_name, place=place, reason=fact.reason)
    call_once(connection, notify, cause, _matter(fact, team.assignment_id, title), steps, now)


def _call_desk(connection: Connection, notify: Notify, cause: Envelope, fact: EvacuationFact, now: datetime) -> None:
    if cause.site != notify.deps.site:
        return
    units = [team.unit_name for team in _late(fact)]
    title = label("notification_text.evacuation_overdue", count=len(units), units=units)
    steps = by_hand(policy_in_force(connection), _DESK, ())
    call_once(connection, notify, cause, _matter(fact, _rounds(fact)[-1], title), steps, now)


def _matter(fact: EvacuationFact, what: str, title: str) -> Matter:
    about, by = (fact.incident_id, fact.incident_number), fact.actor_name
    return Matter(NotificationKind.EVACUATION, _key(fact, what), title, *about, wanted_by=by, actor_name=by)
