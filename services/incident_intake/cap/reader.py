"""The one door to the room: bytes in, alerts and named faults out. Pure and synchronous."""

from datetime import datetime

from services.incident_intake.cap.alerts import read_alert
from services.incident_intake.cap.faults import FaultList
from services.incident_intake.cap.wrappers import find_alerts
from services.incident_intake.cap.xml_tree import parse_tree
from services.incident_intake.domain.cap_alert import CapAlert, CapReading


def read_cap(body: bytes, *, now: datetime) -> CapReading:
    """Read a CAP document (1.0, 1.1, 1.2), alone or wrapped in Atom, RSS or EDXL-DE 1.0.

    An alert whose head cannot be understood safely is refused with a fault marked `refused`; a faulty part of an
    alert is left out and named. A reading without alerts always has a fault that says why.

    Args:
        body: the document, at most 5 MB.
        now: the present instant, aware; only used to name messages from the future.

    Raises:
        TooLarge: `cap.too_large`, `cap.too_deep`, `cap.too_many_elements`, `cap.too_many_points`.
        Malformed: `cap.not_well_formed` (line, column), `cap.entities_forbidden`, `cap.encoding_unknown`,
            `cap.not_cap`.
    """
    root = parse_tree(body)
    faults = FaultList()
    found = find_alerts(root, faults)
    alerts: list[CapAlert] = []
    for place, node in enumerate(found.alerts, start=1):
        faults.alert = place
        alert = read_alert(node, faults, now=now, distribution_status=found.distribution_status)
        if alert is not None:
            alerts.append(alert)
    return CapReading(alerts=tuple(alerts), faults=faults.finish(root), wrapper=found.wrapper, read_at=now)
