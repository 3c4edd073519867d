"""Which payload each kind of fact carries."""

from shared.contracts.events.base import Fact
from shared.contracts.events.dispatch import AssignmentFact, UnitFact
from shared.contracts.events.identity import AccountFact
from shared.contracts.events.intake import IncidentFact, WarningFact
from shared.contracts.events.notify import NotificationFact
from shared.contracts.events.ops import SiteFact
from shared.contracts.events.roster import PersonFact, ShiftFact

PAYLOADS: tuple[type[Fact], ...] = (
    IncidentFact,
    WarningFact,
    UnitFact,
    AssignmentFact,
    PersonFact,
    ShiftFact,
    NotificationFact,
    AccountFact,
    SiteFact,
)
KINDS: dict[str, type[Fact]] = {kind: payload for payload in PAYLOADS for kind in payload.KINDS}
