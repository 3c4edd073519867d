"""What lies around a place, and what the register takes for a kind."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.resource_dispatch.domain.facilities import HAZARD_M, ON_SITE_M, Facility, box, look_around
from services.resource_dispatch.domain.facility_kinds import (
    GROUPS,
    facility_kinds,
    is_code,
    is_unmapped,
    kind_of,
    named_kind,
)
from services.resource_dispatch.domain.ranking import Scene, rank, told_matters
from shared.contracts.events.dispatch import UnitFact, UnitKind, UnitRelation, UnitStatus
from shared.contracts.events.facilities import FacilityFact, HazardState
from shared.kernel.geo import distance_m

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
HERE = (116.33, 39.745)
METRE = 1 / 111_195
"""Degrees of latitude in a metre."""


def a_facility(name: str, metres: float = 0.0, code: str = "22A11", **fields: object) -> Facility:
    place = {"lon": HERE[0], "lat": HERE[1] + metres * METRE}
    given = {"id": name, "name": name, "code": code, "valid_from": NOW, "home_site": "hub", **place, **fields}
    return Facility(FacilityFact.model_validate(given), 1)


def a_station(name: str, metres: float | None) -> UnitFact:
    place = {} if metres is None else {"lon": HERE[0], "lat": HERE[1] + metres * METRE}
    given = {"id": name, "name": name, "kind": UnitKind.FIRE_RESCUE, "status": UnitStatus.STANDBY, "status_since": NOW}
    return UnitFact.model_validate({**given, "home_site": "hub", **place})


def names(found: object) -> list[str]:
    return [near.facility.state.name for near in found]  # type: ignore[attr-defined]


def test_what_is_near_comes_first_and_what_is_far_not_at_all() -> None:
    found = look_around(*HERE, 500, [a_facility("far", 600), a_facility("b", 400), a_facility("a", 100)], [])
    assert names(found.items) == ["a", "b"]
    assert [round(near.distance_m, -1) for near in found.items] == [100, 400]


def test_an_incident_lies_on_a_building_site_within_sixty_metres_of_its_edge() -> None:
    sites = [
        a_facility("on", ON_SITE_M.value - 1, "31M00"),
        a_facility("wide", 150, "31M00", extent_m=100),
        a_facility("beside", ON_SITE_M.value + 2, "31M00"),
        a_facility("a school", 10, "31B06"),
    ]
    assert names(look_around(*HERE, 1000, sites, []).sites) == ["wide", "on"]


def test_major_hazards_are_told_within_a_kilometre_whatever_was_asked_for() -> None:
    hazards = [
        a_facility("open", HAZARD_M.value - 5, major_hazard=True, hazard_state=HazardState.RECTIFYING),
        a_facility("too far", HAZARD_M.value + 5, major_hazard=True, hazard_state=HazardState.REGISTERED),
        a_facility("struck off", 20, major_hazard=True, hazard_state=HazardState.CLOSED),
        a_facility("none", 10),
    ]
    found = look_around(*HERE, 50, hazards, []).narrowed(["31"])
    assert (names(found.major_hazards), names(found.items)) == (["open"], [])


def test_the_nearest_known_road_and_the_nearest_station_are_named() -> None:
    roads = [a_facility("a hydrant", 5, "32J05"), a_facility("narrow", 40, "32J01", road_width_m=3.2)]
    found = look_around(*HERE, 1000, roads, [a_station("nowhere", None), a_station("far", 900), a_station("near", 700)])
    assert found.road is not None
    assert found.road.facility.state.road_width_m == 3.2
    assert found.station is not None
    assert (found.station.unit.name, round(found.station.distance_m, -1)) == ("near", 700)


def test_what_was_retired_is_not_there() -> None:
    gone = a_facility("gone", 5, "31M00", retired_at=NOW, major_hazard=True, hazard_state=HazardState.REGISTERED)
    found = look_around(*HERE, 1000, [gone], [])
    assert (found.items, found.sites, found.major_hazards) == ((), (), ())


@given(
    lon=st.floats(116.2, 116.7), lat=st.floats(39.4, 39.9), metres=st.floats(1, 10_000),
    aside=st.floats(-0.3, 0.3), up=st.floats(-0.3, 0.3),
)  # fmt: skip
def test_the_box_never_leaves_out_what_is_near(lon: float, lat: float, metres: float, aside: float, up: float) -> None:
    west, south, east, north = box(lon, lat, metres)
    if distance_m(lon, lat, lon + aside, lat + up) <= metres:
        assert west <= lon + aside <= east
        assert south <= lat + up <= north


def test_every_kind_has_a_code_a_group_and_a_name_of_its_own() -> None:
    kinds = facility_kinds()
    assert all(is_code(kind.code) and kind.group in GROUPS and not is_unmapped(kind.code) for kind in kinds)
    assert len({kind.name for kind in kinds}) == len(kinds)
    assert all(kind_of(kind.code, kind.subtype).group == kind.group for kind in kinds)


def test_a_hydrogen_station_has_our_own_subtype_and_a_table_may_say_it_in_words() -> None:
    kind = named_kind("加氢站")
    assert kind is not None
    assert (kind.code, kind.subtype, kind.group, kind.own) == ("22A99", "加氢站", "hazard_source", True)
    listed = named_kind("31M00")
    assert listed is not None
    assert listed.name == "在建工程现场"
    assert named_kind("没有这一类") is None
    assert not is_code("12D02")
    assert is_unmapped("31E01")


def test_a_code_that_is_not_listed_still_has_its_group() -> None:
    assert [kind_of(code, None).group for code in ("22A07", "31F09", "47A07", "43C09", "32B05", "46A10")] == [
        "hazard_source", "key_target", "shelter", "supply", "road", "other",
    ]  # fmt: skip


def test_the_department_of_the_matter_is_a_candidate_to_be_told_and_others_are_not() -> None:
    def department(name: str, matter: str) -> UnitFact:
        given = {"id": name, "name": name, "kind": UnitKind.DEPARTMENT, "relation": UnitRelation.NOTIFY}
        more = {"status": UnitStatus.STANDBY, "status_since": NOW, "home_site": "hub", "capabilities": [matter]}
        return UnitFact.model_validate(given | more)

    found = rank([department("水务", "水务"), department("住建", "住房城乡建设")], Scene("12C01", *HERE), NOW)
    assert [(one.unit.name, one.able, one.reasons[0].code) for one in found] == [
        ("住建", True, "department"), ("水务", False, "not_able"),
    ]  # fmt: skip
    assert told_matters("99Z99") == ()
