"""Alerts inside feeds and envelopes."""

from collections.abc import Callable

import pytest

from services.incident_intake.cap.reader import read_cap
from services.incident_intake.domain.cap_alert import CapReading
from tests.harness.cap_documents import NOW, alert, atom, edxl_de, rss

BAD = alert(identifier="")
LINK = "<link>http://example.cn/1.xml</link>"


def read(text: str) -> CapReading:
    return read_cap(text.encode(), now=NOW)


@pytest.mark.parametrize(("wrap", "name"), [(atom, "atom"), (rss, "rss"), (edxl_de, "edxl_de")])
def test_one_bad_alert_does_not_take_three_good_ones_with_it(wrap: Callable[..., str], name: str) -> None:
    good = [alert(identifier=f"A{i}") for i in range(3)]
    reading = read(wrap(good[0], BAD, *good[1:]))
    assert reading.wrapper == name
    assert [a.identifier for a in reading.alerts] == ["A0", "A1", "A2"]
    assert [a.position for a in reading.alerts] == [1, 3, 4]
    (fault,) = reading.faults
    assert (fault.code, fault.alert, fault.refused) == ("cap.element_missing", 2, True)


def test_faults_are_found_by_alert() -> None:
    reading = read(atom(alert(), alert(identifier="B", extra="<mystery/>")))
    first, second = reading.alerts
    assert reading.faults_of(first) == ()
    assert [fault.pointer for fault in reading.faults_of(second)] == ["/feed/entry[2]/content/alert/mystery"]


def test_a_single_entry_document_is_read() -> None:
    entry = f'<entry xmlns="http://www.w3.org/2005/Atom"><content>{alert()}</content></entry>'
    assert len(read(entry).alerts) == 1


def test_an_rss_index_holds_links_only() -> None:
    reading = read(rss(LINK, LINK))
    assert reading.alerts == ()
    (fault,) = reading.faults
    assert (fault.code, fault.params) == ("cap.index_only", {"links": 2})


def test_links_beside_embedded_alerts_are_named() -> None:
    reading = read(rss(alert(), LINK))
    assert len(reading.alerts) == 1
    assert [(fault.code, fault.params) for fault in reading.faults] == [("cap.index_only", {"links": 1})]


@pytest.mark.parametrize("document", [atom(), rss(), edxl_de()])
def test_an_empty_wrapper_is_no_good_news(document: str) -> None:
    reading = read(document)
    assert (reading.alerts, [fault.code for fault in reading.faults]) == ((), ["cap.no_alerts"])


@pytest.mark.parametrize("namespace", ["urn:example:other", "urn:oasis:names:tc:emergency:cap:9.9"])
def test_an_embedded_alert_of_another_namespace_is_refused_by_name(namespace: str) -> None:
    reading = read(atom(alert(), alert(namespace=namespace)))
    assert len(reading.alerts) == 1
    assert [(fault.code, fault.alert, fault.refused) for fault in reading.faults] == [("cap.not_cap", 2, True)]


def test_content_of_an_envelope_that_is_no_xml_is_named() -> None:
    binary = "<contentObject><nonXMLContent><uri>x</uri></nonXMLContent></contentObject>"
    reading = read(edxl_de(alert()).replace("</EDXLDistribution>", f"{binary}</EDXLDistribution>"))
    assert len(reading.alerts) == 1
    assert [fault.code for fault in reading.faults] == ["cap.entry_without_alert"]


def test_an_alert_inside_an_exercise_envelope_is_not_real() -> None:
    reading = read(edxl_de(alert(status="Actual"), status="Exercise"))
    assert not reading.alerts[0].is_real
    assert [fault.code for fault in reading.faults] == ["cap.wrapper_status_differs"]
    assert read(edxl_de(alert())).alerts[0].is_real
