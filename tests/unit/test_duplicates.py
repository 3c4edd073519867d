"""The scorer of duplicates against pairs that were labelled by hand, and the rules that hold for every pair."""

import csv
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.incident_intake.domain.duplicates.places import alike, other_numbers, plain
from services.incident_intake.domain.duplicates.scorer import PROPOSED, Likeness, Sighting, Window, compare
from shared.kernel.district import incident_types

WINDOW = Window(300.0, timedelta(minutes=30))
START = datetime(2026, 2, 16, 15, 40, tzinfo=UTC)
LON, LAT = 116.44, 39.80
_DEGREE = 111_195.0
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50)
"""How long an example takes is a matter of the machine."""
CODES = [kind.code for kind in incident_types() if kind.level > 1]


@dataclass(frozen=True)
class Pair:
    """Two reports and whether they told of one event."""

    is_same: bool
    first: Sighting
    second: Sighting
    note: str


def pairs() -> list[Pair]:
    """The labelled set: `metres` is `-` where nobody gave a point."""
    path = Path(__file__).with_name("duplicate_pairs.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        return [_pair(row) for row in csv.DictReader(file, delimiter="\t")]


def _pair(row: dict[str, str]) -> Pair:
    has_points = row["metres"] != "-"
    north = float(row["metres"]) / _DEGREE if has_points else 0.0
    callers = frozenset({"13800000000"}) if row["same_caller"] == "1" else frozenset[str]()

    def sighting(end: str, at: datetime, lat: float) -> Sighting:
        kind = row[f"type_{end}"]
        return Sighting(
            type_code=None if kind == "-" else kind, at=at, lon=LON if has_points else None,
            lat=lat if has_points else None, place=row[f"place_{end}"], words=row[f"words_{end}"], callers=callers,
        )  # fmt: skip

    later = START + timedelta(minutes=float(row["minutes"]))
    return Pair(row["same"] == "1", sighting("a", START, LAT), sighting("b", later, LAT + north), row["note"])


def is_proposed(pair: Pair) -> bool:
    found = compare(pair.first, pair.second, WINDOW)
    return found is not None and found.score >= PROPOSED


def test_the_proposals_are_mostly_right_and_seldom_missing() -> None:
    labelled = pairs()
    assert len(labelled) >= 75
    proposed = [pair for pair in labelled if is_proposed(pair)]
    right = [pair for pair in proposed if pair.is_same]
    wrong = [(pair.first.place, pair.second.place, pair.note) for pair in proposed if not pair.is_same]
    missed = [
        (pair.first.place, pair.second.place, pair.note) for pair in labelled if pair.is_same and not is_proposed(pair)
    ]
    precision, recall = len(right) / len(proposed), len(right) / sum(pair.is_same for pair in labelled)
    assert precision >= 0.9, wrong
    assert recall >= 0.9, missed


@pytest.mark.parametrize("threshold", [0.0, 1.01])
def test_the_measure_can_fail(threshold: float) -> None:
    scored = [(compare(pair.first, pair.second, WINDOW), pair.is_same) for pair in pairs()]
    proposed = [is_same for found, is_same in scored if found is not None and found.score >= threshold]
    assert not proposed or sum(proposed) / len(proposed) < 0.9


def both_ways(one: Sighting, other: Sighting, window: Window = WINDOW) -> Likeness | None:
    found, back = compare(one, other, window), compare(other, one, window)
    assert (found and found.score) == (back and back.score), "who came first makes no difference"
    return found


SIGHTINGS = st.builds(
    Sighting,
    type_code=st.none() | st.sampled_from(CODES),
    at=st.timedeltas(timedelta(0), timedelta(hours=2)).map(lambda span: START + span),
    lon=st.just(LON),
    lat=st.floats(LAT, LAT + 0.01),
    place=st.none() | st.sampled_from(["旧宫镇庑殿村12号", "庑殿村", "示例家园3号楼", "示例家园12号楼", "兴丰大街"]),
    words=st.none() | st.text(max_size=20),
    callers=st.frozensets(st.sampled_from(["138", "139"]), max_size=1),
)


@UNHURRIED
@given(SIGHTINGS, SIGHTINGS)
def test_a_score_lies_between_nothing_and_one_and_knows_no_order(one: Sighting, other: Sighting) -> None:
    found = both_ways(one, other)
    assert found is None or (0 <= found.score <= 1 and found.reasons)


@UNHURRIED
@given(SIGHTINGS, SIGHTINGS, st.floats(0, 1))
def test_nearer_is_never_less_alike(one: Sighting, other: Sighting, part: float) -> None:
    assert one.lat is not None
    assert other.lat is not None
    nearer = replace(other, lat=one.lat + (other.lat - one.lat) * part)
    far, near = compare(one, other, WINDOW), compare(one, nearer, WINDOW)
    assert far is None or (near is not None and near.score >= far.score - 1e-9)


@UNHURRIED
@given(SIGHTINGS, SIGHTINGS)
def test_nothing_outside_the_window_and_no_other_class_is_ever_proposed(one: Sighting, other: Sighting) -> None:
    if both_ways(one, other) is None:
        return
    assert abs(one.at - other.at) <= WINDOW.span
    if one.type_code and other.type_code:
        assert one.type_code[:2] == other.type_code[:2]


def test_another_number_next_door_is_asked_about_and_says_so() -> None:
    """Same class, at most 300 m and 30 minutes: the number of the neighbour's house must not hide it."""

    def at(metres: float, minutes: float, place: str) -> Sighting:
        return Sighting("12G03", START + timedelta(minutes=minutes), LON, LAT + metres / _DEGREE, place)

    first = at(0, 0, "庑殿村12号")
    plain_one, other = compare(first, at(90, 30, "庑殿村"), WINDOW), compare(first, at(90, 30, "庑殿村14号"), WINDOW)
    assert plain_one is not None
    assert other is not None
    assert PROPOSED <= other.score < plain_one.score
    assert "other_number" in [reason.code for reason in other.reasons]
    far = compare(first, at(230, 15, "庑殿村40号"), WINDOW)
    assert far is not None
    assert far.score < PROPOSED, "farther away it is another house"


def test_the_window_is_what_the_bureau_says() -> None:
    one = Sighting("12G03", START, LON, LAT)
    other = Sighting("12G03", START + timedelta(minutes=40), LON, LAT + 400 / _DEGREE)
    assert compare(one, other, WINDOW) is None
    wide = compare(one, other, Window(1000.0, timedelta(hours=2)))
    assert wide is not None
    assert (wide.distance_m, wide.minutes) == (400, 40.0)
    edge = Sighting("12G03", START + timedelta(minutes=30), LON, LAT)
    assert compare(one, edge, WINDOW) is not None, "the limit itself is inside"


def test_the_reasons_are_named() -> None:
    one = Sighting("12G03", START, LON, LAT, "示例家园3号楼", callers=frozenset({"138"}))
    other = Sighting("12G03", START, LON, LAT, "示例家园12号楼", callers=frozenset({"138"}))
    found = compare(one, other, WINDOW)
    assert found is not None
    assert [reason.code for reason in found.reasons] == [
        "same_type", "near", "same_place", "other_number", "soon", "same_caller",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("北京市大兴区旧宫镇庑殿村十二号楼", "庑殿村12号楼"),
        ("示例小区　５ 号楼", "示例小区5号楼"),
        ("黄村镇兴丰大街18号门口附近", "兴丰大街18号"),
        ("二十三号院", "23号院"),
        (None, ""),
    ],
)
def test_a_place_is_compared_without_what_everybody_adds(said: str | None, meant: str) -> None:
    assert plain(said) == meant


def test_numbers_tell_two_houses_apart_and_a_missing_one_does_not() -> None:
    assert other_numbers("示例家园3号楼", "示例家园12号楼") == ("3号楼", "12号楼")
    assert other_numbers("示例家园3号楼", "示例家园三号楼2单元") is None
    assert other_numbers("示例家园3号楼", "示例家园") is None
    assert alike("示例家园3号楼", "示例家园12号楼") == 1.0
