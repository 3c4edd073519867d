"""Finds the alerts in a document: it is one itself, or it is an Atom feed, an RSS feed or an EDXL-DE envelope."""

from dataclasses import dataclass

from services.incident_intake.cap.alerts import VERSIONS
from services.incident_intake.cap.element import Element
from services.incident_intake.cap.faults import FaultList
from services.incident_intake.cap.xml_tree import Node
from services.incident_intake.domain.cap_alert import Wrapper
from services.incident_intake.domain.cap_words import CapStatus
from shared.kernel.errors import Malformed

_ATOM = "http://www.w3.org/2005/Atom"
_EDXL_DE = "urn:oasis:names:tc:emergency:EDXL:DE:1.0"


@dataclass(frozen=True)
class Found:
    """The alerts of a document in their order, and what the envelope says about their status."""

    wrapper: Wrapper
    alerts: tuple[Node, ...]
    distribution_status: CapStatus | None = None


def find_alerts(root: Node, faults: FaultList) -> Found:
    """The alerts to be read; places where one was expected and none stood are named.

    Raises:
        Malformed: the document is none of the four kinds.
    """
    if root.name == "alert" and root.namespace in VERSIONS:
        return Found("alert", (root,))
    if root.namespace == _ATOM and root.name in {"feed", "entry"}:
        entries = [root] if root.name == "entry" else _children(root, "entry")
        return Found("atom", _in_entries(root, entries, faults))
    if root.namespace == "" and root.name == "rss":
        items = [item for channel in _children(root, "channel") for item in _children(channel, "item")]
        return Found("rss", _in_entries(root, items, faults))
    if root.namespace == _EDXL_DE and root.name == "EDXLDistribution":
        status = Element(root, faults).word("distributionStatus", CapStatus, required=True)
        return Found("edxl_de", _in_entries(root, _embedded(root, faults), faults), status)
    raise Malformed("cap.not_cap", root=root.name, namespace=root.namespace)


def _children(node: Node, name: str) -> list[Node]:
    return [child for child in node.children if child.name == name and child.namespace == node.namespace]


def _embedded(root: Node, faults: FaultList) -> list[Node]:
    """The places of EDXL-DE 1.0 that hold whole XML documents; other content is named as holding no alert."""
    places: list[Node] = []
    for content in _children(root, "contentObject"):
        found = [place for xml in _children(content, "xmlContent") for place in _children(xml, "embeddedXMLContent")]
        if not found:
            faults.add("cap.entry_without_alert", content)
        places.extend(found)
    return places


def _in_entries(root: Node, entries: list[Node], faults: FaultList) -> tuple[Node, ...]:
    """The alerts inside the entries. An alert elsewhere is foreign matter (RFC 4287 §6.3): not read, but named."""
    homes = {id(entry) for entry in entries}
    alerts: list[Node] = []
    filled: set[int] = set()
    for node in _outermost_alerts(root):
        home = next((id(above) for above in _ancestors(node) if id(above) in homes), None)
        if home is None:
            faults.add("cap.alert_outside_entry", node)
        else:
            filled.add(home)
            alerts.append(node)
    _name_empty(root, [entry for entry in entries if id(entry) not in filled], faults)
    if not entries:
        faults.add("cap.no_alerts", root)
    return tuple(alerts)


def _name_empty(root: Node, empty: list[Node], faults: FaultList) -> None:
    """Entries that only link to an alert make the document an index; we do not follow links."""
    links = 0
    for entry in empty:
        if _children(entry, "link"):
            links += 1
        else:
            faults.add("cap.entry_without_alert", entry)
    if links:
        faults.add("cap.index_only", root, links=links)


def _outermost_alerts(root: Node) -> list[Node]:
    return [node for node in root.walk() if node.name == "alert" and all(n.name != "alert" for n in _ancestors(node))]


def _ancestors(node: Node) -> list[Node]:
    found: list[Node] = []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found
