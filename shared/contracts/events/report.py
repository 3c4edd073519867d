"""Facts of information reporting (信息报送): reports to superiors and the clocks that run for them.

What a report says stays in the reporting store: it may name people at the scene. A fact tells how it stands.
"""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.base import Fact
from shared.kernel.clock import UtcDatetime


class ReportKind(StrEnum):
    """初报、续报、终报、专报、值班快报、日报(零报告)."""

    INITIAL = "initial"
    FOLLOW_UP = "follow_up"
    FINAL = "final"
    SPECIAL = "special"
    BULLETIN = "bulletin"
    DAILY = "daily"
    SUPPORT = "support_request"
    """请求支援: superiors are asked, nobody is sent by us (S4 +120)."""


class SupportReply(StrEnum):
    """What the superiors say to a request for support."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class ReportState(StrEnum):
    """草稿、审核、签发、已发、已签收."""

    DRAFT = "draft"
    REVIEW = "review"
    SIGNED = "signed"
    SENT = "sent"
    RECEIPTED = "receipted"


class SendChannel(StrEnum):
    """By which way a report went out."""

    PHONE = "phone"
    FAX = "fax"
    NETWORK = "network"
    WRITTEN = "written"


class ReportLeg(StrEnum):
    """From whom to whom a report goes: 单位→区、属地→区、区→市."""

    UNIT_DISTRICT = "unit_district"
    TOWNSHIP_DISTRICT = "township_district"
    DISTRICT_CITY = "district_city"


class ClockChannel(StrEnum):
    """What is due: a call, a paper, a detailed paper, the next follow-up, the final report, the daily one."""

    PHONE = "phone"
    WRITTEN = "written"
    DETAIL = "detail"
    FOLLOW_UP = "follow_up"
    FINAL = "final"
    DAILY = "daily"


class ClockFrom(StrEnum):
    """From when a clock counts."""

    OCCURRED = "occurred"
    RECEIVED = "received"
    CLOSED = "closed"
    DAILY = "daily"


class ReportClockState(StrEnum):
    """Where a clock stands. `met_late` and `overdue` stay what they are, whatever happens to the grade."""

    RUNNING = "running"
    MET = "met"
    MET_LATE = "met_late"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"


class PhoneReport(BaseModel):
    """先电话: whom somebody told by telephone, and when."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: UtcDatetime
    to: str
    by_name: str | None = None


class SupportAnswer(BaseModel):
    """Who answered a request for support, when and how."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    reply: SupportReply
    by: str
    at: UtcDatetime
    note: str | None = None


class ReportFact(Fact):
    """Sent by reporting after every step of a report. Heard by intake, for the timeline of its incident."""

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"report.report.{fact}.v1"
        for fact in ("drafted", "submitted", "returned", "signed", "sent", "receipted", "phoned", "revised", "answered")
    )

    id: str
    incident_id: str | None = None
    incident_number: str | None = None
    incident_title: str | None = None
    kind: ReportKind
    serial: int
    revision: int = 1
    title: str
    state: ReportState
    document_number: str | None = None
    gaps: list[str] = []
    township: str | None = None
    day: str | None = None
    signer_name: str | None = None
    signed_at: UtcDatetime | None = None
    sent_at: UtcDatetime | None = None
    sent_to: str | None = None
    sent_channel: SendChannel | None = None
    receipted_at: UtcDatetime | None = None
    receipted_by: str | None = None
    phone: PhoneReport | None = None
    supersedes: str | None = None
    answer: SupportAnswer | None = None
    """Only of a request for support."""
    home_site: str


class ReportClockFact(Fact):
    """Sent by reporting when a clock starts, is met, runs out or is cancelled, and once when it soon will run out.

    Heard by notification of the same site: `due_soon` calls the duty officer, `overdue` the duty leader.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"report.clock.{fact}.v1" for fact in ("started", "due_soon", "met", "overdue", "cancelled")
    )

    id: str
    incident_id: str | None = None
    incident_number: str | None = None
    incident_title: str | None = None
    township: str | None = None
    township_name: str | None = None
    day: str | None = None
    rule_id: str
    leg: ReportLeg
    channel: ClockChannel
    clock_from: ClockFrom
    starts_at: UtcDatetime
    due_at: UtcDatetime
    minutes: int
    state: ReportClockState
    met_at: UtcDatetime | None = None
    report_id: str | None = None
    basis: str
    verified: bool = False
    occasion: str | None = None
    """Why it runs; a rule has one clock an occasion, also where it goes on at the incident's next home."""
    passed_to: str | None = None
    """Which site reports since this one handed the incident over; nobody is called here any more."""
    open_of_day: int | None = None
    """Only of a daily report: how many townships still owe one for this day, as this site counts them."""
    home_site: str
