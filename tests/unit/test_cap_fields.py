"""The fields of an alert: what is kept, what is left out and named, what refuses the alert."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from services.incident_intake.cap.circle import circle_ring
from services.incident_intake.cap.reader import read_cap
from services.incident_intake.domain.cap_alert import CapAlert, CapArea, CapCircle, CapReading, NamedValue
from services.incident_intake.domain.cap_words import CapScope, CapStatus, Category, Certainty, ResponseType, Severity
from tests.harness.cap_documents import NOW, SQUARE, alert, area, info, pair, polygon

CAP_1_0 = "http://www.incident.com/cap/1.0"


def read(text: str) -> CapReading:
    return read_cap(text.encode(), now=NOW)


def only(text: str) -> CapAlert:
    (found,) = read(text).alerts
    return found


def faults(text: str) -> list[str]:
    return [fault.code for fault in read(text).faults]


def area_of(*parts: str) -> tuple[CapArea, list[str]]:
    text = alert(info(areas=area(*parts)))
    return only(text).infos[0].areas[0], faults(text)


def test_a_good_alert_has_no_faults() -> None:
    assert faults(alert()) == []


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ({"identifier": ""}, "cap.element_missing"),
        ({"sender": ""}, "cap.element_missing"),
        ({"sent": ""}, "cap.element_missing"),
        ({"status": ""}, "cap.element_missing"),
        ({"msg_type": ""}, "cap.element_missing"),
        ({"sent": "2026-07-31T18:00:00"}, "cap.time_without_offset"),
        ({"sent": "2026-07-31 18:00:00+08:00"}, "cap.time_bad"),
        ({"sent": "2026-02-30T18:00:00+08:00"}, "cap.time_bad"),
        ({"sent": "2026-W31-5T18:00:00+08:00"}, "cap.time_bad"),
        ({"status": "Real"}, "cap.word_unknown"),
        ({"msg_type": "Warn"}, "cap.word_unknown"),
    ],
)
def test_an_unsafe_head_refuses_the_alert(field: dict[str, str], code: str) -> None:
    reading = read(alert(**field))
    assert reading.alerts == ()
    assert [(fault.code, fault.refused) for fault in reading.faults] == [(code, True)]


def test_times_are_converted_to_utc() -> None:
    assert only(alert(sent="2026-07-31T18:00:00.5+08:00")).sent == datetime(2026, 7, 31, 10, 0, 0, 500_000, UTC)
    assert only(alert(sent="2026-07-31T10:00:00Z")).sent.tzinfo is UTC


@pytest.mark.parametrize("status", list(CapStatus))
def test_only_actual_is_real(status: CapStatus) -> None:
    assert only(alert(status=status)).is_real == (status == "Actual")


def test_a_word_in_other_letters_is_understood_and_named() -> None:
    text = alert(status="EXERCISE")
    assert only(text).status is CapStatus.EXERCISE
    assert faults(text) == ["cap.word_spelling"]


def test_a_message_from_the_future_is_named() -> None:
    assert faults(alert(sent="2026-07-31T20:09:00+08:00")) == []
    assert faults(alert(sent="2026-07-31T20:11:00+08:00")) == ["cap.sent_in_future"]


def test_restricted_and_private_messages_must_say_for_whom() -> None:
    assert faults(alert().replace("Public", "Restricted")) == ["cap.element_missing"]
    assert faults(alert().replace("Public", "Private")) == ["cap.element_missing"]
    private = alert(extra="<addresses>110115001</addresses>").replace("Public", "Private")
    assert (only(private).scope, only(private).addresses) == (CapScope.PRIVATE, "110115001")


def test_references_are_split_into_sender_identifier_and_time() -> None:
    text = alert(
        msg_type="Update",
        extra="<references>a@b.cn,X1,2026-07-30T09:00:00+08:00\n a@b.cn,X,2,2026-07-30T15:00:00+08:00</references>",
    )
    first, second = only(text).references
    assert (first.sender, first.identifier, first.sent) == ("a@b.cn", "X1", datetime(2026, 7, 30, 1, tzinfo=UTC))
    assert second.identifier == "X,2"


@pytest.mark.parametrize("token", ["a,b", ",X,2026-07-30T09:00:00+08:00", "a,X,2026-07-30T09:00:00", "a,,,"])
def test_a_bad_reference_is_left_out_and_named(token: str) -> None:
    text = alert(msg_type="Cancel", extra=f"<references>{token}</references>")
    assert only(text).references == ()
    assert faults(text) == ["cap.reference_bad"]


def test_a_bare_identifier_is_a_reference_that_is_named() -> None:
    text = alert(msg_type="Cancel", extra="<references>X1</references>")
    assert [(ref.sender, ref.identifier, ref.sent) for ref in only(text).references] == [(None, "X1", None)]
    assert faults(text) == ["cap.reference_incomplete"]


def test_endless_references_are_cut_and_named() -> None:
    tokens = " ".join(f"s,X{i},2026-07-30T09:00:00+08:00" for i in range(501))
    text = alert(msg_type="Update", extra=f"<references>{tokens}</references>")
    assert len(only(text).references) == 500
    assert faults(text) == ["cap.references_cut"]


@pytest.mark.parametrize("msg_type", ["Update", "Cancel", "Ack", "Error"])
def test_a_message_about_others_must_say_which(msg_type: str) -> None:
    assert faults(alert(msg_type=msg_type)) == ["cap.references_missing"]


def test_incidents_may_be_quoted() -> None:
    assert only(alert(extra='<incidents>A1 "two words" B2</incidents>')).incidents == ("A1", "two words", "B2")


def test_several_blocks_in_several_languages_are_kept() -> None:
    infos = only(alert(info(), info(language="en-US", event="Rainstorm"))).infos
    assert [(i.language, i.event) for i in infos] == [("zh-CN", "暴雨"), ("en-US", "Rainstorm")]


def test_faulty_parts_are_left_out_and_the_rest_is_kept() -> None:
    text = alert(
        info(
            "<onset>2026-07-31T18:00:00</onset><responseType>Hide</responseType><responseType>Avoid</responseType>"
            "<parameter><value>x</value></parameter>",
            language="中文",
            severity="Bad",
        )
    )
    read_info = only(text).infos[0]
    assert (read_info.language, read_info.severity, read_info.onset) == (None, None, None)
    assert (read_info.response_types, read_info.parameters) == ((ResponseType.AVOID,), ())
    assert read_info.event == "暴雨"
    assert sorted(faults(text)) == [
        "cap.language_bad", "cap.pair_bad", "cap.time_without_offset", "cap.word_unknown", "cap.word_unknown",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["event", "urgency", "severity", "certainty", "category"])
def test_a_required_field_of_a_block_is_named_when_it_is_missing(name: str) -> None:
    head, _, rest = alert().partition(f"<{name}>")
    reading = read(head + rest.partition(f"</{name}>")[2])
    assert len(reading.alerts) == 1
    assert [(f.code, f.params["element"]) for f in reading.faults] == [("cap.element_missing", name)]


def test_a_block_that_never_ends_or_has_ended_before_it_began_is_named() -> None:
    assert faults(alert(info(expires=""))) == ["cap.no_expiry"]
    assert faults(alert(info(expires="2026-07-31T17:59:00+08:00"))) == ["cap.expires_before_sent"]


def test_a_block_without_an_area_and_an_alert_without_a_block_are_named() -> None:
    assert faults(alert(info(areas=""))) == ["cap.no_area"]
    assert faults(alert("")) == ["cap.no_info"]


def test_unknown_elements_and_markup_in_text_are_named_with_their_place() -> None:
    reading = read(alert(info("<note2/><description>a<b>c</b></description>")))
    assert [(f.code, f.pointer) for f in reading.faults] == [
        ("cap.markup_in_text", "/alert/info/description"),
        ("cap.element_unknown", "/alert/info/note2"),
    ]


def test_the_first_of_a_repeated_field_counts() -> None:
    text = alert(info("<headline>一</headline><headline>二</headline>"))
    assert only(text).infos[0].headline == "一"
    assert faults(text) == ["cap.element_repeated"]


def test_endless_text_is_cut_and_named() -> None:
    text = alert(info(f"<description>{'雨' * 20_001}</description>"))
    assert only(text).infos[0].description == "雨" * 20_000
    assert faults(text) == ["cap.text_cut"]


def test_resources_are_kept_without_their_content() -> None:
    resource = (
        "<resource><resourceDesc>map</resourceDesc><mimeType>image/png</mimeType><size>12</size>"
        "<uri>a.png</uri><derefUri>AAAA</derefUri><digest>ff</digest></resource>"
    )
    (found,) = only(alert(info(resource))).infos[0].resources
    assert (found.description, found.mime_type, found.size_bytes) == ("map", "image/png", 12)
    assert (found.uri, found.digest, found.is_embedded) == ("a.png", "ff", True)


def test_shapes_heights_and_geocodes_of_an_area_are_kept() -> None:
    found, named = area_of(
        polygon(),
        polygon(),
        "<circle>39.55,116.35 5.5</circle><circle>39.55,116.35 0</circle>",
        pair("geocode", "行政区划代码", "110115105"),
        "<altitude>100</altitude><ceiling>2e3</ceiling>",
    )
    assert named == []
    assert found.description == "榆垡镇"
    assert [len(ring) for ring in found.polygons] == [5, 5]
    assert found.polygons[0][0] == (116.30, 39.60)
    assert found.circles == (
        CapCircle(lon=116.35, lat=39.55, radius_km=5.5),
        CapCircle(lon=116.35, lat=39.55, radius_km=0),
    )
    assert found.geocodes == (NamedValue(name="行政区划代码", value="110115105"),)
    assert (found.altitude_ft, found.ceiling_ft) == (100, 2000)


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ("", "cap.polygon_too_short"),
        ("39.6,116.3 39.6,116.3 39.6,116.3 39.6,116.3", "cap.polygon_too_short"),
        ("39.6,116.3 39.6,116.4 39.6,116.3", "cap.polygon_too_short"),
        ("116.3,39.6 116.4,39.6 116.4,39.5 116.3,39.6", "cap.polygon_point_bad"),
        ("39.6,181 39.6,116.4 39.5,116.4 39.6,181", "cap.polygon_point_bad"),
        ("nan,116.3 39.6,116.4 39.5,116.4 nan,116.3", "cap.polygon_point_bad"),
        ("39_6,116.3 39.6,116.4 39.5,116.4 39_6,116.3", "cap.polygon_point_bad"),
        ("３９,116.3 39.6,116.4 39.5,116.4 ３９,116.3", "cap.polygon_point_bad"),
        ("39.6 116.3 39.6 116.4", "cap.polygon_point_bad"),
    ],
)
def test_a_bad_polygon_is_left_out_and_named(points: str, code: str) -> None:
    found, named = area_of(polygon(points), polygon())
    assert len(found.polygons) == 1
    assert named == [code]


def test_an_open_polygon_is_closed_and_named() -> None:
    found, named = area_of(polygon(SQUARE.rpartition(" ")[0]))
    assert found.polygons[0][0] == found.polygons[0][-1]
    assert len(found.polygons[0]) == 5
    assert named == ["cap.polygon_not_closed"]


@pytest.mark.parametrize("circle", ["", "39.6,116.3", "39.6,116.3 -1", "39.6,116.3 x", "99,116.3 5", "39.6,116.3 5 km"])
def test_a_bad_circle_is_left_out_and_named(circle: str) -> None:
    found, named = area_of(f"<circle>{circle}</circle>")
    assert (found.circles, named) == ((), ["cap.circle_bad"])


def test_a_circle_becomes_a_ring_of_its_radius() -> None:
    ring = circle_ring(116.35, 39.7, 10)
    assert len(ring) == 65
    assert ring[0] == ring[-1]
    assert max(lat for _, lat in ring) - 39.7 == pytest.approx(10 / 111.195, rel=1e-4)
    assert max(lon for lon, _ in ring) - 116.35 == pytest.approx(10 / (111.195 * 0.7694), rel=1e-3)
    doubled_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    assert doubled_area > 0, "counter-clockwise, as GeoJSON wants outer rings"


def test_a_circle_over_the_date_line_stays_one_shape() -> None:
    lons = [lon for lon, _ in circle_ring(179.9, 0, 50)]
    assert max(lons) > 180
    assert max(abs(a - b) for a, b in pairwise(lons)) < 1


def test_a_circle_without_extent_is_no_ring() -> None:
    with pytest.raises(ValueError, match="positive radius"):
        circle_ring(116.35, 39.7, 0)


def test_the_oldest_version_is_read_by_its_own_rules() -> None:
    text = f"""<alert xmlns="{CAP_1_0}"><identifier>KSTO1</identifier><sender>ksto@example.org</sender>
      <sent>2003-02-18T16:48:00-08:00</sent><status>Actual</status><msgType>Update</msgType>
      <password>x</password><references>KSTO0/ksto@example.org</references>
      <info><event>storm</event><urgency>Expected</urgency><severity>Severe</severity><certainty>Very Likely</certainty>
      <eventCode>same=SVR</eventCode><expires>2003-02-18T18:00:00-08:00</expires><parameter>HSAS=ORANGE</parameter>
      <area><areaDesc>county</areaDesc><geocode>fips6=006109</geocode></area></info></alert>"""
    found = only(text)
    assert faults(text) == []
    assert (found.version, found.scope) == ("1.0", None)
    assert [(ref.sender, ref.identifier, ref.sent) for ref in found.references] == [("ksto@example.org", "KSTO0", None)]
    assert found.infos[0].certainty is Certainty.LIKELY
    assert found.infos[0].event_codes == (NamedValue(name="same", value="SVR"),)
    assert found.infos[0].parameters == (NamedValue(name="HSAS", value="ORANGE"),)
    assert found.infos[0].areas[0].geocodes == (NamedValue(name="fips6", value="006109"),)


def test_the_middle_version_is_read() -> None:
    found = only(alert(namespace="urn:oasis:names:tc:emergency:cap:1.1"))
    assert (found.version, found.infos[0].categories) == ("1.1", (Category.MET,))
    assert found.infos[0].severity is Severity.MODERATE
