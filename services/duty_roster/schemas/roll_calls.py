"""Bodies of roll calls."""

from dataclasses import asdict
from datetime import time
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from services.duty_roster.domain.roll_call import Figures, Plan, figures
from services.duty_roster.domain.staffing import DayKind
from services.duty_roster.schemas.settings import Basis, SettingCommand
from shared.contracts.events.roll_call import RollCallFact, RollCallKind
from shared.http.schemas import Command
from shared.i18n import label

Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,12}$")]
Seconds = Annotated[int, Field(strict=True, ge=30, le=3600)]
Count = Annotated[int, Field(strict=True, ge=1, le=200)]
Hour = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_Reference = Annotated[str, StringConstraints(min_length=1, max_length=36)]


class StartRollCall(Command):
    """A roll call: `targets` are called if given, else `count` are drawn; a planned one calls everybody."""

    kind: RollCallKind
    count: Count | None = None
    targets: Annotated[list[Code], Field(min_length=1, max_length=200)] | None = None
    timeout_seconds: Seconds | None = None


class AnswerRollCall(Command):
    """Who answered for the unit; `stand_in` when that is not the person who was called."""

    by: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    stand_in: bool = False
    note: Annotated[str, StringConstraints(max_length=300)] | None = None


class PlanInput(Command):
    """When roll calls start by themselves."""

    day_kinds: Annotated[list[DayKind], Field(min_length=1, max_length=len(DayKind))]
    start: Hour
    until: Hour
    every_minutes: Annotated[int, Field(strict=True, ge=10, le=1440)]
    kind: RollCallKind
    count: Count

    def plan(self) -> Plan:
        """The plan of the domain."""
        return Plan(
            frozenset(self.day_kinds), time.fromisoformat(self.start), time.fromisoformat(self.until),
            self.every_minutes, self.kind, self.count,
        )  # fmt: skip


class SetRollCallRules(SettingCommand):
    """Limits and the plan."""

    count: Count
    timeout_seconds: Seconds
    close_after_seconds: Annotated[int, Field(strict=True, ge=60, le=7200)]
    plans: Annotated[list[PlanInput], Field(max_length=10)]
    basis: Basis
    verified: bool = False


class ContactInput(Command):
    """Who answers for a township, and who is called when nobody does."""

    code: Code
    person_id: _Reference
    leader_id: _Reference | None = None


class SetContacts(SettingCommand):
    """The responsible people of all townships at once."""

    contacts: Annotated[list[ContactInput], Field(max_length=200)]


def figures_json(found: Figures) -> dict[str, Any]:
    """Counts and the rate."""
    return {**asdict(found), "rate": found.rate}


def roll_call_json(fact: RollCallFact, version: int) -> dict[str, Any]:
    """A roll call as it is answered."""
    body = fact.model_dump(mode="json", exclude={"changed", "actor_name", "remark"})
    units = [{**unit, "result_label": label(f"roll_call_result.{unit['result']}")} for unit in body["units"]]
    return {
        **body,
        "units": units,
        "version": version,
        "kind_label": label(f"roll_call_kind.{fact.kind.value}"),
        **figures_json(figures(fact.units)),
    }
