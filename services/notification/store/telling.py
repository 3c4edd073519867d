"""A change of a call-out is kept and told in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.notification.domain.notification import Attempt, Notification, Target, masked
from services.notification.domain.roll_call import roll_call_of
from services.notification.store.notifications import save_notification
from services.notification.store.targets import attempts_of, targets_of
from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope
from shared.contracts.events.notify import Attempt as AttemptFact
from shared.contracts.events.notify import NotificationFact
from shared.contracts.events.notify import Target as TargetFact
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.storage.system import append_facts


def keep_and_tell(
    connection: Connection,
    deps: Deps,
    fact: str,
    notification: Notification,
    *,
    now: datetime,
    changed: Sequence[str] = (),
    actor: Actor | None = None,
    actor_name: str | None = None,
    remark: str | None = None,
    cause: Envelope | None = None,
) -> Notification:
    """Save the call-out as its next version and put its whole public state into the outbox; returns that version."""
    kept = replace(notification, version=notification.version + 1)
    save_notification(connection, kept)
    targets = targets_of(connection, [kept.id]).get(kept.id, [])
    payload = notification_fact(kept, targets, attempts_of(connection, targets)).model_copy(
        update={
            "changed": list(changed),
            "actor_name": actor.name if actor else actor_name,
            "remark": remark,
        }
    )
    tell(connection, deps, fact, kept, payload, now=now, actor=actor, cause=cause)
    return kept


def tell(
    connection: Connection,
    deps: Deps,
    fact: str,
    kept: Notification,
    payload: NotificationFact,
    *,
    now: datetime,
    actor: Actor | None = None,
    cause: Envelope | None = None,
) -> None:
    """Put a version that is kept into the outbox."""
    envelope = draft(
        site=deps.site,
        service=deps.service,
        kind=f"notify.notification.{fact}.v1",
        aggregate_id=kept.id,
        version=kept.version,
        payload=payload,
        now=now,
        exercise=kept.exercise,
        actor=actor,
        cause=cause,
        correlation_id=kept.correlation_id,
    )
    append_facts(connection, envelope)


def notification_fact(
    one: Notification, targets: Sequence[Target], tries: Mapping[str, Sequence[Attempt]]
) -> NotificationFact:
    """The public state: phone numbers are masked."""
    answer, ending = one.answer, one.ending
    roll_call_id, roll_call_unit = roll_call_of(one.dedupe_key) or (None, None)
    return NotificationFact(
        id=one.id,
        incident_id=one.incident_id,
        incident_number=one.incident_number,
        title=one.title,
        kind=one.kind,
        state=one.state,
        created_at=one.created_at,
        acknowledged_at=answer.at if answer else None,
        acknowledged_by=answer.by if answer else None,
        ack_note=answer.note if answer else None,
        on_behalf_of_name=answer.for_name if answer else None,
        phone_answer=answer.by_phone if answer else False,
        cancel_reason=ending.reason.value if ending else None,
        level=one.level,
        next_due_at=one.next_due_at,
        step=one.step,
        steps_total=len(one.steps),
        targets=[target_fact(target, tries.get(target.id, [])) for target in targets],
        roll_call_id=roll_call_id,
        roll_call_unit=roll_call_unit,
        home_site=one.home_site,
    )


def target_fact(target: Target, tries: Sequence[Attempt]) -> TargetFact:
    """One call as others see it."""
    return TargetFact(
        step=target.step,
        post=target.post,
        person_id=target.person_id,
        person_name=target.person_name,
        phone_masked=masked(target.phone),
        account=target.account,
        channel=target.channel,
        state=target.state,
        attempts=[
            AttemptFact(at=one.at, channel=one.channel, outcome=one.outcome.value, detail=one.detail) for one in tries
        ],
    )
