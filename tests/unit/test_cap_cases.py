"""Every real CAP file and every hostile one: what is in it, and what is said about it."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from services.incident_intake.cap.reader import read_cap
from services.incident_intake.domain.cap_alert import CapReading
from shared.kernel.errors import Malformed
from tests.harness.cap_documents import cases_folder

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Holds:
    """What a file holds: counts, whether it is signed, and the codes of all its faults in order."""

    wrapper: str
    alerts: int
    infos: int = 0
    areas: int = 0
    polygons: int = 0
    circles: int = 0
    geocodes: int = 0
    signed: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """The code with which the whole file is refused."""

    code: str


NOT_CAP = Refused("cap.not_cap")
EMPTY_ENTRY = Holds("atom", 0, faults=("cap.entry_without_alert",))
NO_END = ("cap.no_expiry",)
BUSHFIRES = Holds("edxl_de", 7, 7, 7, circles=7, geocodes=7)

GOOD: dict[str, Holds | Refused] = {
    "amber.atom": Holds("atom", 1, 1, 1, geocodes=1, faults=NO_END),
    "bushfire.edxlde": BUSHFIRES,
    "bushfire_valid.edxlde": BUSHFIRES,
    "canada_signed.atom": Holds("atom", 1, 2, 4, polygons=4, geocodes=72, signed=True),
    "earthquake.atom": Holds("atom", 1, 1, 1, circles=1, faults=NO_END),
    "earthquake_index.atom": Holds("atom", 0, faults=("cap.index_only",)),
    "empty_weather_index.atom": Holds("atom", 0, faults=("cap.no_alerts",)),
    "no_entries.atom": Holds("atom", 0, faults=("cap.alert_outside_entry", "cap.no_alerts")),
    "no_id.atom": EMPTY_ENTRY,
    "no_link.atom": EMPTY_ENTRY,
    "no_title.atom": EMPTY_ENTRY,
    "schema_cap10.xsd": NOT_CAP,
    "schema_cap10_extended.xsd": NOT_CAP,
    "schema_cap11.xsd": NOT_CAP,
    "schema_cap11_extended.xsd": NOT_CAP,
    "schema_cap12.xsd": NOT_CAP,
    "schema_cap12_extended.xsd": NOT_CAP,
    "schema_feed_edxlde-1_0.xsd": NOT_CAP,
    "schema_feed_rss-2_0.xsd": NOT_CAP,
    "testdata_australia.cap": Holds("alert", 1, 2, 2, circles=2, geocodes=2),
    "testdata_canada.cap": Holds("alert", 1, 2, 4, polygons=4, geocodes=26),
    "testdata_canada_signed.cap": Holds("alert", 1, 2, 4, polygons=4, geocodes=72, signed=True),
    "testdata_earthquake-iso8859-1.cap": Holds("alert", 1, 1, 1, circles=1, signed=True),
    "testdata_earthquake.cap": Holds("alert", 1, 1, 1, circles=1),
    "testdata_earthquake_signed.cap": Holds("alert", 1, 1, 1, circles=1, signed=True),
    "testdata_no_optional_fields.cap": Holds("alert", 1, faults=("cap.no_info",)),
    "testdata_wcatwc-warning.cap": Holds("alert", 1, 1, 1, geocodes=2),
    "testdata_weather.cap": Holds("alert", 1, 1, 1, geocodes=2),
    "v1dot2_appendix_adot1.xml": Holds("alert", 1, 1, 1, faults=NO_END),
    "v1dot2_appendix_adot3.xml": Holds("alert", 1, 1, 1, circles=1, faults=NO_END),
    "validator_src_com_google_publicalerts_cap_validator_examples_thunderstorm.cap": Holds(
        "alert", 1, 1, 1, polygons=1, geocodes=3
    ),
    "validator_war_examples_43b080713727.cap": Holds("alert", 1, 1, 1, faults=NO_END),
    "validator_war_examples_KAR0-0306112239-SW.cap": Holds("alert", 1, 1, 1, geocodes=1, faults=NO_END),
    "weather.atom": Holds("atom", 1, 1, 1, geocodes=2),
    "weather_index.atom": Holds("atom", 0, faults=("cap.index_only",)),
    "wmo_seychelles.xml": Holds("alert", 1, 1, 1, polygons=1, signed=True),
}

HOSTILE: dict[str, Holds | Refused] = {
    # The second of seven alerts is empty, the third has an urgency that no version knows.
    "bushfire_invalid.edxlde": Holds(
        "edxl_de", 6, 6, 6, circles=6, geocodes=6, faults=(*("cap.element_missing",) * 5, "cap.word_unknown")
    ),
    "invalid.rss": Holds("rss", 0, faults=("cap.entry_without_alert",)),
    "invalid_element.atom": EMPTY_ENTRY,
    "testdata_canada_errors.cap": Holds(
        "alert", 1, 1, 1, polygons=1, geocodes=1, faults=("cap.references_missing",)
    ),
    "testdata_invalid.cap": Holds("alert", 1, 1, 1, faults=("cap.element_missing", "cap.no_expiry")),
    # Empty references, three empty words, a point with a comma too many, an empty polygon: the rest is still a warning.
    "testdata_noaa_errors.cap": Holds(
        "alert", 1, 1, 1, geocodes=2,
        faults=(
            "cap.references_missing", *("cap.element_missing",) * 3, "cap.polygon_point_bad", "cap.polygon_too_short",
        ),
    ),
    "testdata_xee.cap": Refused("cap.entities_forbidden"),
    "weather_invalid.atom": Holds("atom", 1, 1, 1, faults=("cap.identifier_characters",)),
    "xee.atom": Refused("cap.entities_forbidden"),
}  # fmt: skip


@pytest.mark.parametrize(("folder", "table"), [("cap", GOOD), ("cap-hostile", HOSTILE)])
def test_the_tables_name_every_file(folder: str, table: dict[str, Holds | Refused]) -> None:
    assert sorted(table) == sorted(path.name for path in cases_folder(folder).iterdir())


@pytest.mark.parametrize("name", GOOD)
def test_a_real_file_is_read_in_full(name: str) -> None:
    assert outcome("cap", name) == GOOD[name]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_its_faults_are_named(name: str) -> None:
    assert outcome("cap-hostile", name) == HOSTILE[name]


@pytest.mark.parametrize(("folder", "table"), [("cap", GOOD), ("cap-hostile", HOSTILE)])
def test_foreign_alerts_never_get_a_chinese_colour(folder: str, table: dict[str, Holds | Refused]) -> None:
    for name, expected in table.items():
        if isinstance(expected, Holds):
            assert {alert.color for alert in read(folder, name).alerts} <= {None}


def test_an_emptied_alert_of_an_envelope_is_named_by_its_place() -> None:
    refusals = [fault for fault in read("cap-hostile", "bushfire_invalid.edxlde").faults if fault.refused]
    assert {(fault.alert, fault.line) for fault in refusals} == {(2, 94)}
    assert [fault.params["element"] for fault in refusals] == ["identifier", "sender", "sent", "status", "msgType"]


def test_latin_1_letters_survive() -> None:
    (alert,) = read("cap", "testdata_earthquake-iso8859-1.cap").alerts
    assert alert.infos[0].headline == "EQ 4.6 Usulután, Usulután, El Salvador - PRELIMINARY REPORT"


def test_a_real_polygon_is_a_closed_ring_of_longitude_and_latitude() -> None:
    (alert,) = read("cap", "wmo_seychelles.xml").alerts
    (ring,) = alert.infos[0].areas[0].polygons
    assert len(ring) == 14
    assert ring[0] == ring[-1] == (46.078276, -9.186965)


def test_the_update_of_the_standard_refers_to_the_first_earthquake_report() -> None:
    (alert,) = read("cap", "v1dot2_appendix_adot3.xml").alerts
    (reference,) = alert.references
    assert (reference.sender, reference.identifier) == ("trinet@caltech.edu", "TRI13970876.1")
    assert reference.sent == datetime(2003, 6, 12, 3, 30, tzinfo=UTC)


def read(folder: str, name: str) -> CapReading:
    return read_cap((cases_folder(folder) / name).read_bytes(), now=NOW)


def outcome(folder: str, name: str) -> Holds | Refused:
    try:
        reading = read(folder, name)
    except Malformed as error:
        return Refused(error.code)
    infos = [info for alert in reading.alerts for info in alert.infos]
    areas = [area for info in infos for area in info.areas]
    return Holds(
        wrapper=reading.wrapper,
        alerts=len(reading.alerts),
        infos=len(infos),
        areas=len(areas),
        polygons=sum(len(area.polygons) for area in areas),
        circles=sum(len(area.circles) for area in areas),
        geocodes=sum(len(area.geocodes) for area in areas),
        signed=any(alert.signed for alert in reading.alerts),
        faults=tuple(fault.code for fault in reading.faults),
    )
