"""Tells the JSON of a Chinese source from the XML of CAP by its first character."""

import re
from datetime import datetime

from services.incident_intake.cap.chinese.reader import read_feed
from services.incident_intake.cap.reader import read_cap
from services.incident_intake.domain.cap_alert import CapReading

_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[|(?:var\s+)?[A-Za-z_$][\w$.]{0,60}\s*[=(])")


def read_document(body: bytes, *, now: datetime) -> CapReading:
    """Read a document of warnings, whichever of the known forms it has.

    Raises:
        TooLarge, Malformed: as of `read_cap` and `read_feed`.
    """
    return read_feed(body, now=now) if _JSON.match(body) else read_cap(body, now=now)
