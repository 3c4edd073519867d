"""The rules of grading: read and replaced. A new rule counts from the next change of an incident on."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection

from services.incident_intake.domain.grading.editing import check_rules, rules_from, rules_json
from services.incident_intake.domain.grading.rules import RuleSet, standard_rules
from services.incident_intake.handlers.context import Intake
from services.incident_intake.schemas.grading import ChangeGradingRules
from services.incident_intake.store.grading_rules import KeptRules, find_rules, save_rules
from shared.contracts.events.acts import Act, Detail
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict
from shared.storage.system import append_facts

_log = structlog.get_logger(__name__)
_NAMED = 20
"""So many changed rows are named in the audit book; more are counted."""


def show_rules(connection: Connection) -> dict[str, Any]:
    """The rules in force."""
    return _view(find_rules(connection))


def show_standard() -> dict[str, Any]:
    """The rules that the product came with."""
    return _view(KeptRules(standard_rules()))


def _view(kept: KeptRules) -> dict[str, Any]:
    return {
        **rules_json(kept.rules),
        "version": kept.rules.version,
        "updated_at": None if kept.updated_at is None else wire_time(kept.updated_at),
        "updated_by": kept.updated_by,
    }


def change_rules(
    connection: Connection, intake: Intake, actor: Actor, cmd: ChangeGradingRules, now: datetime
) -> Answer:
    """Replace the rules.

    Raises:
        Invalid: as of `check_rules`.
        Conflict: `grading_rules.changed`, with the present ones as `current`.
    """
    before = find_rules(connection)
    if cmd.version is not None and cmd.version != before.rules.version:
        raise Conflict("grading_rules.changed", current=_view(before))
    after = rules_from(cmd.model_dump(mode="json"), before.rules.version + 1)
    check_rules(after)
    kept = KeptRules(after, now, actor.name)
    save_rules(connection, kept)
    intake.rules.forget()
    told: dict[str, Detail] = {"version": after.version, **_differences(before.rules, after)}
    append_facts(connection, intake.deps.acted("intake", Act.GRADING_RULES_CHANGED, actor, now=now, detail=told))
    _log.info("grading_rules_changed", account_id=actor.account_id, version=after.version)
    return Answer(200, _view(kept))


def _differences(before: RuleSet, after: RuleSet) -> dict[str, Detail]:
    """Which rows changed, for whoever looks later at what was decided."""
    old, new = ({row.id: row for row in rules.thresholds} for rules in (before, after))
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    said = "; ".join(f"{name}: {_number(old, name)} → {_number(new, name)}" for name in names[:_NAMED])
    return {
        "rows": len(names),
        "changed": said or None,
        "windows": before.windows != after.windows,
        "exceptions": before.exemptions != after.exemptions,
        "limits": (before.sensitive, before.command) != (after.sensitive, after.command),
    }


def _number(rows: dict[str, Any], name: str) -> str:
    return f"{rows[name].at_least:g}" if name in rows else "—"
