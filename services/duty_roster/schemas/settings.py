"""What the bureau decides about its duty, as it is sent and kept."""

from typing import Annotated

from pydantic import Field, StringConstraints

from services.duty_roster.domain.staffing import DayKind, StaffingRule
from shared.contracts.events.roster import DutyPost
from shared.http.schemas import Command

Basis = Annotated[str, StringConstraints(min_length=2, max_length=300)]


class SettingCommand(Command):
    """A decision; `version` is the one it was made on, so that nobody overwrites another's unseen."""

    version: Annotated[int, Field(strict=True, ge=0)] | None = None


class StaffingRuleInput(Command):
    """So many people at this post on such a day."""

    day_kind: DayKind
    post: DutyPost
    count: Annotated[int, Field(strict=True, ge=0, le=9)]
    basis: Basis
    verified: bool = False

    def rule(self) -> StaffingRule:
        """The rule of the domain."""
        return StaffingRule(self.day_kind, self.post, self.count, self.basis, self.verified)


class SetStaffing(SettingCommand):
    """编制: all rules at once."""

    rules: Annotated[list[StaffingRuleInput], Field(max_length=40)]


class CheckInput(Command):
    """A line of the checklist of handovers."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")]
    text: Annotated[str, StringConstraints(min_length=2, max_length=200)]


class SetChecks(SettingCommand):
    """交接清单: 在岗设备、钥匙密码 and whatever else the bureau wants to be ticked."""

    checks: Annotated[list[CheckInput], Field(max_length=40)]
    basis: Basis
    verified: bool = False
