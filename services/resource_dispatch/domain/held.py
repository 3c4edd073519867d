"""What dispatch holds: a unit or an assignment with the version of its last fact."""

from dataclasses import dataclass

from shared.contracts.events.dispatch import AssignmentFact, UnitFact


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
