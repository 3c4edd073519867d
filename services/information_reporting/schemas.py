"""Request and response bodies of reporting."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.information_reporting.domain.fields import ORDER, pasted
from services.information_reporting.domain.rules import MAX_RULES, Heading, Keeper, Rule
from shared.contracts.events.report import (
    ClockChannel,
    ClockFrom,
    PhoneReport,
    ReportClockState,
    ReportKind,
    ReportLeg,
    ReportState,
    SendChannel,
    SupportAnswer,
    SupportReply,
)
from shared.contracts.levels import IncidentGrade
from shared.http.schemas import Command, SaidTime, View
from shared.kernel.clock import UtcDatetime


def _written_day(value: Any) -> Any:
    if value is not None and not (isinstance(value, str) and re.fullmatch(r"[12]\d{3}-\d\d-\d\d", value)):
        raise PydanticCustomError("date_parsing", "not a written date")
    return value


Day = Annotated[date, BeforeValidator(_written_day)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=36)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Version = Annotated[int, Field(strict=True, ge=1)]
Minutes = Annotated[int, Field(strict=True, ge=1, le=60 * 24 * 31)]
Prefixes = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=32)]], Field(max_length=40)]


class CreateReport(Command):
    """A new draft; of an incident, of a day (值班快报), or of a township's day (日报)."""

    kind: ReportKind
    incident_id: Id | None = None
    day: Day | None = None
    township: Annotated[str, StringConstraints(max_length=20)] | None = None


class ChangeReport(Command):
    """Elements said anew; null is "not known". Text may be pasted from a word processor."""

    fields: Annotated[dict[str, Any], Field(max_length=len(ORDER))]
    version: Version | None = None

    @model_validator(mode="before")
    @classmethod
    def _paste(cls, data: Any) -> Any:
        fields = data.get("fields") if isinstance(data, dict) else None
        if not isinstance(fields, dict):
            return data
        return {**data, "fields": {k: pasted(v) if isinstance(v, str) else v for k, v in fields.items()}}


class SubmitReport(Command):
    """To be looked at and signed; with `version` only as it was read."""

    version: Version | None = None


class ReturnReport(Command):
    """Back to whoever wrote it."""

    reason: Reason


class SignReport(Command):
    """Signed as it stands; with `version` only as it was read."""

    version: Version | None = None


class SendReport(Command):
    """It went out."""

    channel: SendChannel
    to: Name
    at: SaidTime | None = None


class ReceiptReport(Command):
    """The other side has it."""

    by: Name
    at: SaidTime | None = None


class PhoneSuperiors(Command):
    """It was told by telephone; the paper follows."""

    to: Name
    by_name: Name | None = None
    at: SaidTime | None = None
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None


class RequestSupport(Command):
    """What is asked of superiors for an incident: whom, what, how much, until when and why."""

    incident_id: Id
    to: Name
    what: Reason
    amount: Annotated[str, StringConstraints(max_length=200)] | None = None
    needed_by: Annotated[str, StringConstraints(max_length=200)] | None = None
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class AnswerSupport(Command):
    """What the superiors answered."""

    reply: SupportReply
    by: Name
    at: SaidTime | None = None
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None


class ReviseReport(Command):
    """A new version of what was signed (补报)."""

    reason: Reason


