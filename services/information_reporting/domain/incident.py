"""An incident as far as reporting needs it: what intake has told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.information_reporting.domain.rules import worse
from shared.contracts.events.intake import STANDING, IncidentStatus
from shared.contracts.levels import IncidentGrade
from shared.kernel.homes import HUB


@dataclass(frozen=True, slots=True)
class Incident:
    """The newest that is known.

    Args:
        known_at: when this site first knew of it; its own incidents when they were received.
        clock_grade: by which grade intake wants clocks to run, if it says so.
        casualties: figures by name; None is not known.
        succession: former homes, the oldest first.
        is_begun: whether the present home has said that it writes; until then the one before it reports.
    """

    id: str
    number: str
    title: str
    status: IncidentStatus
    home_site: str
    occurred_at: datetime
    received_at: datetime
    known_at: datetime
    type_code: str | None = None
    type_name: str | None = None
    source: str | None = None
    grade: IncidentGrade | None = None
    possible_grade: IncidentGrade | None = None
    clock_grade: IncidentGrade | None = None
    sensitive: bool = False
    sensitive_reasons: tuple[str, ...] = ()
    closed_at: datetime | None = None
    place: str | None = None
    township: str | None = None
    township_name: str | None = None
    casualties: Mapping[str, int | None] = field(default_factory=dict)
    description: str | None = None
    loss_yuan: int | None = None
    burnt_hectares: float | None = None
    first_public_at: datetime | None = None
    first_public_where: str | None = None
    merged_into: str | None = None
    unit_told_at: datetime | None = None
    """When the unit where it happened reported by itself (493 §9)."""
    succession: tuple[str, ...] = ()
    is_begun: bool = True

    @property
    def reporter(self) -> str:
        """The site that reports for its home: the former one until the new one is known to have taken over."""
        return self.home_site if self.is_begun or not self.succession else self.succession[-1]

    def is_reported_by(self, site: str) -> bool:
        """Whether this site owes reports of it: the centre to the city whoever the home is, a township its own."""
        return site in {HUB, self.reporter}

    @property
    def townships_before(self) -> tuple[str, ...]:
        """Former homes since the centre last had it: what they owed the district goes on at the next home."""
        since = [at for at, site in enumerate(self.succession, start=1) if site == HUB]
        return self.succession[since[-1] if since else 0 :]

    @property
    def severity(self) -> IncidentGrade | None:
        """By what its clocks run: the missing count as reported (493 §12), sensitive counts as 较大 (京办 §38)."""
        said = worse(worse(self.grade, self.possible_grade), self.clock_grade)
        return worse(said, IncidentGrade.III) if self.sensitive else said

    @property
    def stands(self) -> bool:
        """Whether people still work on it."""
        return self.status in STANDING
