"""Starting a call-out: because of a report, or because a person at the desk wants it."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from services.notification.domain.notification import Notification
from services.notification.domain.policy import Step, by_hand
from services.notification.domain.reasons import CallReason, why_call
from services.notification.handlers.context import Notify, view
from services.notification.handlers.escalation import enter
from services.notification.schemas import CallPeople
from services.notification.store.copies import IncidentCopy, find_incident, find_people
from services.notification.store.notifications import insert_notification, is_known, of_incident
from services.notification.store.policies import policy_in_force
from services.notification.store.telling import notification_fact, tell
from shared.contracts.envelope import Envelope
from shared.contracts.events.notify import NotificationKind, NotificationState
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an incident: the newest, and what it was called out for, oldest first."""

    newest: IncidentCopy
    earlier: list[Notification]


@dataclass(frozen=True, slots=True)
class Matter:
    """What people are called about, once.

    Args:
        key: what is never called out twice.
        wanted_by: whose name the call-out bears, None if it came by itself.
        actor_name: in whose name it is told.
    """

    kind: NotificationKind
    key: str
    title: str
    incident_id: str | None
    incident_number: str | None
    wanted_by: str | None = None
    actor_name: str | None = None


def known_of(connection: Connection, incident_id: str) -> Known:
    """The incident of a report that is to be decided: it was kept before."""
    newest = find_incident(connection, incident_id)
    assert newest is not None
    return Known(newest, of_incident(connection, incident_id, kind=NotificationKind.INCIDENT))


def reason_to_call(notify: Notify, cause: Envelope, known: Known) -> CallReason:
    """Whether this report calls people, by the newest that is known and what its incident was called out for."""
    is_ours = notify.deps.site in {cause.site, notify.hub}
    return why_call(known.newest.status, known.earlier, ours=is_ours)


def call_out_incident(
    connection: Connection, notify: Notify, cause: Envelope, known: Known, reporter: str | None, now: datetime
) -> CallReason:
    """Call people for a report, at once; replays and a second report of the same never call twice."""
    reason = reason_to_call(notify, cause, known)
    if reason.calls:
        newest = known.newest
        again = f":{len(known.earlier)}" if known.earlier else ""
        notification = Notification(
            id=new_id(),
            dedupe_key=f"incident:{newest.id}{again}",
            correlation_id=cause.correlationid,
            kind=NotificationKind.INCIDENT,
            title=newest.title,
            state=NotificationState.PENDING,
            created_at=now,
            created_by=reporter,
            steps=policy_in_force(connection).steps,
            home_site=notify.deps.site,
            exercise=notify.deps.exercise or cause.exercise,
            incident_id=newest.id,
            incident_number=newest.number,
            level=newest.grade,
        )
        start_call(connection, notify, notification, now, actor_name=reporter, cause=cause)
    return reason


def call_people(connection: Connection, notify: Notify, actor: Actor, cmd: CallPeople, now: datetime) -> Answer:
    """Call posts or single people by hand.

    Raises:
        Invalid: `notification.nobody_named`, `notification.person_unknown`, `notification.incident_unknown`.
    """
    people = tuple(dict.fromkeys(cmd.person_ids))
    _require_somebody(connection, cmd, people)
    incident = None if cmd.incident_id is None else find_incident(connection, cmd.incident_id)
    if cmd.incident_id is not None and incident is None:
        fault = FieldFault("/incident_id", "notification.incident_unknown")
        raise Invalid("notification.incident_unknown", faults=(fault,))
    steps: tuple[Step, ...] = by_hand(policy_in_force(connection), cmd.all_posts, people)
    new = new_id()
    notification = Notification(
        id=new,
        dedupe_key=f"manual:{new}",
        correlation_id=new,
        kind=NotificationKind.MANUAL,
        title=cmd.title,
        state=NotificationState.PENDING,
        created_at=now,
        created_by=actor.name,
        steps=steps,
        home_site=notify.deps.site,
        exercise=notify.deps.exercise,
        incident_id=incident.id if incident else None,
        incident_number=incident.number if incident else None,
        level=incident.grade if incident else None,
    )
    return Answer(201, view(connection, start_call(connection, notify, notification, now, actor=actor)))


def _require_somebody(connection: Connection, cmd: CallPeople, people: tuple[str, ...]) -> None:
    if not cmd.all_posts and not people:
        fault = FieldFault("/person_ids", "notification.nobody_named")
        raise Invalid("notification.nobody_named", faults=(fault,))
    known = find_people(connection, people)
    unknown = [index for index, one in enumerate(cmd.person_ids) if one not in known]
    if unknown:
        faults = tuple(FieldFault(f"/person_ids/{index}", "notification.person_unknown") for index in unknown)
        raise Invalid("notification.person_unknown", faults=faults)


def call_once(
    connection: Connection, notify: Notify, cause: Envelope, matter: Matter, steps: tuple[Step, ...], now: datetime
) -> None:
    """Call people because of a fact, unless they were called about the same before."""
    if is_known(connection, matter.key):
        return
    notification = Notification(
        id=new_id(),
        dedupe_key=matter.key,
        correlation_id=cause.correlationid,
        kind=matter.kind,
        title=matter.title,
        state=NotificationState.PENDING,
        created_at=now,
        created_by=matter.wanted_by,
        steps=steps,
        home_site=notify.deps.site,
        exercise=notify.deps.exercise or cause.exercise,
        incident_id=matter.incident_id,
        incident_number=matter.incident_number,
    )
    start_call(connection, notify, notification, now, actor_name=matter.actor_name, cause=cause)


def start_call(
    connection: Connection,
    notify: Notify,
    notification: Notification,
    now: datetime,
    *,
    actor: Actor | None = None,
    actor_name: str | None = None,
    cause: Envelope | None = None,
) -> Notification:
    """Begin a call-out: its first step is entered, kept and told."""
    notify.take_time(connection, now)
    entered, made = enter(connection, notify, notification, 0, now)
    # "Created" tells of the calls that were made; that there was nobody to call is told by a fact of its own.
    created = replace(entered, state=NotificationState.CALLING, version=notification.version + 1)
    is_exhausted = entered.state is NotificationState.EXHAUSTED
    kept = replace(created, state=entered.state, version=created.version + 1) if is_exhausted else created
    insert_notification(connection, kept)
    made.keep(connection, notify)
    payload = notification_fact(created, made.calls, made.tries)
    told = payload.model_copy(update={"actor_name": actor.name if actor else actor_name})
    tell(connection, notify.deps, "created", created, told, now=now, actor=actor, cause=cause)
    if is_exhausted:
        alarm = payload.model_copy(update={"state": kept.state, "changed": ["state"]})
        tell(connection, notify.deps, "exhausted", kept, alarm, now=now, cause=cause)
    return kept