class RuleInput(Command):
    """One rule."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    leg: ReportLeg
    channel: ClockChannel
    clock_from: ClockFrom
    minutes: Minutes
    remind_minutes: Annotated[int, Field(strict=True, ge=0, le=60 * 24)] = 0
    kept_by: Keeper = Keeper.SENDER
    grade_at_least: IncidentGrade | None = None
    grade_below: IncidentGrade | None = None
    types: Prefixes = []
    sources: Prefixes = []
    enabled: bool = True
    basis: Reason
    verified: bool = False

    def rule(self) -> Rule:
        """The rule of the domain."""
        said = {name: getattr(self, name) for name in type(self).model_fields}
        return Rule(**{**said, "types": tuple(self.types), "sources": tuple(self.sources)})


class HeadingInput(Command):
    """What stands on every paper."""

    issuer: Name
    main_to: Reason
    copy_to: Annotated[str, StringConstraints(max_length=500)] = ""
    copy_to_accident: Annotated[str, StringConstraints(max_length=500)] = ""
    phone: Annotated[str, StringConstraints(max_length=60)] = ""
    number_words: Annotated[str, StringConstraints(min_length=1, max_length=40)]

    def heading(self) -> Heading:
        """The heading of the domain."""
        return Heading(**{name: getattr(self, name) for name in type(self).model_fields})


class ChangeRules(Command):
    """New rules; a running clock keeps those it began with. Without `heading` that stays."""

    rules: Annotated[list[RuleInput], Field(min_length=1, max_length=MAX_RULES)]
    heading: HeadingInput | None = None
    version: Version | None = None


class GapView(View):
    """An element that is not known yet."""

    field: str
    label: str


class ChangeView(View):
    """An element that a follow-up tells anew."""

    field: str
    label: str
    before: str | int | None
    after: str | int | None
    numeric: bool


class NewerView(View):
    """What the facts say since the draft was made."""

    field: str
    label: str
    value: str | int | None


class StepView(View):
    """One line of a report's history."""

    at: UtcDatetime
    actor_name: str | None
    act: str
    from_state: str | None = Field(serialization_alias="from")
    to_state: str = Field(serialization_alias="to")
    note: str | None


class BehindPublicView(View):
    """晚于舆情: when the public first spoke of it, and when the superiors were told (null: not yet)."""

    first_public_at: UtcDatetime
    told_at: UtcDatetime | None


class ReportView(View):
    """A report as it is answered; `allowed` are the steps it may go now.

    `reported_by`: the site that reports on its incident now, if that is not the one that wrote it.
    """

    id: str
    incident_id: str | None
    incident_number: str | None
    incident_title: str | None
    kind: ReportKind
    serial: int
    title: str
    state: ReportState
    version: int
    revision: int
    fields: Mapping[str, str | int | None]
    gaps: list[GapView]
    changes: list[ChangeView]
    newer: list[NewerView]
    day: str | None
    township: str | None
    township_name: str | None
    document_number: str | None
    signer_name: str | None
    signed_at: UtcDatetime | None
    sent_at: UtcDatetime | None
    sent_to: str | None
    sent_channel: SendChannel | None
    receipted_at: UtcDatetime | None
    receipted_by: str | None
    phone: PhoneReport | None
    answer: SupportAnswer | None
    behind_public: BehindPublicView | None
    created_by_name: str
    created_at: UtcDatetime
    updated_at: UtcDatetime
    supersedes: str | None
    superseded_by: str | None
    home_site: str
    exercise: bool
    allowed: list[str]
    reported_by: str | None
    digest: str | None
    history: list[StepView]


class ClockView(View):
    """A clock as it is answered; `seconds_left` is negative once it has run out, null when it has ended.

    `passed_to`: the site where it goes on since the incident was handed over; it counts here no more.
    """

    id: str
    incident_id: str | None
    incident_number: str | None
    incident_title: str | None
    township: str | None
    township_name: str | None
    day: str | None
    rule_id: str
    leg: ReportLeg
    leg_label: str
    channel: ClockChannel
    channel_label: str
    clock_from: ClockFrom
    occasion: str
    starts_at: UtcDatetime
    due_at: UtcDatetime
    minutes: int
    state: ReportClockState
    met_at: UtcDatetime | None
    report_id: str | None
    basis: str
    verified: bool
    seconds_left: int | None
    passed_to: str | None
    passed_to_name: str | None
    passed_at: UtcDatetime | None
    version: int


class TemplateView(View):
    """The template in force of a kind of report."""

    kind: ReportKind
    label: str
    version: int
    is_default: bool
    filename: str | None
    digest: str | None
    uploaded_at: UtcDatetime | None
    uploaded_by: str | None
