"""Bodies of the commands of a post."""

from typing import Annotated, Literal

from pydantic import Field

from services.resource_dispatch.schemas import Lat, Lon
from shared.contracts.events.command import ConfirmSource, ReceiverState
from shared.contracts.levels import ResponseLevel
from shared.http.schemas import Command, SaidTime
from shared.kernel.geo import SourceCrs

Id = Annotated[str, Field(min_length=1, max_length=64)]
Words = Annotated[str, Field(min_length=1, max_length=500)]
Text = Annotated[str, Field(max_length=500)]
Long = Annotated[str, Field(min_length=1, max_length=4000)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Phone = Annotated[str, Field(max_length=40)]
People = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Version = Annotated[int, Field(strict=True, ge=1)]


class OrderEvacuation(Command):
    """Everybody out: why, and where to meet."""

    reason: Words
    assembly_mark_id: Id | None = None
    assembly_text: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    scope: Literal["all"] | Annotated[list[Id], Field(min_length=1, max_length=200)] = "all"


class ConfirmTeam(Command):
    """A team is out: how many were counted, how many are missing."""

    headcount: People
    missing: People = 0
    at: SaidTime | None = None
    source: ConfirmSource | None = None
    note: Text | None = None


class Because(Command):
    """Why."""

    reason: Words


class SetUpPost(Command):
    """A command post at the scene."""

    name: Name = "现场指挥部"
    lon: Lon | None = None
    lat: Lat | None = None
    crs: SourceCrs = SourceCrs.WGS84
    text: Annotated[str, Field(max_length=200)] | None = None
    commander_name: Name
    commander_post: Name | None = None
    set_up_at: SaidTime | None = None


class ChangePost(Command):
    """What to change; fields not given stay. `version` guards against overwriting another's change."""

    version: Version | None = None
    name: Name | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    crs: SourceCrs = SourceCrs.WGS84
    text: Annotated[str, Field(max_length=200)] | None = None
    commander_name: Name | None = None
    commander_post: Name | None = None


class GroupInput(Command):
    """One group of the post; without an id it is a new one."""

    id: Id | None = None
    name: Name
    leader_name: Annotated[str, Field(max_length=100)] | None = None
    phone: Phone | None = None


class ChangeGroups(Command):
    """The whole list of groups."""

    groups: Annotated[list[GroupInput], Field(max_length=30)]
    version: Version | None = None


class SignIn(Command):
    """Somebody has come to the post."""

    name: Name
    organisation: Name
    group_id: Id | None = None
    signed_at: SaidTime | None = None


class Leave(Command):
    """Somebody leaves the post."""

    at: SaidTime | None = None


class IssueOrder(Command):
    """An order of the post: to teams by their assignment, to anybody else by name."""

    to: Annotated[list[Name], Field(min_length=1, max_length=50)]
    content: Annotated[str, Field(min_length=1, max_length=2000)]
    due_at: SaidTime | None = None
    issued_by_name: Name | None = None


class Feedback(Command):
    """What a receiver says."""

    receiver: Name
    state: Literal[ReceiverState.RECEIVED, ReceiverState.DONE, ReceiverState.REFUSED]
    note: Text | None = None
    at: SaidTime | None = None


class StartActivation(Command):
    """A response: the four things that must be said (突发事件应对法 §72), and which plan."""

    incident_id: Id | None = None
    plan_text: Annotated[str, Field(max_length=200)] | None = None
    level: ResponseLevel
    matter: Annotated[str, Field(min_length=1, max_length=500)]
    expected_until: SaidTime
    measures: Long
    areas: Annotated[list[Name], Field(max_length=60)] = []
    authority_reference: Annotated[str, Field(max_length=200)] | None = None
    started_at: SaidTime | None = None


class AdjustActivation(Command):
    """Another level, a longer term, other measures; fields not given stay."""

    version: Version | None = None
    level: ResponseLevel | None = None
    expected_until: SaidTime | None = None
    matter: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    measures: Long | None = None
    areas: Annotated[list[Name], Field(max_length=60)] | None = None
    authority_reference: Annotated[str, Field(max_length=200)] | None = None
    reason: Words


class EndActivation(Command):
    """The response is declared over."""

    reason: Words
    authority_reference: Annotated[str, Field(max_length=200)] | None = None
