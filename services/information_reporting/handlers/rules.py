"""The rules and the heading: read and replaced; a running clock keeps the deadline it began with."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.information_reporting.domain.rules import RuleBook, check_rules
from services.information_reporting.handlers.context import Reporting
from services.information_reporting.schemas import ChangeRules
from services.information_reporting.store.settings import rule_book, rule_json, save_rule_book
from shared.contracts.events.acts import Act, Detail
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict
from shared.storage.system import append_facts


def show_rules(connection: Connection) -> dict[str, Any]:
    """The rules in force, each with its labels."""
    book = rule_book(connection)
    rules = [
        {
            **rule_json(rule),
            "leg_label": label(f"report_leg.{rule.leg.value}"),
            "channel_label": label(f"clock_channel.{rule.channel.value}"),
        }
        for rule in book.rules
    ]
    return {
        "rules": rules,
        "heading": asdict(book.heading),
        "version": book.version,
        "updated_at": book.updated_at and wire_time(book.updated_at),
        "updated_by": book.updated_by,
    }


def change_rules(connection: Connection, reporting: Reporting, actor: Actor, cmd: ChangeRules, now: datetime) -> Answer:
    """Replace the rules.

    Raises:
        Invalid: they could not be kept.
        Conflict: `report_rules.changed`, with the present ones as `current`.
    """
    before = rule_book(connection)
    if cmd.version is not None and cmd.version != before.version:
        raise Conflict("report_rules.changed", current=show_rules(connection))
    rules = tuple(one.rule() for one in cmd.rules)
    check_rules(rules)
    heading = cmd.heading.heading() if cmd.heading else before.heading
    after = RuleBook(rules, heading, before.version + 1, now, actor.name)
    save_rule_book(connection, after)
    told: dict[str, Detail] = {"version": after.version, "before": _spoken(before), "after": _spoken(after)}
    fact = reporting.deps.acted("report", Act.REPORT_RULES_CHANGED, actor, now=now, detail=told)
    append_facts(connection, fact)
    return Answer(200, show_rules(connection))


def _spoken(book: RuleBook) -> str:
    """The rules in a line, for whoever looks later at what was changed."""
    return ";".join(
        f"{rule.id} {rule.minutes} 分钟{'' if rule.enabled else '(停用)'}" for rule in book.rules
    )[:2000]  # fmt: skip
