"""Reads one info block of an alert."""

import re
from datetime import datetime

from services.incident_intake.cap.areas import read_area
from services.incident_intake.cap.colors import COLOR_SEVERITY, color_word, find_color
from services.incident_intake.cap.element import Element
from services.incident_intake.cap.faults import FaultList
from services.incident_intake.cap.kinds import find_kind
from services.incident_intake.cap.national import is_chinese
from services.incident_intake.cap.xml_tree import Node
from services.incident_intake.domain.cap_alert import CapInfo, CapResource
from services.incident_intake.domain.cap_words import Category, Certainty, ResponseType, Severity, Urgency
from shared.contracts.levels import WarningColor

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def read_info(
    node: Node, faults: FaultList, *, identifier: str, sender: str, sent: datetime, category_required: bool
) -> CapInfo:
    """One info block; what is faulty in it is left out and named, the rest stays."""
    element = Element(node, faults)
    language = _language(element)
    event, headline = element.text("event", required=True), element.text("headline")
    chinese = is_chinese(identifier, sender, language, headline, event)
    severity, severity_color = _severity(element, chinese=chinese)
    parameters, event_codes = element.pairs("parameter"), element.pairs("eventCode")
    info = CapInfo(
        language=language,
        categories=_categories(element, required=category_required),
        event=event,
        response_types=element.words("responseType", ResponseType),
        urgency=element.word("urgency", Urgency, required=True),
        severity=severity,
        certainty=_certainty(element),
        audience=element.text("audience"),
        event_codes=event_codes,
        effective=element.time("effective"),
        onset=element.time("onset"),
        expires=_expires(element, sent),
        sender_name=element.text("senderName"),
        headline=headline,
        description=element.text("description"),
        instruction=element.text("instruction"),
        web=element.text("web"),
        contact=element.text("contact"),
        parameters=parameters,
        resources=tuple(_resource(child, faults) for child in element.all("resource")),
        areas=tuple(read_area(child, faults) for child in element.all("area")),
    )
    element.report_unknown()
    if not info.areas:
        faults.add("cap.no_area", node)
    if not chinese:
        return info
    color = find_color(
        node,
        faults,
        parameters=parameters,
        titles=(headline, event),
        severity=severity,
        severity_color=severity_color,
    )
    kind = find_kind(node, faults, identifier=identifier, event_codes=event_codes, event=event, headline=headline)
    return info.model_copy(update={"color": color, "kind": kind})


def _language(element: Element) -> str | None:
    text = element.text("language")
    if text is None or _LANGUAGE.fullmatch(text):
        return text
    element.faults.add("cap.language_bad", element.all("language")[0], value=text)
    return None


def _categories(element: Element, *, required: bool) -> tuple[Category, ...]:
    """CAP 1.0 let the category be left out, later versions do not."""
    if required and not element.texts("category"):
        element.faults.add("cap.element_missing", element.node, element="category")
    return element.words("category", Category)


def _severity(element: Element, *, chinese: bool) -> tuple[Severity | None, WarningColor | None]:
    """The severity, and the colour that some Chinese senders write in its place."""
    text = element.text("severity", required=True)
    color = color_word(text) if text and chinese else None
    if text and color is not None:
        element.faults.add("cap.severity_is_color", element.all("severity")[0], value=text)
        return COLOR_SEVERITY[color], color
    return (element.choose("severity", text, Severity) if text else None), None


def _certainty(element: Element) -> Certainty | None:
    text = element.text("certainty", required=True)
    if text and text.casefold() == "very likely":
        return Certainty.LIKELY
    return element.choose("certainty", text, Certainty) if text else None


def _expires(element: Element, sent: datetime) -> datetime | None:
    """When the block ends. Without it a warning stays current until somebody lifts it, so that is named."""
    expires = element.time("expires")
    if expires is None:
        element.faults.add("cap.no_expiry", element.node)
    elif expires < sent:
        element.faults.add("cap.expires_before_sent", element.all("expires")[0])
    return expires


def _resource(node: Node, faults: FaultList) -> CapResource:
    element = Element(node, faults)
    size = element.number("size")
    resource = CapResource(
        description=element.text("resourceDesc", required=True),
        mime_type=element.text("mimeType"),
        size_bytes=int(size) if size is not None and size >= 0 else None,
        uri=element.text("uri"),
        digest=element.text("digest"),
        is_embedded=bool(element.all("derefUri")),
    )
    element.report_unknown()
    return resource
