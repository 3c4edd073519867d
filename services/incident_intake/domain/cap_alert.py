"""One warning message as it was read, and what was wrong with it; how messages act on each other is in `warning`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.incident_intake.domain.cap_words import (
    CapScope,
    CapStatus,
    Category,
    Certainty,
    MessageType,
    ResponseType,
    Severity,
    Urgency,
)
from shared.contracts.levels import WarningColor
from shared.kernel.clock import UtcDatetime

Position = tuple[float, float]
"""(longitude, latitude) in degrees, WGS84; CAP writes them the other way round."""

Ring = tuple[Position, ...]
"""A closed ring: at least four positions, the last equals the first."""

Wrapper = Literal["alert", "atom", "rss", "edxl_de", "weather_com_cn", "tencent", "caiyun", "qweather"]
"""What the messages came in: CAP alone or wrapped, or the JSON of a known source."""


class CapModel(BaseModel):
    """What all models of a message share: immutable, and older readers ignore newer fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class NamedValue(CapModel):
    """A pair `valueName`, `value` of a parameter, an event code or a geocode."""

    name: str
    value: str


class CapReference(CapModel):
    """An earlier message that this one speaks of; sender or time are absent where the text did not give them."""

    sender: str | None
    identifier: str
    sent: UtcDatetime | None


class CapCircle(CapModel):
    """A circle around a point; radius 0 is a point (epicentres are sent like that)."""

    lon: float
    lat: float
    radius_km: float


class CapArea(CapModel):
    """One area of an info block; heights are feet above mean sea level, as CAP has them."""

    description: str | None
    polygons: tuple[Ring, ...] = ()
    circles: tuple[CapCircle, ...] = ()
    geocodes: tuple[NamedValue, ...] = ()
    altitude_ft: float | None = None
    ceiling_ft: float | None = None


class CapResource(CapModel):
    """What is attached, without the attachment; `is_embedded` tells that its content was in the message."""

    description: str | None
    mime_type: str | None
    size_bytes: int | None
    uri: str | None
    digest: str | None
    is_embedded: bool


class WarningKind(CapModel):
    """The national five-character code and name of what is warned of.

    `code` is the table's code for the name where a name was found; `original_code` is what the sender wrote.
    """

    code: str | None
    name: str | None
    original_code: str | None


class CapInfo(CapModel):
    """One info block: the same or another part of the warning, in one language (absent: CAP assumes en-US)."""

    language: str | None
    categories: tuple[Category, ...]
    event: str | None
    response_types: tuple[ResponseType, ...]
    urgency: Urgency | None
    severity: Severity | None
    certainty: Certainty | None
    audience: str | None
    event_codes: tuple[NamedValue, ...]
    effective: UtcDatetime | None
    onset: UtcDatetime | None
    expires: UtcDatetime | None
    sender_name: str | None
    headline: str | None
    description: str | None
    instruction: str | None
    web: str | None
    contact: str | None
    parameters: tuple[NamedValue, ...]
    resources: tuple[CapResource, ...]
    areas: tuple[CapArea, ...]
    color: WarningColor | None = None
    kind: WarningKind | None = None


class NationalIdentifier(CapModel):
    """`ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N`: who issued the warning and when (国家预警信息唯一标识)."""

    adcode: str
    agency: str
    department: str
    branch: str
    issued_at: UtcDatetime
    serial: str | None


class MessageKey(CapModel):
    """What makes a message the same message: CAP's extended identifier."""

    sender: str
    identifier: str
    sent: UtcDatetime


class CapAlert(CapModel):
    """One message. `position` is its place in the document it came in, counted from 1."""

    position: int = 1
    version: Literal["1.0", "1.1", "1.2"]
    identifier: str
    sender: str
    sent: UtcDatetime
    status: CapStatus
    msg_type: MessageType
    scope: CapScope | None
    source: str | None
    restriction: str | None
    addresses: str | None
    codes: tuple[str, ...]
    note: str | None
    references: tuple[CapReference, ...]
    incidents: tuple[str, ...]
    infos: tuple[CapInfo, ...]
    signed: bool
    national: NationalIdentifier | None
    distribution_status: CapStatus | None = None

    @property
    def key(self) -> MessageKey:
        return MessageKey(sender=self.sender, identifier=self.identifier, sent=self.sent)

    @property
    def is_real(self) -> bool:
        """Only an `Actual` message whose envelope does not say otherwise may touch the real world."""
        return self.status is CapStatus.ACTUAL and self.distribution_status in {None, CapStatus.ACTUAL}

    @property
    def color(self) -> WarningColor | None:
        """The highest colour of all info blocks (one message may hold several levels for several streets)."""
        colors = {info.color for info in self.infos}
        return next((color for color in WarningColor if color in colors), None)


class CapFault(CapModel):
    """Something in the document that was not as it should be.

    Args:
        alert: which alert of the document, counted from 1; absent when the wrapper itself is at fault.
        pointer: where, for example `/alert/info[2]/area[1]/polygon[1]`.
        line: line in the document, counted from 1.
        code: stable code, labelled `problem.<code>`.
        params: values for the sentence.
        refused: whether the whole alert was left out because of it; otherwise only this part was.
    """

    alert: int | None
    pointer: str
    line: int
    code: str
    params: dict[str, str | int | float] = {}
    refused: bool = False


class CapReading(CapModel):
    """What a document held: the alerts that could be understood, and every fault by name."""

    alerts: tuple[CapAlert, ...]
    faults: tuple[CapFault, ...]
    wrapper: Wrapper
    read_at: UtcDatetime

    def faults_of(self, alert: CapAlert) -> tuple[CapFault, ...]:
        """The faults of one of the alerts, to be kept with it."""
        return tuple(fault for fault in self.faults if fault.alert == alert.position)
