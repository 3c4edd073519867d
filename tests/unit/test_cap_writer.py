"""What is written as CAP is read again as the same message."""

from datetime import UTC, datetime

import pytest

from services.incident_intake.cap.reader import read_cap
from services.incident_intake.cap.sample_series import exercise, rainstorm_series
from services.incident_intake.cap.writer import NAMESPACE, write_cap
from services.incident_intake.domain.cap_alert import CapCircle

SENT = datetime(2026, 7, 21, 1, 0, tzinfo=UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("body", [*rainstorm_series(SENT), exercise(SENT)])
def test_a_message_survives_being_written_and_read(body: bytes) -> None:
    (alert,) = read_cap(body, now=LATER).alerts
    written = write_cap(alert)
    assert NAMESPACE.encode() in written
    again = read_cap(written, now=LATER)
    assert (again.alerts, again.faults) == ((alert,), ())


def test_places_keep_six_digits_and_texts_their_signs() -> None:
    (alert,) = read_cap(rainstorm_series(SENT)[0], now=LATER).alerts
    info = alert.infos[0]
    square = ((116.461234, 39.809345), (116.5, 39.8), (116.5, 39.9), (116.461234, 39.809345))
    circle = CapCircle(lon=116.4612, lat=39.8093, radius_km=1.25)
    area = info.areas[0].model_copy(update={"polygons": (square,), "circles": (circle,)})
    said = info.model_copy(update={"areas": (area,), "description": "水深 > 0.5 米 & “继续”"})
    (read,) = read_cap(write_cap(alert.model_copy(update={"infos": (said,)})), now=LATER).alerts
    assert read.infos[0].areas[0].polygons == (square,)
    assert read.infos[0].areas[0].circles == (circle,)
    assert read.infos[0].description == "水深 > 0.5 米 & “继续”"
