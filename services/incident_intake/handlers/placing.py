"""Where an incident is: what was said, what follows from it, and what a territory's officer may say."""

from dataclasses import dataclass

from services.incident_intake.domain.checks import Hint, Point, place_township, read_point, refuse, township_fault
from services.incident_intake.schemas import LocationInput
from shared.kernel.access import Actor
from shared.kernel.errors import FieldFault, Forbidden
from shared.kernel.geo import SourceCrs


@dataclass(frozen=True, slots=True)
class Placed:
    """A settled place and what to tell about it."""

    point: Point | None
    text: str | None
    township: str | None
    hints: list[Hint]

    def columns(self) -> dict[str, object]:
        """The place as fields of an incident."""
        point = self.point
        return {
            "lon": point.lon if point else None,
            "lat": point.lat if point else None,
            "source_crs": point.source_crs if point else SourceCrs.WGS84,
            "place_text": self.text or None,
            "township": self.township,
        }


def checked_point(said: LocationInput) -> tuple[Point | None, list[FieldFault]]:
    """The point that was said, and everything wrong with the place."""
    found = read_point(said.lon, said.lat, said.crs or SourceCrs.WGS84)
    faults = [fault for fault in (township_fault(said.township),) if fault is not None]
    if isinstance(found, FieldFault):
        return None, [found, *faults]
    return found, faults


def own_township(actor: Actor, said: str | None) -> str | None:
    """The township of an incident that this person takes: an officer of a territory only takes the own one's.

    Raises:
        Forbidden: `access.other_territory`.
    """
    bound = actor.bound_territory
    if bound is None:
        return said
    if said not in {None, bound}:
        raise Forbidden("access.other_territory", township=bound)
    return bound


def settle(actor: Actor, said: LocationInput | None) -> Placed:
    """The place of a new incident.

    Raises:
        Invalid: `location.swapped`, `location.outside_china`, `location.incomplete`, `location.township_unknown`.
        Forbidden: `access.other_territory`.
    """
    said = said or LocationInput()
    point, faults = checked_point(said)
    refuse(faults)
    township, hints = place_township(point, own_township(actor, said.township))
    return Placed(point, said.text, township, hints)
