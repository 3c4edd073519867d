"""Marks on the map: circles and sectors, what may be drawn, winds as people say them, what each kind needs."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.operational_picture.domain.changes import everything
from services.operational_picture.domain.fold import apply_raw
from services.operational_picture.domain.picture import Picture
from services.operational_picture.domain.sheet import draw_sheet
from services.operational_picture.paper import render_sheet
from services.resource_dispatch.domain.marks import RULES, composed, with_wind
from services.resource_dispatch.domain.marks_geometry import circle, crosses_itself, destination, drawn, sector
from services.resource_dispatch.domain.marks_wind import Wind, parse_wind, wind_words
from shared.contracts.events.marks import MarkKind, MarkParams, WindFact, WindSource
from shared.kernel.errors import Invalid
from shared.kernel.geo import SourceCrs, distance_m

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LON = st.floats(115.5, 117.5)
LAT = st.floats(39.0, 41.0)
RADIUS = st.floats(1, 50_000)
POINT: dict[str, Any] = {"type": "Point", "coordinates": [116.33, 39.73]}
LINE: dict[str, Any] = {"type": "LineString", "coordinates": [[116.33, 39.73], [116.34, 39.74]]}
AREA: dict[str, Any] = {
    "type": "Polygon",
    "coordinates": [[[116.33, 39.73], [116.34, 39.73], [116.34, 39.74], [116.33, 39.73]]],
}
SHAPES = (POINT, LINE, AREA)
WIND = WindFact(
    id="w",
    incident_id="i",
    from_deg=315,
    text="西北风 3 级",
    force=3,
    at=NOW,
    source=WindSource.ON_SCENE,
    recorded_at=NOW,
    home_site="hub",
)


def winded(**params: Any) -> MarkParams:
    return with_wind(MarkParams(**params), WIND)


@settings(deadline=None)
@given(LON, LAT, RADIUS)
def test_every_corner_of_a_circle_lies_its_radius_from_the_centre(lon: float, lat: float, radius: float) -> None:
    [ring] = circle(lon, lat, radius)["coordinates"]
    assert ring[0] == ring[-1]
    for corner in ring:
        assert distance_m(lon, lat, *corner) == pytest.approx(radius, rel=0.001, abs=0.05)


@settings(deadline=None)
@given(LON, LAT, st.floats(50, 20_000), st.floats(0, 360), st.floats(5, 270))
def test_a_sector_lies_on_its_side_of_the_centre_and_nowhere_else(
    lon: float, lat: float, radius: float, towards: float, spread: float
) -> None:
    [ring] = sector(lon, lat, radius, towards, spread)["coordinates"]
    arc = ring[1:-1]
    edges = [destination(lon, lat, towards + turn, radius) for turn in (-spread / 2, spread / 2)]
    for corner, edge in zip((arc[-1], arc[0]), edges, strict=True):
        assert distance_m(*corner, *edge) < radius * 0.001 + 0.1
    for corner in arc:
        assert distance_m(lon, lat, *corner) == pytest.approx(radius, rel=0.001, abs=0.05)
    middle = destination(lon, lat, towards, radius)
    assert min(distance_m(*corner, *middle) for corner in arc) <= radius * 0.03


def test_a_north_west_wind_carries_to_the_south_east() -> None:
    geometry, params = composed(MarkKind.WIND_SECTOR, POINT, winded(radius_m=200, spread_deg=60), "示例预案 4.2")
    lons, lats = zip(*geometry["coordinates"][0][1:-1], strict=True)
    assert min(lons) > 116.33
    assert max(lats) < 39.73
    assert (params.lon, params.lat, params.wind_source) == (116.33, 39.73, WindSource.ON_SCENE)


@pytest.mark.parametrize(
    ("said", "from_deg", "speed", "force"),
    [
        ("西北风 3 级", 315, None, 3),
        ("西北风3级", 315, None, 3),
        ("偏北风 3-4 级", 0, None, 4),
        ("东南风 4.2 米/秒", 135, 4.2, None),
        ("东东北风，４ｍ／ｓ", 67.5, 4.0, None),
        ("西北偏北风十一级", 337.5, None, 11),
        ("风向:南风,风力三到四级", 180, None, 4),
        ("静风", None, None, None),
        ("风向不定 1 级", None, None, 1),
    ],
)
def test_a_wind_is_read_as_it_is_said(
    said: str, from_deg: float | None, speed: float | None, force: int | None
) -> None:
    assert parse_wind(said) == Wind(from_deg, speed, force)


@pytest.mark.parametrize("said", ["", "3 级", "风很大", "??"])
def test_words_without_a_direction_are_no_wind(said: str) -> None:
    assert parse_wind(said) is None


@given(st.floats(0, 360, exclude_max=True), st.none() | st.integers(0, 17))
def test_what_is_said_of_a_wind_is_read_back_within_a_sixteenth(from_deg: float, force: int | None) -> None:
    wind = parse_wind(wind_words(Wind(from_deg, None, force)))
    assert wind is not None
    assert wind.from_deg is not None
    assert abs((wind.from_deg - from_deg + 180) % 360 - 180) <= 11.25
    assert wind.force == force


@given(st.text(max_size=80))
def test_no_words_break_the_reading_of_a_wind(said: str) -> None:
    parse_wind(said)


@pytest.mark.parametrize("kind", MarkKind)
def test_a_mark_takes_the_shapes_of_its_kind_and_no_other(kind: MarkKind) -> None:
    for shape in SHAPES:
        params = winded(radius_m=100, spread_deg=60)
        if shape["type"] in RULES[kind].shapes:
            composed(kind, shape, params, "现场测定")
        else:
            with pytest.raises(Invalid) as refused:
                composed(kind, shape, params, "现场测定")
            assert refused.value.code == "mark.shape_wrong"


@pytest.mark.parametrize(
    ("kind", "shape", "params", "basis", "code"),
    [
        (MarkKind.CORDON, POINT, MarkParams(), "示例预案", "mark.radius_required"),
        (MarkKind.CORDON, POINT, MarkParams(radius_m=100), None, "mark.basis_required"),
        (MarkKind.CORDON, AREA, MarkParams(), "", "mark.basis_required"),
        (MarkKind.HAZARD_NOTE, POINT, MarkParams(radius_m=55), None, "mark.basis_required"),
        (MarkKind.WIND_SECTOR, POINT, MarkParams(radius_m=100, spread_deg=60), "示例预案", "mark.wind_required"),
        (MarkKind.WIND_SECTOR, POINT, winded(radius_m=100), "示例预案", "mark.spread_required"),
        (MarkKind.WIND_SECTOR, POINT, winded(spread_deg=60), "示例预案", "mark.radius_required"),
    ],
)
def test_nothing_that_keeps_people_out_is_guessed(
    kind: MarkKind, shape: dict[str, Any], params: MarkParams, basis: str | None, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        composed(kind, shape, params, basis)
    assert refused.value.code == code


def test_a_point_of_danger_may_be_marked_without_a_radius() -> None:
    geometry, params = composed(MarkKind.HAZARD_NOTE, POINT, MarkParams(), None)
    assert (geometry, params.lon) == (POINT, None)


@pytest.mark.parametrize(
    ("kind", "positions", "code"),
    [
        ("LineString", [[116.3, 39.7], [116.3, 39.7]], "mark.line_too_short"),
        ("Polygon", [[116.3, 39.7], [116.4, 39.7]], "mark.area_too_small"),
        ("Polygon", [[116.3, 39.7], [116.4, 39.8], [116.4, 39.7], [116.3, 39.8]], "mark.area_crosses"),
        ("Point", [[39.7, 116.3]], "location.swapped"),
        ("LineString", [[2.3, 48.8], [2.4, 48.9]], "location.outside_china"),
        ("LineString", [[116.3, 39.7 + i / 10_000] for i in range(501)], "mark.too_many_positions"),
    ],
)
def test_a_drawing_that_cannot_be_is_refused_in_words(kind: str, positions: list[list[float]], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        drawn(kind, positions, SourceCrs.WGS84)
    assert refused.value.code == code


def test_an_area_is_closed_and_may_come_closed() -> None:
    corners = [[116.3, 39.7], [116.4, 39.7], [116.4, 39.8]]
    closed = drawn("Polygon", [*corners, corners[0]], SourceCrs.WGS84)
    assert drawn("Polygon", corners, SourceCrs.WGS84) == closed
    assert not crosses_itself(closed["coordinates"][0])


def told(seq: int, version: int, **data: Any) -> dict[str, Any]:
    state = {"id": "m", "incident_id": None, "kind": "cordon", "label": "警戒圈", "geometry": AREA, "removed_at": None}
    return {
        "type": f"evt.hub.dispatch.mark.{'drawn' if version == 1 else 'changed'}.v1",
        "subject": "m",
        "aggregateversion": version,
        "time": f"2026-11-23T06:00:0{seq}.000Z",
        "exercise": False,
        "data": {**state, "drawn_at": "2026-11-23T06:00:00.000Z", **data},
    }


def test_a_lifted_mark_leaves_the_picture_and_one_put_back_returns() -> None:
    picture = Picture("hub", "区指挥中心")
    apply_raw(picture, 1, told(1, 1))
    feature = picture.shown["mark:m"].feature
    assert feature is not None
    assert feature["geometry"] == AREA
    assert (feature["properties"]["mark_kind"], feature["properties"]["kind"]) == ("cordon", "mark")
    apply_raw(picture, 2, told(2, 2, removed_at="2026-11-23T06:00:02.000Z"))
    assert "mark:m" not in picture.shown
    apply_raw(picture, 3, told(1, 1))
    assert "mark:m" not in picture.shown, "an old fact that comes again brings nothing back"
    apply_raw(picture, 4, told(4, 3))
    assert "mark:m" in picture.shown


def test_a_township_sees_the_marks_of_its_incidents_and_those_of_none() -> None:
    picture = Picture("hub", "区指挥中心")
    incident = {
        "type": "evt.hub.intake.incident.reported.v1", "subject": "i", "aggregateversion": 1, "exercise": False,
        "time": "2026-11-23T06:00:00.000Z",
        "data": {"id": "i", "status": "active", "title": "泄漏", "location": {"township": "110115005"}},
    }  # fmt: skip
    apply_raw(picture, 1, incident)
    apply_raw(picture, 2, {**told(2, 1, incident_id="i"), "subject": "of_i"})
    apply_raw(picture, 3, {**told(3, 1), "subject": "of_none"})
    marks = {
        key: {one["id"] for one in everything(picture, key).features if one["id"].startswith("mark:")}
        for key in (None, "110115005", "110115107")
    }
    assert marks == {
        None: {"mark:of_i", "mark:of_none"},
        "110115005": {"mark:of_i", "mark:of_none"},
        "110115107": {"mark:of_none"},
    }


def test_what_is_plotted_stands_on_the_printed_sheet_with_its_incident_and_whose_word_it_is() -> None:
    picture = Picture("hub", "区指挥中心")
    params = {"radius_m": 200.0, "lon": 116.33, "lat": 39.73}
    apply_raw(picture, 1, told(1, 1, params=params, basis="示例预案 4.2", incident_id="i", incident_number="DX-1"))
    sheet = draw_sheet(picture, None, NOW, NOW)
    [(row, title)] = sheet.marks
    assert (row["mark_kind"], row["basis"], title) == ("cordon", "示例预案 4.2", "DX-1")
    assert render_sheet(sheet).startswith(b"%PDF")
