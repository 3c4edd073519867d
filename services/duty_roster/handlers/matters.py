"""What others tell of incidents, clocks and call-outs, as far as it must be handed over at a change of shift."""

from services.duty_roster.store.matters import Matter
from shared.contracts.events.duty import HandoverItemKind
from shared.contracts.events.intake import IncidentFact, IncidentStatus
from shared.contracts.events.notify import NotificationFact, NotificationKind, NotificationState
from shared.contracts.events.report import ClockChannel, ReportClockFact, ReportClockState
from shared.i18n import label

_OVER = frozenset({IncidentStatus.CLOSED, IncidentStatus.MERGED})
_DUE = frozenset({ReportClockState.RUNNING, ReportClockState.OVERDUE})
_UNANSWERED = frozenset({NotificationState.PENDING, NotificationState.CALLING, NotificationState.EXHAUSTED})


def incident_matter(fact: IncidentFact, version: int) -> Matter:
    """未结事件."""
    text = f"{fact.number} {fact.title}"
    return Matter(HandoverItemKind.INCIDENT, fact.id, version, fact.status not in _OVER, text, fact.received_at)


def clock_matter(fact: ReportClockFact, version: int) -> Matter:
    """待办: a report that is due; the daily reports of one day are one line."""
    kind, is_open = HandoverItemKind.REPORT_CLOCK, fact.state in _DUE and fact.passed_to is None
    if fact.channel is ClockChannel.DAILY and fact.day is not None:
        text, bundle = label("handover_text.daily", day=fact.day, count="{count}"), f"daily:{fact.day}"
        return Matter(kind, fact.id, version, is_open, text, fact.starts_at, fact.due_at, bundle)
    what = f"{label(f'report_leg.{fact.leg.value}')} {label(f'clock_channel.{fact.channel.value}')}"
    text = f"{what}：{fact.incident_number or ''} {fact.incident_title or fact.township_name or ''}"
    return Matter(kind, fact.id, version, is_open, text.strip(), fact.starts_at, fact.due_at)


def call_matter(fact: NotificationFact, version: int) -> Matter | None:
    """未回执通知; that a report is due stands among the reports already."""
    if fact.kind is NotificationKind.REPORT_CLOCK:
        return None
    is_open = fact.state in _UNANSWERED
    return Matter(HandoverItemKind.NOTIFICATION, fact.id, version, is_open, fact.title, fact.created_at)
