"""JSON in, alerts and named faults out; the same reading as of a CAP document."""

import re
from datetime import datetime

import orjson

from services.incident_intake.cap.chinese.alerts import to_alert
from services.incident_intake.cap.chinese.sources import matching
from services.incident_intake.cap.faults import FaultList
from services.incident_intake.cap.xml_tree import MAX_BYTES, Node
from services.incident_intake.domain.cap_alert import CapAlert, CapReading
from shared.kernel.errors import Malformed, TooLarge

MAX_ENTRIES = 1_000
_WRAPPED = re.compile(r"^\s*(?:var\s+)?[A-Za-z_$][\w$.]{0,60}\s*(=|\()\s*")


def read_feed(body: bytes, *, now: datetime) -> CapReading:
    """Read the JSON (or JSONP) of a known source.

    Args:
        body: the document, at most 5 MB.
        now: the present instant, aware.

    Raises:
        TooLarge: `cap.too_large`, `cap.too_many_entries`.
        Malformed: `cap.json_bad`, `cap.json_unknown`.
    """
    if len(body) > MAX_BYTES:
        raise TooLarge("cap.too_large", size=len(body), limit=MAX_BYTES)
    root = _parsed(body)
    found = next(matching(root), None)
    if found is None:
        raise Malformed("cap.json_unknown")
    source, entries = found
    if len(entries) > MAX_ENTRIES:
        raise TooLarge("cap.too_many_entries", count=len(entries), limit=MAX_ENTRIES)
    faults, top = FaultList(), Node("", source.name, 1, None)
    nodes = [Node("", "alert", 1, top) for _ in entries]
    alerts: list[CapAlert] = []
    for place, (node, entry) in enumerate(zip(nodes, entries, strict=True), start=1):
        faults.alert = place
        alert = to_alert(node, faults, source.read(entry, node.pointer), place, now=now)
        if alert is not None:
            alerts.append(alert)
    if not entries:
        faults.add("cap.no_alerts", top)
    return CapReading(alerts=tuple(alerts), faults=faults.finish(top), wrapper=source.name, read_at=now)


def _parsed(body: bytes) -> object:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("gb18030", errors="replace")
    wrapped = _WRAPPED.match(text)
    if wrapped:
        text = text[wrapped.end() :].rstrip().rstrip(";").rstrip()
        text = text.removesuffix(")") if wrapped.group(1) == "(" else text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed("cap.json_bad", line=error.lineno, column=error.colno) from error
