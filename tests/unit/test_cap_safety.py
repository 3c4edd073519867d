"""Documents that want to harm the reader, or that were harmed on their way."""

import codecs
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.incident_intake.cap import xml_tree
from services.incident_intake.cap.faults import MAX_FAULTS, MAX_REFUSALS
from services.incident_intake.cap.reader import read_cap
from services.incident_intake.cap.sample_series import RAINSTORM, sample
from shared.kernel.errors import DomainError, Malformed, TooLarge
from tests.harness.cap_documents import CAP, NOW, SQUARE, alert, area, atom, edxl_de, info, polygon, rss

BOMB = (
    '<!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1 if i else str()};" * 10}">' for i in range(9))
    + f']><alert xmlns="{CAP}"><identifier>&a8;</identifier></alert>'
)


def code_of(body: bytes) -> str:
    with pytest.raises(DomainError) as caught:
        read_cap(body, now=NOW)
    return caught.value.code


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        f'<!DOCTYPE alert SYSTEM "http://127.0.0.1/x.dtd"><alert xmlns="{CAP}"/>',
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert xmlns="{CAP}"><note>&x;</note></alert>',
        f'<!DOCTYPE alert><alert xmlns="{CAP}"/>',
    ],
    ids=["bomb", "external_dtd", "external_entity", "bare_doctype"],
)
def test_dtd_and_entities_are_forbidden(body: str) -> None:
    with pytest.raises(Malformed, match=r"cap\.entities_forbidden"):
        read_cap(body.encode(), now=NOW)


def test_a_truncated_document_tells_line_and_column() -> None:
    body = alert().replace("<info>", "\n<info>").encode()
    with pytest.raises(Malformed) as caught:
        read_cap(body[:-20], now=NOW)
    assert caught.value.code == "cap.not_well_formed"
    assert caught.value.params["line"] == 2
    assert isinstance(caught.value.params["column"], int)


@pytest.mark.parametrize("body", [b"", b"   ", b"{}", b"\x00" * 100, b"<", "红色".encode()])
def test_what_is_no_xml_is_not_well_formed(body: bytes) -> None:
    assert code_of(body) == "cap.not_well_formed"


@pytest.mark.parametrize(
    "body",
    [
        "<html/>",
        alert(namespace=""),
        alert(namespace="urn:oasis:names:tc:emergency:cap:9.9"),
        f'<info xmlns="{CAP}"/>',
        '<feed xmlns="urn:example:other"/>',
    ],
    ids=["html", "no_namespace", "unknown_version", "other_root", "other_feed"],
)
def test_what_is_no_cap_is_refused(body: str) -> None:
    assert code_of(body.encode()) == "cap.not_cap"


def test_a_body_over_the_limit_is_not_parsed() -> None:
    with pytest.raises(TooLarge, match=r"cap\.too_large"):
        read_cap(b" " * (xml_tree.MAX_BYTES + 1), now=NOW)
    with pytest.raises(TooLarge, match=r"cap\.too_large"):
        read_cap(alert(extra="x" * 20_000_000).encode(), now=NOW)


def test_ten_thousand_levels_are_left_at_the_hundredth() -> None:
    with pytest.raises(TooLarge, match=r"cap\.too_deep"):
        read_cap((f'<alert xmlns="{CAP}">' + "<a>" * 10_000).encode(), now=NOW)


def test_depth_and_number_of_elements_may_reach_their_limits() -> None:
    deep = xml_tree.MAX_DEPTH
    assert xml_tree.parse_tree(b"<a>" * deep + b"</a>" * deep).name == "a"
    assert code_of(b"<a>" * (deep + 1) + b"</a>" * (deep + 1)) == "cap.too_deep"
    many = xml_tree.MAX_ELEMENTS - 1
    assert len(xml_tree.parse_tree(b"<a>" + b"<b/>" * many + b"</a>").children) == many
    assert code_of(b"<a>" + b"<b/>" * (many + 1) + b"</a>") == "cap.too_many_elements"


def test_polygon_points_are_counted_over_the_whole_document() -> None:
    points = xml_tree.MAX_POLYGON_POINTS // 2
    half = polygon(" ".join(["39.6,116.3"] * (points - 4)) + " 39.6,116.4 39.5,116.4 39.5,116.3 39.6,116.3")
    reading = read_cap(alert(info(areas=area(half, half))).encode(), now=NOW)
    assert [len(ring) for ring in reading.alerts[0].infos[0].areas[0].polygons] == [points, points]
    assert code_of(alert(info(areas=area(half, half, polygon()))).encode()) == "cap.too_many_points"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "gbk", "gb2312"])
