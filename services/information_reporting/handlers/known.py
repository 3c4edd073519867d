"""What a report tells, read from the report and from what was told before it."""

from services.information_reporting.domain.changes import Change, changes, overlaid
from services.information_reporting.domain.fields import Value
from services.information_reporting.domain.report import Report
from shared.contracts.events.report import ReportKind


def known_values(report: Report) -> dict[str, Value]:
    """Everything the superiors know once they have this report: a follow-up adds to what they knew."""
    before = report.baseline if report.kind is ReportKind.FOLLOW_UP and report.baseline else {}
    return overlaid(before, report.fields)


def told_changes(report: Report) -> tuple[Change, ...]:
    """What it tells anew; nothing for a report that tells all."""
    return () if report.baseline is None else changes(report.baseline, report.fields)
