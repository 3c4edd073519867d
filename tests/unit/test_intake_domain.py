"""Rules of intake without a store: numbers, titles, steps, places, times, masks."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident_intake.domain.caller import Caller, mask_name, mask_phone, masked
from services.incident_intake.domain.checks import Point, place_township, read_point, refuse, time_fault, township_fault
from services.incident_intake.domain.incident import (
    TRANSITIONS,
    Incident,
    changes,
    default_title,
    incident_number,
    needs_grade,
    require_step,
    type_name,
    type_prefix,
)
from services.incident_intake.domain.limits import IntakeConfig
from shared.contracts.events.intake import IncidentSource, IncidentStatus
from shared.kernel.district import incident_types, townships
from shared.kernel.errors import Conflict, FieldFault, Invalid
from shared.kernel.geo import SourceCrs

NOW = datetime(2025, 1, 29, 4, 0, tzinfo=UTC)
CONFIG = IntakeConfig()


def an_incident(**fields: object) -> Incident:
    start = Incident(
        id="i", number="DX-20250129-0001", version=1, type_code=None, title="事", status=IncidentStatus.REPORTED,
        grade=None, possible_grade=None, sensitive=False, sensitive_reasons=(), occurred_at=NOW, received_at=NOW,
        closed_at=None, updated_at=NOW, source=IncidentSource.OTHER, home_site="hub", lon=None, lat=None,
        source_crs=SourceCrs.WGS84, place_text=None, township=None, dead=None, missing=None, serious=None,
        injured=None, trapped=None, description=None, merged_into=None, status_before_merge=None, created_by="a",
        created_by_name="值班员",
    )  # fmt: skip
    return replace(start, **fields)  # type: ignore[arg-type]


def test_a_number_bears_day_and_serial_and_elsewhere_the_site() -> None:
    day = date(2025, 1, 29)
    assert incident_number("DX", "hub", "hub", day, 7) == "DX-20250129-0007"
    assert incident_number("DX", "hub", "yf03", day, 2) == "DX-YF03-20250129-0002"
    assert incident_number("DX", "hub", "hub", day, 12345) == "DX-20250129-12345"


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        (("11A01", "旧宫镇", None, None), "洪水 · 旧宫镇"),
        (("11A01", None, "110115001", None), "洪水 · 兴丰街道"),
        (("11A01", None, None, "很多水"), "洪水"),
        ((None, "旧宫镇", None, None), "旧宫镇"),
        ((None, None, None, "很" * 50), "很" * 40),
        (("99Z99", None, None, None), "99Z99"),
        (("99Z99", None, None, "很多烟"), "很多烟"),
        ((None, "长" * 500, None, None), "长" * 200),
        ((None, None, None, None), "待核实事件"),
    ],
)
def test_a_title_is_made_of_what_is_known(arguments: tuple[str | None, ...], title: str) -> None:
    assert default_title(*arguments) == title


def test_a_grade_is_never_asked_of_social_security_incidents() -> None:
    asked = {kind.code[:2] for kind in incident_types() if kind.level and needs_grade(kind.code)}
    assert asked == {"11", "12", "13"}


@pytest.mark.parametrize(("code", "prefix"), [("11000", "11"), ("11A00", "11A"), ("11A02", "11A02"), ("10000", "")])
def test_the_prefix_of_a_type_covers_all_beneath_it(code: str, prefix: str) -> None:
    parents = {kind.code: kind.parent for kind in incident_types()}

    def is_beneath(one: str) -> bool:
        return one == code or (bool(parents.get(one)) and is_beneath(parents[one]))

    assert type_prefix(code) == prefix
    assert {one for one in parents if one.startswith(prefix)} == {one for one in parents if is_beneath(one)}


@pytest.mark.parametrize("start", list(IncidentStatus))
@pytest.mark.parametrize("target", list(IncidentStatus))
def test_only_the_steps_of_the_table_are_allowed(start: IncidentStatus, target: IncidentStatus) -> None:
    incident = an_incident(status=start, merged_into="other" if start is IncidentStatus.MERGED else None)
    if start is IncidentStatus.MERGED:
        with pytest.raises(Conflict, match=r"incident\.merged"):
            require_step(incident, target)
    elif target in TRANSITIONS[start]:
        require_step(incident, target)
    else:
        with pytest.raises(Conflict, match=r"incident\.transition_refused") as caught:
            require_step(incident, target)
        assert (caught.value.params["from"], caught.value.params["to"]) == (start.value, target.value)


def test_every_status_has_its_row_in_the_table() -> None:
    assert set(TRANSITIONS) == set(IncidentStatus)


def test_differences_bear_the_names_of_the_wire_and_leave_bookkeeping_out() -> None:
    before = an_incident()
    after = replace(before, dead=1, place_text="门口", version=2, updated_at=NOW + timedelta(1), title="新")
    assert {one.field: (one.before, one.after) for one in changes(before, after)} == {
        "casualties.dead": (None, 1),
        "location.text": (None, "门口"),
        "title": ("事", "新"),
    }


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (NOW + timedelta(minutes=10), None),
        (NOW + timedelta(minutes=10, seconds=1), "time.in_future"),
        (datetime(1949, 10, 1, tzinfo=UTC), None),
        (datetime(1949, 9, 30, 23, 59, tzinfo=UTC), "time.too_old"),
        (None, None),
    ],
)
def test_times_that_cannot_be_are_named(moment: datetime | None, code: str | None) -> None:
    fault = time_fault("/occurred_at", moment, NOW, CONFIG)
    assert (fault.code if fault else None) == code


@given(lon=st.floats(73.0, 136.0), lat=st.floats(3.0, 54.0), crs=st.sampled_from(list(SourceCrs)))
def test_a_point_in_china_is_read_and_its_swap_is_named(lon: float, lat: float, crs: SourceCrs) -> None:
    point = read_point(lon, lat, crs)
    assert isinstance(point, Point)
    assert abs(point.lon - lon) < 0.05
    assert abs(point.lat - lat) < 0.05
    swapped = read_point(lat, lon, crs)
    assert isinstance(swapped, FieldFault)
    assert swapped.code == "location.swapped"


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [(2.3, 48.8, "location.outside_china"), (None, 39.7, "location.incomplete"), (116.3, None, "location.incomplete"),
     (0.0, 0.0, "location.outside_china")],
)  # fmt: skip
def test_points_that_cannot_be_are_named(lon: float | None, lat: float | None, code: str) -> None:
    fault = read_point(lon, lat, SourceCrs.WGS84)
    assert isinstance(fault, FieldFault)
    assert fault.code == code


def test_no_point_is_no_fault() -> None:
    assert read_point(None, None, SourceCrs.GCJ02) is None


@pytest.mark.parametrize("township", townships(), ids=lambda one: one.token)
def test_the_township_follows_from_the_point_unless_it_was_said(township: object) -> None:
    seat = next(one for one in townships() if one is township)
    point = Point(seat.lon, seat.lat, SourceCrs.WGS84)
    found, hints = place_township(point, None)
    assert found is not None
    assert [hint.code for hint in hints] == ["location.township_schematic"]
    other = next(one.code for one in townships() if one.code != found)
    kept, hints = place_township(point, other)
    assert (kept, hints[0].code) == (other, "location.township_differs")


def test_an_unknown_township_is_a_fault_and_a_known_one_or_none_is_not() -> None:
    assert township_fault(None) is None
    assert township_fault("110115001") is None
    fault = township_fault("110101001")
    assert fault is not None
    assert fault.code == "location.township_unknown"


def test_one_fault_gives_its_code_to_the_answer_and_several_do_not() -> None:
    refuse(())
    with pytest.raises(Invalid, match=r"a\.b"):
        refuse([FieldFault("/x", "a.b")])
    with pytest.raises(Invalid, match=r"request\.invalid") as caught:
        refuse([FieldFault("/x", "a.b"), FieldFault("/y", "c.d")])
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("name", "shown"), [("张三", "张*"), ("欧阳小明", "欧***"), ("李", "李*"), ("", None), (None, None)]
)
def test_a_name_shows_its_first_character(name: str | None, shown: str | None) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("010-12345678", "010*****5678"),
        ("69241234", "******34"),
        ("1234", "***4"),
        ("110", "***"),
        ("7", "*"),
        (None, None),
    ],
)
def test_a_phone_shows_its_ends(phone: str | None, shown: str | None) -> None:
    assert mask_phone(phone) == shown


@given(phone=st.text(alphabet="0123456789", min_size=8, max_size=40), name=st.text(min_size=2, max_size=20))
def test_a_mask_never_shows_the_whole(phone: str, name: str) -> None:
    shown = masked(Caller(name=name, phone=phone, organisation=None, note=name, recorded_at=NOW))
    assert shown["phone"] != phone or "*" in phone
    assert len(shown["phone"] or "") == len(phone)
    assert (shown["name"] or "")[1:] == "*" * (len(name) - 1)
    assert shown["note"] is None


def test_the_classification_is_known_by_code() -> None:
    assert type_name("11A01") == "洪水"
    assert type_name("11") is None
    assert type_name(None) is None
