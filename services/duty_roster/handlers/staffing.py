"""Whom each sort of day needs (双岗、双带班)."""

from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection

from services.duty_roster import store
from services.duty_roster.domain.calendar import period_kind
from services.duty_roster.domain.staffing import USUAL_STAFFING, DayKind, StaffingRule, required_on
from services.duty_roster.handlers.settings import Kept
from shared.contracts.events.roster import DutyPost
from shared.i18n import label
from shared.kernel.limits import Limit


def _labelled(body: dict[str, Any]) -> dict[str, Any]:
    rules = [
        {**rule, "day_label": label(f"day_kind.{rule['day_kind']}"), "post_label": label(f"duty_post.{rule['post']}")}
        for rule in body["rules"]
    ]
    return {"rules": rules}


STAFFING = Kept("staffing", {"rules": [asdict(rule) for rule in USUAL_STAFFING]}, _labelled)


def staffing_rules(connection: Connection) -> tuple[StaffingRule, ...]:
    """The rules in force."""
    return tuple(
        StaffingRule(**{**rule, "day_kind": DayKind(rule["day_kind"]), "post": DutyPost(rule["post"])})
        for rule in STAFFING.body(connection)["rules"]
    )


def required_at(connection: Connection, day: date) -> dict[DutyPost, Limit[int]]:
    """Whom this civil day needs."""
    return required_on(period_kind(day, store.published_kinds(connection, day, day)), staffing_rules(connection))
