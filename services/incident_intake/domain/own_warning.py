"""Warnings that this district issues itself: what they must say, who may issue which, how they are numbered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.incident_intake.domain.cap_alert import (
    CapAlert,
    CapArea,
    CapInfo,
    CapReference,
    NamedValue,
    NationalIdentifier,
    WarningKind,
)
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
from services.incident_intake.domain.checks import refuse
from shared.contracts.levels import WarningColor
from shared.kernel.clock import SHANGHAI
from shared.kernel.errors import FieldFault, Unavailable

DISTRICT_COLORS = frozenset({WarningColor.BLUE, WarningColor.YELLOW})
"""Levels three and four are the district government's own; one and two are the city's (京办§42)."""

AUTHORITY = "授权依据"
"""Name of the parameter that holds the reference of the authority which allowed the colour."""

_SEVERITY = {
    WarningColor.BLUE: Severity.MINOR,
    WarningColor.YELLOW: Severity.MODERATE,
    WarningColor.ORANGE: Severity.SEVERE,
    WarningColor.RED: Severity.EXTREME,
}
_HEIGHT = {color: place for place, color in enumerate(reversed(WarningColor))}
_CATEGORY = {"11B": Category.MET, "11A": Category.MET, "11C": Category.GEO, "11D": Category.GEO, "11G": Category.FIRE}
_CLASS_CATEGORY = {"12": Category.SAFETY, "13": Category.HEALTH}
_FIRE_WEATHER = frozenset({"11B25", "11B26", "11B41"})
_SERIALS = 10
START_MARGIN, START_HORIZON = timedelta(days=1), timedelta(days=30)
"""How far a start may lie back, and ahead: beyond it is a typing error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who issues.

    Args:
        adcode: six digits of the district (GB/T 2260).
        agency: three digits of the body (GB/T 4657).
        name: 发布单位 as it stands in the warning.
        needs_leave: no colour is this site's own to issue, because it is not the district's centre.
    """

    adcode: str
    agency: str
    name: str
    needs_leave: bool = False

    @property
    def code(self) -> str:
        """The first fourteen characters of every identifier: `ZZZZZZDDDUUUXX`, department and branch by default 0."""
        return f"{self.adcode}{self.agency}00000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a warning says: with the time of issue, the eight points of 突发事件应对法 §64.

    `ends_at` is none of them: without it the warning holds until it is lifted.
    """

    kind: WarningKind
    color: WarningColor
    starts_at: datetime
    ends_at: datetime | None
    areas: tuple[CapArea, ...]
    caution: str
    measures: str
    issuer: str
    headline: str
    authority_reference: str | None = None


def require_authority(office: Office, color: WarningColor, reference: str | None) -> None:
    """Refuse a colour that is not this office's own to issue, unless it names who allowed it (京办§42).

    Raises:
        Invalid: `warning.authority_needed`, `warning.leave_needed`.
    """
    if reference or (color in DISTRICT_COLORS and not office.needs_leave):
        return
    fault, own = "/authority_reference", color in DISTRICT_COLORS
    refuse([FieldFault(fault, "warning.leave_needed") if own else FieldFault(fault, "warning.authority_needed")])


def require_times(starts_at: datetime, ends_at: datetime | None, now: datetime) -> None:
    """Refuse a period that cannot be meant.

    Raises:
        Invalid: `warning.start_far`, `warning.end_early`, or both.
    """
    faults = []
    if not now - START_MARGIN <= starts_at <= now + START_HORIZON:
        faults.append(FieldFault("/starts_at", "warning.start_far", days=START_HORIZON.days))
    if ends_at is not None and ends_at <= max(starts_at, now):
        faults.append(FieldFault("/ends_at", "warning.end_early"))
    refuse(faults)


def is_higher(color: WarningColor, than: WarningColor | None) -> bool:
    """Whether the colour is the graver one."""
    return _HEIGHT[color] > (-1 if than is None else _HEIGHT[than])


def require_step(before: WarningColor | None, after: WarningColor, *, upwards: bool) -> None:
    """Refuse a raise that does not raise and a lowering that does not lower.

    Raises:
        Invalid: `warning.not_higher`, `warning.not_lower`.
    """
    if upwards and not is_higher(after, before):
        refuse([FieldFault("/color", "warning.not_higher")])
    if not upwards and (before is None or not is_higher(before, after)):
        refuse([FieldFault("/color", "warning.not_lower")])


