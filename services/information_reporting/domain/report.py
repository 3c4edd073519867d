"""A report and the steps it may go: 草稿 → 审核 → 签发 → 已发 → 已签收; by telephone first, on paper after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.information_reporting.domain.fields import Value
from shared.contracts.events.report import PhoneReport, ReportKind, ReportState, SendChannel, SupportAnswer
from shared.kernel.errors import Conflict

OPEN: Final = frozenset({ReportState.DRAFT, ReportState.REVIEW})
"""May still be edited."""
OUT: Final = frozenset({ReportState.SENT, ReportState.RECEIPTED})
TRANSITIONS: Final[Mapping[ReportState, Mapping[str, ReportState]]] = {
    ReportState.DRAFT: {"submit": ReportState.REVIEW},
    ReportState.REVIEW: {"return": ReportState.DRAFT, "sign": ReportState.SIGNED},
    ReportState.SIGNED: {"send": ReportState.SENT},
    ReportState.SENT: {"receipt": ReportState.RECEIPTED},
    ReportState.RECEIPTED: {},
}
"""The one table: from each state the steps and where they lead. Telephoning is possible in every state, once."""
_OF_INCIDENT: Final = frozenset({ReportKind.INITIAL, ReportKind.FOLLOW_UP, ReportKind.FINAL})
_REVISED_AFTER_SENDING: Final = frozenset({ReportKind.FINAL, ReportKind.SPECIAL})
"""What changes before the end stands in the next follow-up; after it, in a new version (补报, 493 §13)."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report.

    Args:
        serial: of its kind in its series: 续报 1, 2, …; `revision` counts the versions of one report.
        prefilled: what the facts said when it was drafted.
        baseline: of a follow-up, everything that the superiors had been told before.
        told: everything that they have been told with it, once it is out.
        day, township: of a daily report or a bulletin.
        answer: of a request for support, what the superiors said to it last.
    """

    id: str
    kind: ReportKind
    serial: int
    revision: int
    title: str
    state: ReportState
    version: int
    home_site: str
    exercise: bool
    created_at: datetime
    updated_at: datetime
    created_by: str
    created_by_name: str
    incident_id: str | None = None
    incident_number: str | None = None
    incident_title: str | None = None
    type_code: str | None = None
    township: str | None = None
    township_name: str | None = None
    day: str | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)
    prefilled: Mapping[str, Value] = field(default_factory=dict)
    baseline: Mapping[str, Value] | None = None
    told: Mapping[str, Value] | None = None
    document_number: str | None = None
    signer_name: str | None = None
    signed_at: datetime | None = None
    sent_at: datetime | None = None
    sent_to: str | None = None
    sent_channel: SendChannel | None = None
    receipted_at: datetime | None = None
    receipted_by: str | None = None
    phone: PhoneReport | None = None
    supersedes: str | None = None
    superseded_by: str | None = None
    answer: SupportAnswer | None = None

    @property
    def series(self) -> str:
        """What its serial counts within: the incident, or the day (of a township)."""
        return self.incident_id or f"{self.day}:{self.township or ''}"

    @property
    def out_at(self) -> datetime | None:
        """When the superiors first knew: by telephone or on paper."""
        moments = [at for at in (self.phone.at if self.phone else None, self.sent_at) if at is not None]
        return min(moments, default=None)


def is_behind_public(report: Report, first_public_at: datetime) -> bool:
    """晚于舆情: the public spoke of it before the first report told the superiors, or while nobody has told them."""
    return report.kind is ReportKind.INITIAL and (report.out_at is None or report.out_at > first_public_at)


def step(report: Report, act: str) -> ReportState:
    """Where the step leads.

    Raises:
        Conflict: `report.superseded`, `report.signed_already`, or `report.transition_refused` with the steps allowed.
    """
    if report.superseded_by is not None:
        raise Conflict("report.superseded", current=report.superseded_by)
    target = TRANSITIONS[report.state].get(act)
    if target is not None:
        return target
    if act == "sign" and report.signed_at is not None:
        raise Conflict("report.signed_already", signer=report.signer_name)
    allowed = list(TRANSITIONS[report.state])
    raise Conflict("report.transition_refused", state=report.state.value, act=act, allowed=allowed)


def require_open(report: Report) -> None:
    """Refuse to change what is signed.

    Raises:
        Conflict: `report.signed_already`.
    """
    if report.state not in OPEN:
        raise Conflict("report.signed_already", signer=report.signer_name)


def require_revisable(report: Report, *, facts_differ: bool) -> None:
    """Refuse a new version where none is due.

    Raises:
        Conflict: `report.not_signed`, `report.superseded`, `report.use_follow_up`, `report.revision_not_due`.
    """
    if report.superseded_by is not None:
        raise Conflict("report.superseded", current=report.superseded_by)
    if report.state in OPEN:
        raise Conflict("report.not_signed")
    if report.state is ReportState.SIGNED:
        return  # nobody has it yet: a fault may be put right, the version with the fault stays in the file
    if report.kind not in _REVISED_AFTER_SENDING:
        raise Conflict("report.use_follow_up" if report.kind in _OF_INCIDENT else "report.revision_not_due")
    if not facts_differ:
        raise Conflict("report.revision_not_due")
