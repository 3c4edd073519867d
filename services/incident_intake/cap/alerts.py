"""Reads one alert: without a usable head it is refused, otherwise it is read as far as it can be understood."""

import re
from datetime import datetime, timedelta
from typing import Literal

from services.incident_intake.cap.element import CAP_1_0, Element
from services.incident_intake.cap.faults import FaultList
from services.incident_intake.cap.infos import read_info
from services.incident_intake.cap.national import has_national_shape, parse_national
from services.incident_intake.cap.references import read_references
from services.incident_intake.cap.xml_tree import Node
from services.incident_intake.domain.cap_alert import CapAlert, CapInfo
from services.incident_intake.domain.cap_words import CapScope, CapStatus, MessageType

Version = Literal["1.0", "1.1", "1.2"]

VERSIONS: dict[str, Version] = {
    CAP_1_0: "1.0",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "urn:oasis:names:tc:emergency:cap:1.2": "1.2",
}

_CLOCK_TOLERANCE = timedelta(minutes=10)
"""How far a sender's clock may be ahead before it is worth a word; no standard says."""

_FORBIDDEN = re.compile(r"[\s,<&]")
_INCIDENT = re.compile(r'"[^"]*"|\S+')


def read_alert(
    node: Node, faults: FaultList, *, now: datetime, distribution_status: CapStatus | None
) -> CapAlert | None:
    """The alert, or None when its head cannot be understood safely (the fault that refused it is in the list)."""
    version = VERSIONS.get(node.namespace)
    if version is None:
        faults.add("cap.not_cap", node, refused=True, root=node.name, namespace=node.namespace)
        return None
    element = Element(node, faults)
    identifier = element.text("identifier", required=True, refuses=True)
    sender = element.text("sender", required=True, refuses=True)
    sent = element.time("sent", required=True, refuses=True)
    status = element.word("status", CapStatus, required=True, refuses=True)
    msg_type = element.word("msgType", MessageType, required=True, refuses=True)
    if identifier is None or sender is None or sent is None or status is None or msg_type is None:
        return None
    _check_head(element, now=now, sent=sent, identifier=identifier, sender=sender)
    if distribution_status is not None and distribution_status is not status:
        faults.add("cap.wrapper_status_differs", node, wrapper=distribution_status.value, status=status.value)
    scope = _scope(element, version)
    alert = CapAlert(
        position=faults.alert or 1,
        version=version,
        identifier=identifier,
        sender=sender,
        sent=sent,
        status=status,
        msg_type=msg_type,
        scope=scope,
        source=element.text("source"),
        restriction=element.text("restriction", required=scope is CapScope.RESTRICTED),
        addresses=element.text("addresses", required=scope is CapScope.PRIVATE),
        codes=element.texts("code"),
        note=element.text("note"),
        references=read_references(element, msg_type=msg_type),
        incidents=_incidents(element),
        infos=_infos(element, version=version, identifier=identifier, sender=sender, sent=sent),
        signed=element.is_signed,
        national=parse_national(identifier),
        distribution_status=distribution_status,
    )
    if not alert.infos and msg_type in {MessageType.ALERT, MessageType.UPDATE}:
        faults.add("cap.no_info", node)
    if version == "1.0":
        element.all("password")  # known there, of no use here
    element.report_unknown()
    return alert


def _check_head(element: Element, *, now: datetime, sent: datetime, identifier: str, sender: str) -> None:
    """Name what is odd about the head but does not make it unsafe to read."""
    for name, text in (("identifier", identifier), ("sender", sender)):
        if _FORBIDDEN.search(text):
            element.faults.add("cap.identifier_characters", element.all(name)[0], element=name, value=text)
    if sent > now + _CLOCK_TOLERANCE:
        element.faults.add("cap.sent_in_future", element.all("sent")[0], value=element.all("sent")[0].text)
    if has_national_shape(identifier) and parse_national(identifier) is None:
        element.faults.add("cap.national_time_bad", element.all("identifier")[0], value=identifier)


def _scope(element: Element, version: Version) -> CapScope | None:
    """CAP 1.0 let the scope be left out (it meant public), later versions do not."""
    return element.word("scope", CapScope, required=version != "1.0")


def _incidents(element: Element) -> tuple[str, ...]:
    """Names separated by white space; those with white space inside stand in quotes (CAP 1.2 §3.2.1)."""
    return tuple(name.strip('"') for name in _INCIDENT.findall(element.text("incidents") or ""))


def _infos(element: Element, *, version: Version, identifier: str, sender: str, sent: datetime) -> tuple[CapInfo, ...]:
    return tuple(
        read_info(
            child,
            element.faults,
            identifier=identifier,
            sender=sender,
            sent=sent,
            category_required=version != "1.0",
        )
        for child in element.all("info")
    )