def identifiers_at(office: Office, sent: datetime) -> tuple[str, ...]:
    """The ten of one second: `ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N`, 31 characters, Beijing time (预警信息取值规则)."""
    stamp = f"{office.code}_{sent.astimezone(SHANGHAI):%Y%m%d%H%M%S}"
    return tuple(f"{stamp}_{serial}" for serial in range(_SERIALS))


def next_identifier(office: Office, sent: datetime, taken: Collection[str]) -> str:
    """The first identifier of that second which nobody has.

    Raises:
        Unavailable: `warning.too_many_at_once`.
    """
    free = (one for one in identifiers_at(office, sent) if one not in taken)
    found = next(free, None)
    if found is None:
        raise Unavailable("warning.too_many_at_once", retry_after=1)
    return found


def category_of(code: str | None) -> Category:
    """The word of CAP for a national code."""
    if code is None:
        return Category.OTHER
    if code in _FIRE_WEATHER:
        return Category.FIRE
    return _CATEGORY.get(code[:3]) or _CLASS_CATEGORY.get(code[:2], Category.OTHER)


def authority_of(alert: CapAlert) -> str | None:
    """The authority's reference that stands in a warning of ours."""
    pairs = (pair for info in alert.infos for pair in info.parameters)
    return next((pair.value for pair in pairs if pair.name == AUTHORITY), None)


def references_of(alert: CapAlert) -> tuple[CapReference, ...]:
    """What the next message of the same event refers to: its whole history, the latest last."""
    own = CapReference(sender=alert.sender, identifier=alert.identifier, sent=alert.sent)
    return tuple(dict.fromkeys((*alert.references, own)))


def compose(
    office: Office,
    notice: Notice,
    *,
    identifier: str,
    sent: datetime,
    status: CapStatus,
    msg_type: MessageType,
    references: tuple[CapReference, ...] = (),
    note: str | None = None,
) -> CapAlert:
    """The message as others would read it.

    Args:
        status: `Exercise` for everything that is not meant; such a message never touches a real one.
        note: why a warning is lifted.
    """
    sender, stamp, serial = office.code, sent, identifier.rpartition("_")[2]
    national = NationalIdentifier(
        adcode=office.adcode, agency=office.agency, department="000", branch="00", issued_at=stamp, serial=serial
    )
    head: dict[str, Any] = {"restriction": None, "addresses": None, "codes": (), "incidents": (), "signed": False}
    return CapAlert(
        version="1.2",
        identifier=identifier,
        sender=sender,
        sent=sent,
        status=status,
        msg_type=msg_type,
        scope=CapScope.PUBLIC,
        source=office.name,
        note=note,
        references=references,
        infos=(_info(notice, is_over=msg_type is MessageType.CANCEL, now=sent),),
        national=national,
        **head,
    )


def _info(notice: Notice, *, is_over: bool, now: datetime) -> CapInfo:
    said = [NamedValue(name="ColorCode", value=notice.color.value.capitalize())]
    if notice.authority_reference:
        said.append(NamedValue(name=AUTHORITY, value=notice.authority_reference))
    code = notice.kind.code
    return CapInfo(
        language="zh-CN",
        categories=(category_of(code),),
        event=notice.kind.name,
        response_types=(ResponseType.ALL_CLEAR if is_over else ResponseType.PREPARE,),
        urgency=Urgency.PAST if is_over else Urgency.IMMEDIATE if notice.starts_at <= now else Urgency.EXPECTED,
        severity=_SEVERITY[notice.color],
        certainty=Certainty.OBSERVED if is_over else Certainty.LIKELY,
        audience=None,
        event_codes=(NamedValue(name="国家预警信息事件编码", value=code),) if code else (),
        effective=now,
        onset=notice.starts_at,
        expires=notice.ends_at,
        sender_name=notice.issuer,
        headline=notice.headline,
        description=notice.caution,
        instruction=notice.measures,
        web=None,
        contact=None,
        parameters=tuple(said),
        resources=(),
        areas=notice.areas,
        color=notice.color,
        kind=notice.kind,
    )
