"""The messages of one event: what a warning refers to, what refers to it, and so on."""

from sqlalchemy import Connection

from services.incident_intake.domain.warning import identifies
from services.incident_intake.store.warnings import StoredWarning, find_warning, related
from shared.kernel.errors import NotFound

_MOST = 200
"""A chain of real messages is a handful; a forged one must not walk the whole store."""


def history_of(connection: Connection, warning_id: str) -> list[StoredWarning]:
    """All messages that hang together by references, the first one first.

    Raises:
        NotFound: `warning.not_found`.
    """
    start = find_warning(connection, warning_id)
    if start is None:
        raise NotFound("warning.not_found", id=warning_id)
    found, waiting = {start.id: start}, [start]
    while waiting and len(found) < _MOST:
        one = waiting.pop()
        for other in _neighbours(connection, one):
            if other.id not in found:
                found[other.id] = other
                waiting.append(other)
    return sorted(found.values(), key=lambda warning: (warning.record.alert.sent, warning.id))


def _neighbours(connection: Connection, one: StoredWarning) -> list[StoredWarning]:
    alert = one.record.alert
    near = related(connection, alert.identifier, {reference.identifier for reference in alert.references})
    return [other for other in near if _hang_together(one, other)]


def _hang_together(one: StoredWarning, other: StoredWarning) -> bool:
    a, b = one.record.alert, other.record.alert
    if a.is_real != b.is_real:
        return False
    return any(identifies(ref, b) for ref in a.references) or any(identifies(ref, a) for ref in b.references)
