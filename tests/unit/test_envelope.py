"""The envelope and its subjects: what one site writes, every other site and every later version reads."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Envelope, decode, encode
from shared.contracts.subjects import (
    dead_letter_subject,
    fact_filter,
    fact_subject,
    parse_fact,
    parse_telemetry,
    retry_subject,
    telemetry_subject,
)
from shared.kernel.errors import Malformed
from shared.kernel.ids import new_id

NOW = datetime(2026, 7, 1, 8, 30, 0, 123000, tzinfo=UTC)


def envelope(**changes: Any) -> Envelope:
    values: dict[str, Any] = {
        "id": new_id(),
        "source": "/sites/hub/incident_intake",
        "type": "evt.hub.intake.incident.reported.v1",
        "subject": new_id(),
        "time": NOW,
        "data": {"title": "仓库起火", "lon": 116.34},
        "aggregateversion": 1,
        "correlationid": new_id(),
    }
    return Envelope(**(values | changes))


def test_what_was_encoded_is_decoded_unchanged() -> None:
    original = envelope(actorid="u1", causationid=new_id(), exercise=True, traceparent="00-ab-cd-01")
    assert decode(encode(original)) == original


def test_the_type_tells_its_parts() -> None:
    parsed = envelope()
    assert (parsed.site, parsed.context, parsed.aggregate, parsed.fact, parsed.major) == (
        "hub",
        "intake",
        "incident",
        "reported",
        1,
    )
    assert parsed.kind == "intake.incident.reported.v1"


def test_time_is_utc_with_milliseconds_on_the_wire() -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    assert orjson.loads(encode(envelope(time=beijing)))["time"] == "2026-07-01T08:30:00.123Z"


def test_absent_attributes_are_left_out() -> None:
    assert "causationid" not in orjson.loads(encode(envelope()))


def test_an_attribute_of_a_newer_version_is_ignored() -> None:
    document = orjson.loads(encode(envelope())) | {"newerattribute": 7}
    assert not hasattr(decode(orjson.dumps(document)), "newerattribute")


def test_a_moment_in_data_that_is_no_json_is_refused_when_writing() -> None:
    with pytest.raises(TypeError):
        encode(envelope(data={"occurred_at": NOW}))


@pytest.mark.parametrize(
    "change",
    [
        {"type": "evt.hub.intake.incident.reported"},
        {"type": "evt.hub.weather.incident.reported.v1"},
        {"type": "tel.hub.unit.1"},
        {"time": "2026-07-01T08:30:00"},
        {"specversion": "0.3"},
        {"data": [1]},
        {"aggregateversion": -1},
        {"source": "somewhere"},
        {"id": ""},
    ],
)
def test_an_envelope_that_breaks_the_contract_is_unreadable(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        decode(orjson.dumps(orjson.loads(encode(envelope())) | change))
    assert caught.value.code == "event.unreadable"


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_unreadable(body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        decode(body)
    assert caught.value.code == "event.unreadable"


TOKEN = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)


@given(TOKEN, TOKEN, TOKEN, st.integers(1, 999))
def test_a_subject_is_parsed_into_what_it_was_built_from(site: str, aggregate: str, fact: str, major: int) -> None:
    kind = f"dispatch.{aggregate}.{fact}.v{major}"
    parsed = parse_fact(fact_subject(site, kind))
    assert (parsed.site, parsed.kind, parsed.major) == (site, kind, major)


@pytest.mark.parametrize("kind", ["intake.incident.*.v1", "*.*.*.*", "dispatch.>", "intake.incident.reported.v1", ">"])
def test_filters_match_every_site(kind: str) -> None:
    assert fact_filter(kind) == f"evt.*.{kind}"


@pytest.mark.parametrize("kind", ["", "intake", "weather.*.*.v1", "intake.Incident.*.v1", "intake.incident.x.y.v1"])
def test_a_filter_that_could_match_nothing_is_refused(kind: str) -> None:
    with pytest.raises(Malformed):
        fact_filter(kind)


def test_telemetry_and_dead_letters() -> None:
    assert parse_telemetry(telemetry_subject("hub", "unit", "0190-ab")) == ("hub", "unit", "0190-ab")
    assert dead_letter_subject("notification__on_incident") == "dlq.notification__on_incident"
    assert retry_subject("notification__on_incident") == "retry.notification__on_incident"


@pytest.mark.parametrize("ident", ["", "a.b", "*", ">", "a b"])
def test_an_id_cannot_break_out_of_its_token(ident: str) -> None:
    with pytest.raises(Malformed):
        telemetry_subject("hub", "unit", ident)
    with pytest.raises(Malformed):
        dead_letter_subject(ident)
