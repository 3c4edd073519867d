"""The status chain of an assignment as one table, and what a report from the field does to it (domain §4.3)."""

from datetime import datetime, timedelta
from typing import Any

from shared.contracts.events.dispatch import AssignmentFact, AssignmentStatus, StatusReport, UnitStatus
from shared.kernel.errors import Conflict, FieldFault, Invalid
from shared.kernel.limits import Limit

S = AssignmentStatus
CLOCK_TOLERANCE = Limit(timedelta(minutes=10), "chosen: hand-held clocks differ by minutes, not by more")

TRANSITIONS: dict[AssignmentStatus, frozenset[AssignmentStatus]] = {
    S.ORDERED: frozenset({S.ACCEPTED, S.DECLINED, S.RECALLED}),
    S.ACCEPTED: frozenset({S.EN_ROUTE, S.RECALLED}),
    S.EN_ROUTE: frozenset({S.ON_SCENE, S.RETURNING}),
    S.ON_SCENE: frozenset({S.WORKING, S.RETURNING}),
    S.WORKING: frozenset({S.ASSEMBLING, S.RETURNING}),
    S.ASSEMBLING: frozenset({S.WORKING, S.RETURNING}),
    S.RETURNING: frozenset({S.BACK}),
    S.BACK: frozenset(),
    S.RECALLED: frozenset(),
    S.DECLINED: frozenset(),
}
"""From → allowed. Anything else is refused, or taken as a correction with a reason."""

ENDED = frozenset({S.BACK, S.RECALLED, S.DECLINED})
_NOT_GONE_YET = frozenset({S.ORDERED, S.ACCEPTED})

_MIRROR: dict[AssignmentStatus, UnitStatus] = {
    S.ORDERED: UnitStatus.STANDBY,
    S.ACCEPTED: UnitStatus.ACCEPTED,
    S.EN_ROUTE: UnitStatus.EN_ROUTE,
    S.ON_SCENE: UnitStatus.ON_SCENE,
    S.WORKING: UnitStatus.WORKING,
    S.ASSEMBLING: UnitStatus.ASSEMBLING,
    S.RETURNING: UnitStatus.RETURNING,
    S.BACK: UnitStatus.BACK,
    S.RECALLED: UnitStatus.STANDBY,
    S.DECLINED: UnitStatus.STANDBY,
}


def unit_status(status: AssignmentStatus) -> UnitStatus:
    """What the unit is doing while its assignment stands like this; an order not yet accepted leaves it on standby."""
    return _MIRROR[status]


def present_since(assignment: AssignmentFact) -> datetime:
    """When the present status began at the scene: the newest report that was not late, else the order."""
    moved = [report.occurred_at for report in assignment.history if not report.late]
    return max(moved, default=assignment.ordered_at)


def apply_report(assignment: AssignmentFact, report: StatusReport, *, correction: bool = False) -> AssignmentFact:
    """The assignment after a report.

    A report of something older than the present status is kept and marked late; it moves nothing backwards, however
    late it arrives. A correction may go against the table but needs a reason.

    Raises:
        Conflict: `assignment.transition_refused` with `from`, `to` and `allowed`, or `assignment.ended`.
        Invalid: a correction without a reason.
    """
    if correction and not report.note:
        fault = FieldFault("/note", "assignment.correction_reason")
        raise Invalid("assignment.correction_reason", faults=(fault,))
    if report.occurred_at < present_since(assignment):
        return _with(assignment, report.model_copy(update={"late": True}), assignment.status)
    if assignment.status in ENDED and not correction:
        raise Conflict("assignment.ended", status=assignment.status.value)
    if not correction and report.status not in TRANSITIONS[assignment.status]:
        allowed = sorted(status.value for status in TRANSITIONS[assignment.status])
        told: dict[str, Any] = {"from": assignment.status.value, "to": report.status.value, "allowed": allowed}
        raise Conflict("assignment.transition_refused", **told)
    return _with(assignment, report, report.status)


def recall_status(status: AssignmentStatus) -> AssignmentStatus:
    """What a recall leads to: not gone yet → recalled; on the way or at work → returning.

    Raises:
        Conflict: it has ended, or the unit is on its way back already.
    """
    if status in _NOT_GONE_YET:
        return S.RECALLED
    if S.RETURNING in TRANSITIONS[status]:
        return S.RETURNING
    raise Conflict("assignment.nothing_to_recall", status=status.value)


def _with(assignment: AssignmentFact, report: StatusReport, status: AssignmentStatus) -> AssignmentFact:
    history = [*assignment.history, report]
    update = {"status": status, "active": status not in ENDED, "history": history, "reported": report}
    return assignment.model_copy(update=update)
