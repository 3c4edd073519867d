"""What dispatch holds: a unit or an assignment with the version of its last fact."""

from dataclasses import dataclass
from datetime import datetime

from services.resource_dispatch.domain.conflicts import Promise, Sighting
from shared.contracts.events.dispatch import AssignmentFact, ConflictFact, RequestFact, UnitFact
from shared.kernel.homes import HUB


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and the version of its last fact."""

    state: UnitFact
    version: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """An assignment and the version of its last fact."""

    state: AssignmentFact
    version: int


@dataclass(frozen=True, slots=True)
class IncidentCopy:
    """What dispatch must know of an incident, from intake's facts."""

    id: str
    number: str
    title: str
    type_code: str | None
    status: str
    lon: float | None
    lat: float | None
    township: str | None
    version: int
    home_site: str = HUB
    occurred_at: datetime | None = None
    continues: str | None = None
    merged_into: str | None = None

    @property
    def sighting(self) -> Sighting:
        """What is compared with other sites' incidents."""
        return Sighting(
            self.id, self.home_site, self.type_code, self.status, self.lon, self.lat, self.occurred_at, self.continues
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A request between sites and the version of its last fact."""

    state: RequestFact
    version: int


@dataclass(frozen=True, slots=True)
class HeldConflict:
    """A conflict between sites and the version of its last fact."""

    state: ConflictFact
    version: int


@dataclass(frozen=True, slots=True)
class SeenAssignment:
    """An assignment of whichever site, as its facts tell it."""

    promise: Promise
    number: str
    incident_id: str
    incident_title: str
