"""Making an envelope: the one place where ids, subjects and causation are put on a payload."""

from datetime import datetime

from shared.contracts.envelope import Envelope
from shared.contracts.events.base import Fact
from shared.contracts.subjects import fact_subject
from shared.kernel.access import Actor
from shared.kernel.ids import new_id


def draft(
    *,
    site: str,
    service: str,
    kind: str,
    aggregate_id: str,
    version: int,
    payload: Fact,
    now: datetime,
    exercise: bool,
    actor: Actor | None = None,
    cause: Envelope | None = None,
    correlation_id: str | None = None,
) -> Envelope:
    """The envelope for `payload`, recorded at `now`.

    Args:
        kind: `<context>.<aggregate>.<fact>.v<major>`; must be one of the payload's `KINDS`.
        cause: the fact that led to this one; its correlation is carried on.
    """
    if kind not in payload.KINDS:
        raise ValueError(f"{type(payload).__name__} is not the payload of {kind}")
    event_id = new_id()
    return Envelope(
        id=event_id,
        source=f"/sites/{site}/{service}",
        type=fact_subject(site, kind),
        subject=aggregate_id,
        time=now,
        data=payload.model_dump(mode="json"),
        aggregateversion=version,
        correlationid=correlation_id or (cause.correlationid if cause else event_id),
        causationid=cause.id if cause else None,
        actorid=actor.account_id if actor else None,
        exercise=exercise,
    )
