"""Which unit first, and why."""

from datetime import UTC, datetime, timedelta

import pytest

from services.resource_dispatch.domain.ranking import Scene, rank, wanted_kinds
from shared.contracts.events.dispatch import UnitFact, UnitKind, UnitStatus
from shared.kernel.district import incident_types

NOW = datetime(2026, 7, 31, 10, 0, tzinfo=UTC)
SCENE = Scene("12G03", 116.455, 39.808)


def a_unit(name: str, **fields: object) -> UnitFact:
    given = {"kind": UnitKind.FIRE_RESCUE, "status": UnitStatus.STANDBY, "lon": 116.45, "lat": 39.80} | fields
    return UnitFact.model_validate({"id": name, "name": name, "status_since": NOW, "home_site": "hub", **given})


def names(*units: UnitFact, scene: Scene = SCENE) -> list[str]:
    return [candidate.unit.name for candidate in rank(units, scene, NOW)]


def test_near_before_far_among_the_able_and_free() -> None:
    assert names(a_unit("far", lat=39.60), a_unit("near"), a_unit("middle", lat=39.75)) == ["near", "middle", "far"]


def test_free_and_far_before_busy_and_near() -> None:
    assert names(a_unit("busy", active_assignment_id="x"), a_unit("free", lat=39.60)) == ["free", "busy"]


def test_able_and_far_before_near_but_unable() -> None:
    assert names(a_unit("gas", kind=UnitKind.WATER), a_unit("fire", lat=39.60)) == ["fire", "gas"]


def test_a_unit_without_a_position_comes_last_among_its_equals_and_says_so() -> None:
    found = rank([a_unit("nowhere", lon=None, lat=None), a_unit("far", lat=39.45)], SCENE, NOW)
    assert [candidate.unit.name for candidate in found] == ["far", "nowhere"]
    assert "no_position" in {reason.code for reason in found[1].reasons}


def test_an_old_position_is_called_old() -> None:
    [candidate] = rank([a_unit("old", position_at=NOW - timedelta(minutes=95))], SCENE, NOW)
    [reason] = [reason for reason in candidate.reasons if reason.code == "old_position"]
    assert reason.params == {"minutes": 95}


def test_a_unit_that_is_back_but_not_ready_is_not_free() -> None:
    assert not rank([a_unit("back", status=UnitStatus.BACK)], SCENE, NOW)[0].free


@pytest.mark.parametrize("code", [None, "", "99Z99", *(kind.code for kind in incident_types())])
def test_every_type_wants_somebody(code: str | None) -> None:
    assert wanted_kinds(code)


def test_the_longest_prefix_counts() -> None:
    assert wanted_kinds("12P08") == (UnitKind.POWER,)
    assert UnitKind.ENGINEERING in wanted_kinds("12P01")