def test_declared_encodings_are_understood(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + alert(info(headline="大安"))
    (read,) = read_cap(text.encode(encoding), now=NOW).alerts
    assert read.infos[0].headline == "大安"


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_cap(codecs.BOM_UTF8 + alert().encode(), now=NOW).alerts


@pytest.mark.parametrize("encoding", ["klingon", "utf-7", "rot13", "hex", "idna", "undefined", "shift_jis", "big5"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_other_encodings_are_refused_by_name(encoding: str, mark: bytes) -> None:
    body = mark + f'<?xml version="1.0" encoding="{encoding}"?>{alert()}'.encode()
    assert code_of(body) in {"cap.encoding_unknown", "cap.not_well_formed"}
    assert mark or code_of(body) == "cap.encoding_unknown"


def test_bytes_that_are_not_of_the_declared_encoding_tell_where() -> None:
    body = b'<?xml version="1.0" encoding="GB18030"?>\n<alert>\xff\xff</alert>'
    with pytest.raises(Malformed) as caught:
        read_cap(body, now=NOW)
    assert caught.value.params == {"line": 2, "column": 8}


def test_a_flood_of_faults_is_counted_and_not_listed() -> None:
    reading = read_cap(alert(info("<mystery/>" * 1000)).encode(), now=NOW)
    assert len(reading.faults) == MAX_FAULTS + 1
    assert (reading.faults[-1].code, reading.faults[-1].params) == ("cap.more_faults", {"count": 1000 - MAX_FAULTS})


def test_a_flood_of_refused_alerts_is_counted_and_not_listed() -> None:
    reading = read_cap(atom(*[f'<alert xmlns="{CAP}"/>'] * 12_000).encode(), now=NOW)
    assert len(reading.faults) == MAX_REFUSALS + 1
    assert reading.faults[-1].params == {"count": 12_000 * 5 - MAX_REFUSALS}


SEEDS = [
    alert().encode(),
    sample(RAINSTORM[1]).encode(),
    atom(alert(), alert(status="Test")).encode(),
    rss(alert()).encode(),
    edxl_de(alert()).encode(),
    f'<?xml version="1.0" encoding="GB18030"?>{alert()}'.encode("gb18030"),
    alert().encode("utf-16"),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good document after a few accidents: bytes replaced, cut out, repeated or swapped for nasty values."""
    body = bytearray(draw(st.sampled_from(SEEDS)))
    nasty = st.sampled_from(
        [b"<", b">", b"&", b"&#0;", b"<alert>", b"0001-01-01T00:00:00+14:00", b"1e999", b"nan", b","]
    )
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 12)))
        body[start:end] = draw(st.one_of(st.binary(max_size=6), nasty, st.just(bytes(body[start:end] * 3))))
    return bytes(body)


@settings(max_examples=400, deadline=None)
@given(mutated())
@example(alert(sent="0001-01-01T00:00:00+14:00").encode())
@example(alert(identifier="11011541600000_99999999999999").encode())
@example(alert(info(areas=area(polygon(SQUARE.replace("39.60", "1e999"))))).encode())
def test_mutated_documents_raise_nothing_but_domain_errors(body: bytes) -> None:
    try:
        reading = read_cap(body, now=NOW)
    except DomainError as error:
        assert error.code.startswith("cap.")  # noqa: PT017 — both outcomes are right, only other exceptions are not
    else:
        assert reading.alerts or reading.faults


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_raise_nothing_but_domain_errors(body: bytes) -> None:
    assert code_of(body).startswith("cap.")


def seconds_to_read(letter: str) -> float:
    """Processor time for twenty blocks whose titles are as long as a body may hold."""
    long = letter * (19_000 // len(letter.encode()))
    body = alert(*[info(event=long, headline=f"{long}升级为橙色")] * 20).encode()
    start = process_time()
    assert read_cap(body, now=NOW).alerts
    return process_time() - start


@pytest.mark.parametrize("letter", ["I", "(", "为", "红色", " a"])
def test_titles_made_for_slow_patterns_cost_no_more_than_plain_ones(letter: str) -> None:
    """A pattern that looks at every end for every start would cost several hundred times as much."""
    plain = min(seconds_to_read("雨") for _ in range(3))
    assert seconds_to_read(letter) < 30 * plain
