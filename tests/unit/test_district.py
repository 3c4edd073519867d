"""The sample district: townships, schematic polygons, codes of incident types."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import district
from shared.kernel.ids import is_token

LON = st.floats(116.15, 116.78)
LAT = st.floats(39.40, 39.86)


def test_there_are_22_townships_with_unique_codes_names_and_tokens() -> None:
    all_ = district.townships()
    assert len(all_) == 22
    for key in ("code", "name", "token"):
        assert len({getattr(t, key) for t in all_}) == 22
    assert all(is_token(t.token) for t in all_)
    assert [t.code for t in all_] == sorted(t.code for t in all_)


@pytest.mark.parametrize("township", district.townships(), ids=lambda t: t.token)
def test_each_seat_lies_in_its_own_schematic_polygon(township: district.Township) -> None:
    assert district.township_at(township.lon, township.lat) == township


@given(LON, LAT)
def test_a_point_has_a_township_exactly_when_it_is_in_the_district(lon: float, lat: float) -> None:
    assert (district.township_at(lon, lat) is not None) == district.in_district(lon, lat)


@given(LON, LAT)
def test_no_two_schematic_polygons_hold_the_same_point(lon: float, lat: float) -> None:
    holders = [t.token for t, polygons in district._cells() if district.in_polygons(lon, lat, polygons)]
    assert len(holders) <= 1


def test_schematic_polygons_say_that_they_are_no_legal_boundary() -> None:
    assert json.loads(district.townships_geojson())["label"] == "示意，非法定界线"


def test_places_far_away_are_outside() -> None:
    tiananmen = (116.397, 39.908)
    assert not district.in_district(*tiananmen)
    assert district.township_at(*tiananmen) is None
    assert district.in_china(*tiananmen)
    assert not district.in_china(39.908, 116.397), "swapped coordinates must be noticed"


def test_a_hole_is_outside() -> None:
    square = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0))
    hole = ((1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0), (1.0, 1.0))
    assert district.in_polygons(0.5, 2.0, [(square, hole)])
    assert not district.in_polygons(2.0, 2.0, [(square, hole)])


def test_incident_types_form_a_tree_without_orphans() -> None:
    levels = {t.code: t.level for t in district.incident_types()}
    assert len(levels) == len(district.incident_types()) == 166
    for kind in district.incident_types():
        if kind.level:
            assert levels[kind.parent] < kind.level, kind
        else:
            assert kind.parent == ""


def test_incident_types_are_found_by_initials() -> None:
    by_code = {t.code: t for t in district.incident_types()}
    assert by_code["11A02"].initials == "nl"
    assert by_code["12D02"].initials == "wxhxpxl"
    assert all(t.initials.isascii() and t.initials.isalpha() and t.initials.islower() for t in by_code.values())
