"""Warnings as documents for other systems."""

from services.incident_intake.cap.writer import write_cap
from services.incident_intake.store.warnings import StoredWarning
from shared.kernel.errors import Conflict, NotFound


def cap_document(warning: StoredWarning | None, warning_id: str) -> tuple[bytes, str]:
    """The document and its name.

    Raises:
        NotFound: `warning.not_found`.
        Conflict: `warning.cap_not_ours`: another body's message is what that body signed, not what we made of it.
    """
    if warning is None:
        raise NotFound("warning.not_found", id=warning_id)
    if not warning.record.is_own:
        raise Conflict("warning.cap_not_ours")
    return write_cap(warning.record.alert), warning.record.alert.identifier
