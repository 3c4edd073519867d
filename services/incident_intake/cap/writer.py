"""A warning as a CAP 1.2 document, so that other systems can take it; `read_cap` reads the same again."""

from collections.abc import Iterable
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from services.incident_intake.domain.cap_alert import CapAlert, CapArea, CapInfo, CapReference, NamedValue
from shared.kernel.clock import SHANGHAI

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"


def write_cap(alert: CapAlert) -> bytes:
    """The document: UTF-8, times in Beijing's, elements in the order of the standard."""
    root = Element("alert", {"xmlns": NAMESPACE})
    _texts(root, "identifier", alert.identifier)
    _texts(root, "sender", alert.sender)
    _texts(root, "sent", _time(alert.sent))
    _texts(root, "status", alert.status.value)
    _texts(root, "msgType", alert.msg_type.value)
    _texts(root, "source", alert.source)
    _texts(root, "scope", alert.scope.value if alert.scope else None)
    _texts(root, "restriction", alert.restriction)
    _texts(root, "addresses", alert.addresses)
    _texts(root, "code", *alert.codes)
    _texts(root, "note", alert.note)
    _texts(root, "references", " ".join(map(_reference, alert.references)) or None)
    _texts(root, "incidents", " ".join(alert.incidents) or None)
    for info in alert.infos:
        _info(SubElement(root, "info"), info)
    indent(root)
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _info(at: Element, info: CapInfo) -> None:
    _texts(at, "language", info.language)
    _texts(at, "category", *(one.value for one in info.categories))
    _texts(at, "event", info.event)
    _texts(at, "responseType", *(one.value for one in info.response_types))
    _texts(at, "urgency", info.urgency.value if info.urgency else None)
    _texts(at, "severity", info.severity.value if info.severity else None)
    _texts(at, "certainty", info.certainty.value if info.certainty else None)
    _texts(at, "audience", info.audience)
    _named(at, "eventCode", info.event_codes)
    for name, moment in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
        _texts(at, name, _time(moment) if moment else None)
    _texts(at, "senderName", info.sender_name)
    _texts(at, "headline", info.headline)
    _texts(at, "description", info.description)
    _texts(at, "instruction", info.instruction)
    _texts(at, "web", info.web)
    _texts(at, "contact", info.contact)
    _named(at, "parameter", info.parameters)
    for area in info.areas:
        _area(SubElement(at, "area"), area)


def _area(at: Element, area: CapArea) -> None:
    _texts(at, "areaDesc", area.description)
    _texts(at, "polygon", *(" ".join(f"{_plain(lat)},{_plain(lon)}" for lon, lat in ring) for ring in area.polygons))
    _texts(at, "circle", *(f"{_plain(one.lat)},{_plain(one.lon)} {_plain(one.radius_km)}" for one in area.circles))
    _named(at, "geocode", area.geocodes)
    for name, feet in (("altitude", area.altitude_ft), ("ceiling", area.ceiling_ft)):
        _texts(at, name, None if feet is None else _plain(feet))


def _texts(at: Element, name: str, *said: str | None) -> None:
    for text in said:
        if text is not None:
            SubElement(at, name).text = text


def _named(at: Element, name: str, pairs: Iterable[NamedValue]) -> None:
    for pair in pairs:
        one = SubElement(at, name)
        _texts(one, "valueName", pair.name)
        _texts(one, "value", pair.value)


def _reference(one: CapReference) -> str:
    return ",".join((one.sender or "", one.identifier, _time(one.sent) if one.sent else ""))


def _plain(number: float) -> str:
    """Six places behind the point are a decimetre."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _time(moment: datetime) -> str:
    """CAP writes the offset out and knows no Z."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
