"""Bodies and queries of searching, of searches that are kept, of personal data that wait for destruction."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from services.incident_intake.schemas import NeededText
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.levels import IncidentGrade
from shared.http.schemas import Command, SaidTime, View
from shared.kernel.clock import UtcDatetime

MAX_QUESTION = 200

Question = Annotated[str, StringConstraints(max_length=MAX_QUESTION)]
Code = Annotated[str, StringConstraints(max_length=20)]
FoundKind = Literal["incident", "call", "report"]
"""Reports (信息报送) are searched by the service that has them; asked for here they find nothing."""


class SearchFilters(Command):
    """What is looked for; what is left out means everything."""

    q: Question | None = None
    kinds: Annotated[list[FoundKind], Field(max_length=5)] = []
    status: Annotated[list[IncidentStatus], Field(max_length=10)] = []
    open: bool | None = None
    grade: IncidentGrade | None = None
    type: Code | None = None
    township: Code | None = None
    sensitive: bool | None = None
    home_site: Annotated[str, StringConstraints(max_length=32)] | None = None


class SearchQuery(SearchFilters):
    """A search as it is asked, received within `[since, until)`."""

    since: SaidTime | None = None
    until: SaidTime | None = None


class KeptQuery(SearchQuery):
    """A search as it is kept: `days` says "the last so many days", whenever it is opened."""

    days: Annotated[int, Field(strict=True, ge=1, le=3660)] | None = None


class SaveView(Command):
    """A search under a name of one's own."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    query: KeptQuery


class SavedViewView(View):
    """A kept search as it is answered."""

    id: str
    name: str
    query: dict[str, Any]
    created_at: UtcDatetime


class DestroyPersonalData(Command):
    """Destroy now what would be destroyed later."""

    reason: NeededText | None = None


class ExtendPersonalData(Command):
    """Keep longer: until when, why, and how lawfulness, need and safety were judged (突发事件应对法 §85)."""

    until: SaidTime
    reason: NeededText
    assessment: NeededText
