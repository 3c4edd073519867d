"""Reads which earlier messages an alert refers to."""

from services.incident_intake.cap.element import CAP_1_0, Element, parse_time
from services.incident_intake.domain.cap_alert import CapReference
from services.incident_intake.domain.cap_words import MessageType

MAX_REFERENCES = 500
"""Real updates name some dozens; each one is compared with what is stored."""


def read_references(element: Element, *, msg_type: MessageType) -> tuple[CapReference, ...]:
    """The references; a message that acts on others must have some, and an empty list is a fault too."""
    tokens = (element.text("references") or "").split()
    if not tokens and (msg_type is not MessageType.ALERT or element.all("references")):
        element.faults.add("cap.references_missing", (element.all("references") or [element.node])[0])
    if len(tokens) > MAX_REFERENCES:
        element.faults.add("cap.references_cut", element.all("references")[0], count=len(tokens), limit=MAX_REFERENCES)
    found = (_reference(element, token) for token in tokens[:MAX_REFERENCES])
    return tuple(reference for reference in found if reference is not None)


def _reference(element: Element, token: str) -> CapReference | None:
    """`sender,identifier,sent`; CAP 1.0 wrote `identifier/sender`, and a bare identifier is understood too."""
    sender, identifier, sent_text = _split(token, old=element.node.namespace == CAP_1_0)
    sent, code = parse_time(sent_text) if sent_text is not None else (None, None)
    if code is None and identifier and sender != "":
        if sender is None:
            _name(element, "cap.reference_incomplete", token)
        return CapReference(sender=sender, identifier=identifier, sent=sent)
    _name(element, "cap.reference_bad", token)
    return None


def _split(token: str, *, old: bool) -> tuple[str | None, str, str | None]:
    sender, comma, rest = token.partition(",")
    if comma:
        identifier, _, sent = rest.rpartition(",")
        return sender, identifier, sent
    if old and "/" in token:
        identifier, _, sender = token.rpartition("/")
        return sender, identifier, None
    return None, token, None


def _name(element: Element, code: str, token: str) -> None:
    element.faults.add(code, element.all("references")[0], value=token)
