"""The rules of grading in the store, and the copy in memory by which the hot path grades."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from services.incident_intake.domain.grading.editing import rules_from, rules_json
from services.incident_intake.domain.grading.rules import RuleSet, standard_rules
from services.incident_intake.tables.grading import GradingRulesRow
from shared.storage.prepared import Prepared

_TABLE = GradingRulesRow.__table__  # type: ignore[attr-defined]
_ONLY = 1
_IN_FORCE = Prepared(select(_TABLE).where(_TABLE.c.id == bindparam("only")))
_FRESH_SECONDS = 5.0
"""Another process on the same store may have changed them; nobody waits longer for a change to count."""


@dataclass(frozen=True, slots=True)
class KeptRules:
    """The rules in force and who made them so; nobody, if they are those that the product came with."""

    rules: RuleSet
    updated_at: datetime | None = None
    updated_by: str | None = None


def find_rules(connection: Connection) -> KeptRules:
    """The rules in force, from the store."""
    rows = _IN_FORCE.rows(connection, {"only": _ONLY})
    if not rows:
        return KeptRules(standard_rules())
    (row,) = rows
    return KeptRules(rules_from(row.rules, row.version), row.updated_at, row.updated_by)


def save_rules(connection: Connection, kept: KeptRules) -> None:
    """Replace the rules."""
    values: dict[str, Any] = {
        "id": _ONLY,
        "version": kept.rules.version,
        "rules": rules_json(kept.rules),
        "updated_at": kept.updated_at,
        "updated_by": kept.updated_by,
    }
    connection.execute(delete(_TABLE).where(_TABLE.c.id == _ONLY))
    connection.execute(insert(_TABLE), values)


class RulesInMemory:
    """The rules in force, read anew now and then: grading a report costs no statement."""

    def __init__(self) -> None:
        self._rules: RuleSet | None = None
        self._read_at = 0.0

    def of(self, connection: Connection) -> RuleSet:
        """The rules by which to grade now."""
        if self._rules is None or monotonic() - self._read_at > _FRESH_SECONDS:
            self._rules, self._read_at = find_rules(connection).rules, monotonic()
        return self._rules

    def forget(self) -> None:
        """They are being changed: read them at the next use."""
        self._rules = None
