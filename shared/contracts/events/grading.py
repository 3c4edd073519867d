"""How grave an incident is, as it stands in facts: the grade and where it comes from, figures and their sources."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.contracts.levels import IncidentGrade
from shared.kernel.clock import UtcDatetime


class GradingWay(StrEnum):
    """What the rules say of this kind of incident."""

    RULES = "rules"
    BY_HAND = "by_hand"
    """No thresholds are known for it: a person grades it and says why."""
    NOT_GRADED = "not_graded"
    """The law's four grades do not apply (突发事件应对法 §3: social security)."""
    UNTYPED = "untyped"
    """Its type is not known yet, or no rule speaks of it."""


class Command(StrEnum):
    """Who commands by the grade (北京市实施办法 §46)."""

    DISTRICT = "district"
    CITY = "city"


class Grading(BaseModel):
    """Where the grade comes from.

    Args:
        confirmed: by the rules, from figures that are certain; the missing are not among them.
        possible: by the rules, with the missing (国务院令 493 号 §12) and the worse of figures that disagree.
        manual: a person graded it, `manual_grade`, for this `reason`; the rules go on beside it.
        said: what somebody who reported it thought it might become.
        rule_id, basis, source, verified: of the rule that gave `confirmed`, else of the one that gave `possible`.
        metric, at_least: what that rule counts, and from how many on.
        command: whose it is to command it now.
        reported_deaths: dead and missing together, as they are reported upwards.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    way: GradingWay = GradingWay.UNTYPED
    confirmed: IncidentGrade | None = None
    possible: IncidentGrade | None = None
    manual: bool = False
    manual_grade: IncidentGrade | None = None
    reason: str | None = None
    said: IncidentGrade | None = None
    rule_id: str | None = None
    metric: str | None = None
    at_least: int | float | None = None
    basis: str | None = None
    source: str | None = None
    verified: bool = False
    command: Command | None = None
    reported_deaths: int | None = None


class Figure(BaseModel):
    """One number as one source gave it; several stand side by side until a person chooses.

    Args:
        field: `dead`, `missing`, `serious`, `injured`, `trapped`, `acute_poisoned`, `loss_yuan` or `burnt_hectares`.
        chosen: a person took this one, `chosen_by`.
        settled: it was there when a person last decided, so it asks for nothing any more.
        counted: False after the window of 国务院令 493 号 §13: kept and shown, in no statistics.
        occurred_at: when it became so at the scene.
        from_incident: the incident that was merged into this one and brought it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    field: str
    value: int | float
    source: str
    source_name: str | None = None
    reported_at: UtcDatetime
    recorded_at: UtcDatetime
    occurred_at: UtcDatetime | None = None
    chosen: bool = False
    chosen_by: str | None = None
    settled: bool = False
    counted: bool = True
    note: str | None = None
    recorded_by: str | None = None
    from_incident: str | None = None


class CasualtyWindow(BaseModel):
    """Until when changes of the figures of people harmed are counted (国务院令 493 号 §13)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    days: int
    basis: str
    verified: bool = False
    ends_at: UtcDatetime
    late: list[Figure] = []
    """What became so after it: kept and shown, never counted."""


class CommandTransfer(BaseModel):
    """The step by which the city takes command (指挥权移交市应急委, 北京市实施办法 §46), and its trace."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    due_since: UtcDatetime
    done_at: UtcDatetime | None = None
    done_by: str | None = None
    to_whom: str | None = None
    note: str | None = None
