"""Asking another site for its unit: one answer, by the asked site alone, and none after the time it was meant for."""

from datetime import datetime, timedelta

from shared.contracts.events.dispatch import RequestFact, RequestState
from shared.kernel.errors import Conflict
from shared.kernel.limits import Limit

VALID_FOR = Limit(timedelta(minutes=10), "chosen: after that the officer has found another unit; a late one surprises")
VALID_AT_MOST = Limit(timedelta(hours=12), "chosen: one shift; who asks for later asks again")


def standing(request: RequestFact, now: datetime) -> RequestState:
    """How the request stands for whoever looks at it now; both sites say the same from the same facts."""
    if request.state is RequestState.REQUESTED and now > request.valid_until:
        return RequestState.EXPIRED
    return request.state


def answered(
    request: RequestFact,
    state: RequestState,
    *,
    now: datetime,
    by: str | None = None,
    text: str | None = None,
    assignment_id: str | None = None,
) -> RequestFact:
    """The request with its one answer.

    Raises:
        Conflict: `request.answered`, or `request.expired`: a late order is dangerous (design rule 6).
    """
    if request.state is not RequestState.REQUESTED:
        raise Conflict("request.answered", state=request.state.value)
    if state is not RequestState.EXPIRED and now > request.valid_until:
        raise Conflict("request.expired", valid_until=request.valid_until.isoformat())
    update = {
        "state": state,
        "answered_at": now,
        "answered_by": by,
        "answer": text,
        "assignment_id": assignment_id,
        "changed": ["state"],
        "actor_name": by,
        "remark": text,
    }
    return request.model_copy(update=update)
