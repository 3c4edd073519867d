"""Makes an alert of what an adapter found. Where name and code differ, the name decides and the conflict is named."""

import hashlib
import re
from datetime import datetime, timedelta

from services.incident_intake.cap.chinese.item import Item
from services.incident_intake.cap.chinese.tables import LEVEL_CODES
from services.incident_intake.cap.colors import COLOR_SEVERITY, color_word, text_color
from services.incident_intake.cap.faults import FaultList
from services.incident_intake.cap.kinds import find_kind
from services.incident_intake.cap.national import parse_national
from services.incident_intake.cap.xml_tree import Node
from services.incident_intake.domain.cap_alert import (
    CapAlert,
    CapArea,
    CapInfo,
    CapReference,
    NamedValue,
    NationalIdentifier,
    WarningKind,
)
from services.incident_intake.domain.cap_words import CapScope, CapStatus, Category, MessageType
from shared.contracts.levels import WarningColor

_OTHER = "11B99"
_OFFICE = 14
_CLOCK_TOLERANCE = timedelta(minutes=10)
_ROMAN = re.compile("[\\[【(（]?(IV|I{1,3}|Ⅳ|Ⅲ|Ⅱ|Ⅰ)(?:级)?[/／]")
_ROMAN_COLORS = {
    "I": WarningColor.RED, "II": WarningColor.ORANGE, "III": WarningColor.YELLOW, "IV": WarningColor.BLUE,
    "Ⅰ": WarningColor.RED, "Ⅱ": WarningColor.ORANGE, "Ⅲ": WarningColor.YELLOW, "Ⅳ": WarningColor.BLUE,
}  # fmt: skip
_LIFTED = re.compile("解除[^,，。;；]{0,30}预警|预警[^,，。;；]{0,10}解除")
_MEANT = {"update": MessageType.UPDATE, "cancel": MessageType.CANCEL, "解除": MessageType.CANCEL}
_NOT_MEANT = (("演练", CapStatus.EXERCISE), ("演习", CapStatus.EXERCISE), ("测试", CapStatus.TEST))


def to_alert(node: Node, faults: FaultList, item: Item, position: int, *, now: datetime) -> CapAlert | None:
    """The alert, or None when it says neither what is warned of nor when (the fault that refused it is in the list)."""
    said = next((text for text in (item.headline, item.text, item.type_name) if text), None)
    identifier = item.identifier or _made_identifier(item)
    national = parse_national(identifier)
    sent = national.issued_at if national else item.issued_at
    if said is None or sent is None:
        missing = "标题或正文" if said is None else "发布时间"
        faults.add("cap.element_missing", node, refused=True, element=missing)
        return None
    if sent > now + _CLOCK_TOLERANCE:
        faults.add("cap.sent_in_future", node, value=sent.isoformat())
    msg_type, references = _message_type(item), _references(item, identifier)
    if msg_type is not MessageType.ALERT and not references:
        faults.add("cap.references_missing", node)
    return CapAlert(
        position=position,
        version="1.2",
        identifier=identifier,
        sender=identifier[:_OFFICE] if national else item.sender,
        sent=sent,
        status=_status(item),
        msg_type=msg_type,
        scope=CapScope.PUBLIC,
        source=item.sender,
        restriction=None,
        addresses=None,
        codes=(),
        note=None,
        references=references,
        incidents=(),
        infos=(_info(node, faults, item, identifier, national),),
        signed=False,
        national=national,
    )


def _made_identifier(item: Item) -> str:
    """A name for a message that has none: the same message gets the same one again."""
    told = "|".join(
        str(part) for part in (item.sender, item.issued_at, item.type_name, item.type_code, item.place, item.text)
    )
    return f"{item.sender}:{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _status(item: Item) -> CapStatus:
    """These sources have no word for exercises; a title that says so must never pass for real."""
    title = f"{item.headline or ''} {item.text or ''}"[:200]
    return next((status for word, status in _NOT_MEANT if word in title), CapStatus.ACTUAL)


def _message_type(item: Item) -> MessageType:
    message = (item.message or "").casefold()
    told = next((kind for word, kind in _MEANT.items() if word in message), None)
    if told is not None:
        return told
    if item.headline and _LIFTED.search(item.headline):
        return MessageType.CANCEL
    return MessageType.UPDATE if _references(item, "") and item.references != (item.identifier,) else MessageType.ALERT


def _references(item: Item, identifier: str) -> tuple[CapReference, ...]:
    """What it names; its own identifier, which real feeds put there, is no reference."""
    named = dict.fromkeys(one for one in item.references if one and one != identifier)
    return tuple(CapReference(sender=None, identifier=one, sent=None) for one in named)


def _info(node: Node, faults: FaultList, item: Item, identifier: str, national: NationalIdentifier | None) -> CapInfo:
    color = _color(node, faults, item)
    ends_at = item.ends_at
    if ends_at is None:
        faults.add("cap.no_expiry", node)
    return CapInfo(
        language="zh-CN",
        categories=(Category.MET,),
        event=item.type_name,
        response_types=(),
        urgency=None,
        severity=COLOR_SEVERITY.get(color) if color else None,
        certainty=None,
        audience=None,
        event_codes=(NamedValue(name=item.sender, value=item.type_code),) if item.type_code else (),
        effective=item.issued_at,
        onset=item.starts_at,
        expires=ends_at,
        sender_name=item.issuer,
        headline=item.headline,
        description=item.text,
        instruction=item.instruction,
        web=None,
        contact=None,
        parameters=(),
        resources=(),
        areas=_areas(node, faults, item, national),
        color=color,
        kind=_kind(node, faults, item, identifier),
    )


def _areas(node: Node, faults: FaultList, item: Item, national: NationalIdentifier | None) -> tuple[CapArea, ...]:
    """What the source calls the place; the division in the identifier is the issuer's, and so the warning's."""
    geocodes = (NamedValue(name="行政区划代码", value=national.adcode),) if national else ()
    if not item.place and not geocodes:
        faults.add("cap.no_area", node)
        return ()
    return (CapArea(description=item.place or item.issuer, geocodes=geocodes),)


def _kind(node: Node, faults: FaultList, item: Item, identifier: str) -> WarningKind:
    stated = (NamedValue(name=item.sender, value=item.national_code),) if item.national_code else ()
    found = find_kind(
        node, faults, identifier=identifier, event_codes=stated, event=item.type_name, headline=item.headline
    )
    if found is not None:
        return found.model_copy(update={"original_code": item.type_code})
    faults.add("cap.event_code_unknown", node, event_code=item.type_code or item.type_name or "")
    return WarningKind(code=_OTHER, name=item.type_name, original_code=item.type_code)


def _color(node: Node, faults: FaultList, item: Item) -> WarningColor | None:
    """The named colour, else the code's."""
    named = next((color for words in item.level_words if (color := _named_color(words))), None)
    coded = LEVEL_CODES.get(item.level_code or "")
    if named is not None and coded is not None and named is not coded:
        faults.add("cap.level_code_conflict", node, level_code=item.level_code or "", name=named.value)
    return named or coded


def _named_color(words: str | None) -> WarningColor | None:
    """The colour that a word, a title or the grade in its brackets names; provinces differ in the adjective only."""
    if not words:
        return None
    found = color_word(words) or text_color(words)[0]
    if found is not None:
        return found
    roman = _ROMAN.search(words)
    return _ROMAN_COLORS[roman.group(1)] if roman else None
