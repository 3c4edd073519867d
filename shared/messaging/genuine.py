"""Whether a stored message speaks in another name than the one under which it was stored."""

import orjson


def is_forged(subject: str, body: bytes) -> bool:
    """True if it is an envelope whose `type` is not the subject.

    The broker lets a site write its own subjects only, but cannot look into the body: without this check a site could
    speak in another one's name there. What is no envelope at all is for the reader to find unreadable.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(document, dict) and document.get("type", subject) != subject
