"""Which payload each kind of fact carries."""

from shared.contracts.events.acts import ActFact
from shared.contracts.events.base import Fact
from shared.contracts.events.calls import CallFact
from shared.contracts.events.command import ActivationFact, CommandOrderFact, CommandPostFact, EvacuationFact
from shared.contracts.events.dispatch import AssignmentFact, ConflictFact, RequestFact, UnitFact
from shared.contracts.events.duty import HandoverFact
from shared.contracts.events.facilities import FacilityFact
from shared.contracts.events.identity import AccountFact, GrantFact, GrantReceiptFact, SealingKeyFact
from shared.contracts.events.intake import HandoverAnswerFact, IncidentFact, RemarkFact, StepFact, WarningFact
from shared.contracts.events.marks import MarkFact, WindFact
from shared.contracts.events.notify import NotificationFact
from shared.contracts.events.ops import CheckFact, PowerFact, SiteFact
from shared.contracts.events.relief import ReliefFact
from shared.contracts.events.report import ReportClockFact, ReportFact
from shared.contracts.events.roll_call import RollCallFact
from shared.contracts.events.roster import CalendarDayFact, PersonFact, ShiftFact

PAYLOADS: tuple[type[Fact], ...] = (
    IncidentFact,
    CallFact,
    WarningFact,
    UnitFact,
    AssignmentFact,
    PersonFact,
    ShiftFact,
    NotificationFact,
    AccountFact,
    SiteFact,
    RequestFact,
    ConflictFact,
    HandoverAnswerFact,
    CheckFact,
    GrantFact,
    SealingKeyFact,
    PowerFact,
    RemarkFact,
    StepFact,
    GrantReceiptFact,
    ActFact,
    CalendarDayFact,
    HandoverFact,
    RollCallFact,
    ReliefFact,
    ReportFact,
    ReportClockFact,
    MarkFact,
    WindFact,
    FacilityFact,
    CommandPostFact,
    CommandOrderFact,
    EvacuationFact,
    ActivationFact,
)
KINDS: dict[str, type[Fact]] = {kind: payload for payload in PAYLOADS for kind in payload.KINDS}
