"""Why something is called out or sent, or is not: answers that read like sentences instead of yes and no."""

from collections.abc import Iterable
from enum import StrEnum

from services.notification.domain.notification import CancelReason, Notification, Target
from shared.contracts.events.intake import STANDING, IncidentStatus
from shared.contracts.events.notify import NotificationState, TargetState


class CallReason(StrEnum):
    """Why an incident is called out, or not."""

    FIRST_REPORT = "first_report"
    STANDS_AGAIN = "stands_again"
    """Its call had stopped unanswered because it was over, and it is not."""
    ALREADY_CALLED = "already_called"
    INCIDENT_ENDED = "incident_ended"
    ANOTHER_SITES = "another_sites"
    HEARD_LATE = "heard_late"
    """It may be over long since: decided when what else is known of it has been heard."""

    @property
    def calls(self) -> bool:
        """Whether people are called."""
        return self in {CallReason.FIRST_REPORT, CallReason.STANDS_AGAIN}


def why_call(status: IncidentStatus, earlier: Iterable[Notification], *, ours: bool) -> CallReason:
    """Whether a report leads to a call-out.

    Args:
        status: how the incident stands by the newest fact known, which may be newer than the report.
        earlier: what this incident was called out for before.
        ours: it is this site's own, or this site is the district's centre.
    """
    before = tuple(earlier)
    if not ours:
        return CallReason.ANOTHER_SITES
    if status not in STANDING:
        return CallReason.INCIDENT_ENDED
    if not before:
        return CallReason.FIRST_REPORT
    if all(one.ending is not None and one.ending.reason is not CancelReason.BY_HAND for one in before):
        return CallReason.STANDS_AGAIN
    return CallReason.ALREADY_CALLED


class SendReason(StrEnum):
    """Why a call is sent, or not."""

    FIRST = "first"
    RETRY = "retry"
    AFTER_BREAK = "after_break"
    """A sender took it and never reported: it may have gone out, it goes out again."""
    ALREADY_SENT = "already_sent"
    ANSWERED = "answered"
    CANCELLED = "cancelled"

    @property
    def sends(self) -> bool:
        """Whether it goes out."""
        return self in {SendReason.FIRST, SendReason.RETRY, SendReason.AFTER_BREAK}


def why_send(notification: Notification, target: Target, *, under_way_before: bool) -> SendReason:
    """Whether a claimed call still has to go out."""
    if notification.state is NotificationState.ACKNOWLEDGED:
        return SendReason.ANSWERED
    if notification.state is NotificationState.CANCELLED:
        return SendReason.CANCELLED
    if target.state is not TargetState.WAITING:
        return SendReason.ALREADY_SENT
    if under_way_before:
        return SendReason.AFTER_BREAK
    return SendReason.RETRY if target.tries else SendReason.FIRST
