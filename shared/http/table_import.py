"""Taking a table into a service: each row by itself, all or nothing, with one account of what happened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from shared.http.table_file import RowFault, Table, TableRow
from shared.i18n import label
from shared.kernel.errors import DomainError, Invalid


class RowOutcome(StrEnum):
    """What a row did. `unchanged`: the same was there already, so importing a file twice is harmless."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(slots=True)
class ImportReport:
    """How an import went."""

    rows: int
    outcomes: dict[RowOutcome, int] = field(default_factory=lambda: dict.fromkeys(RowOutcome, 0))
    faults: list[RowFault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    dry_run: bool = False

    def counts(self) -> dict[str, int]:
        """How many rows did what, and how many did nothing because they were faulty."""
        return {**{outcome.value: count for outcome, count in self.outcomes.items()}, "faulty": len(self.faults)}

    def as_json(self) -> dict[str, Any]:
        """The answer: counts, and each fault with row, column, code and a sentence."""
        errors = [
            {
                **fault.params,
                "row": fault.row,
                "column": fault.column,
                "code": fault.code,
                "detail": label(f"problem.{fault.code}", **fault.params),
            }
            for fault in self.faults
        ]
        counts = {outcome.value: count for outcome, count in self.outcomes.items()}
        head = {"rows": self.rows, "dry_run": self.dry_run, "ignored_columns": self.ignored}
        return {**counts, **head, "errors": errors}


TakeRow = Callable[[Connection, TableRow], RowOutcome]
"""Takes one row; a `DomainError` it raises becomes a fault of that row. Its faults point at columns by title."""


def import_table(connection: Connection, table: Table, take: TakeRow, *, dry_run: bool, partial: bool) -> ImportReport:
    """Take every row inside the caller's transaction.

    Args:
        dry_run: do all of it, tell what came of it, keep nothing.
        partial: keep the good rows even if others are faulty.

    Raises:
        Invalid: `import.rows_faulty` when nothing was kept because of faulty rows; it carries them all.
    """
    count = len(table.rows) + len({fault.row for fault in table.faults})
    report = ImportReport(count, faults=list(table.faults), ignored=table.ignored, dry_run=dry_run)
    whole = connection.begin_nested()
    try:
        for row in table.rows:
            _take_one(connection, row, take, report)
    except BaseException:
        whole.rollback()
        raise
    report.faults.sort(key=lambda fault: fault.row)
    if not dry_run and (partial or not report.faults):
        whole.commit()
        return report
    whole.rollback()
    if not dry_run:
        raise refusal(report.rows, report.faults)
    return report


def refusal(rows: int, faults: Iterable[RowFault]) -> Invalid:
    """The error that says: nothing was taken, and this is why."""
    nothing = {outcome.value: 0 for outcome in RowOutcome}
    return Invalid("import.rows_faulty", faults=tuple(fault.as_field_fault() for fault in faults), rows=rows, **nothing)


def _take_one(connection: Connection, row: TableRow, take: TakeRow, report: ImportReport) -> None:
    step = connection.begin_nested()
    try:
        outcome = take(connection, row)
    except DomainError as error:
        step.rollback()
        report.faults.extend(_faults_of(row.number, error))
        return
    except BaseException:
        step.rollback()
        raise
    step.commit()
    report.outcomes[outcome] += 1


def _faults_of(number: int, error: DomainError) -> list[RowFault]:
    """The error in terms of the row: each faulty field by its column, else the error as a whole."""
    if not error.faults:
        return [RowFault(number, None, error.code, dict(error.params))]
    return [
        RowFault(number, fault.pointer.lstrip("/") or None, fault.code, dict(fault.params)) for fault in error.faults
    ]
