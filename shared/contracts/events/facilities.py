"""Facts of the register of hazard sources and facilities."""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.base import Fact
from shared.kernel.clock import UtcDatetime


class HazardState(StrEnum):
    """How far a major hidden danger (重大隐患) has come; it counts until it is struck off (一单四制)."""

    REGISTERED = "registered"
    RECTIFYING = "rectifying"
    CLOSED = "closed"


class Stock(BaseModel):
    """What is kept there; an amount that nobody knows is not made up."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    substance: str
    amount: float | None = None
    unit: str | None = None


class FacilityFact(Fact):
    """Sent by dispatch after every change of an entry of the register. Heard by dispatch of the other sites.

    Whom to call there is no part of it: names and numbers stay at the entry's home site.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"dispatch.facility.{fact}.v1" for fact in ("registered", "changed", "retired")
    )

    id: str
    code: str
    subtype: str | None = None
    name: str
    lon: float
    lat: float
    text: str | None = None
    township: str | None = None
    organisation: str | None = None
    stock: list[Stock] = []
    major_hazard: bool = False
    hazard_state: HazardState | None = None
    road_width_m: float | None = None
    extent_m: float | None = None
    """How far it reaches from its point: a building site is no point."""
    capacity: int | None = None
    occupied: int | None = None
    plan_reference: str | None = None
    cordon_radius_m: float | None = None
    """As its plan gives it, never guessed; `cordon_basis` says where it stands."""
    cordon_basis: str | None = None
    note: str | None = None
    valid_from: UtcDatetime
    retired_at: UtcDatetime | None = None
    home_site: str
