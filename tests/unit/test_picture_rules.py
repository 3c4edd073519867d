"""What stays on the picture and for how long, who sees it, and what is never claimed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.operational_picture.domain.ageing import begin, listen, sites_view, tick
from services.operational_picture.domain.changes import among, everything, since
from services.operational_picture.domain.fold import apply_raw
from services.operational_picture.domain.items import Position
from services.operational_picture.domain.limits import PictureLimits
from services.operational_picture.domain.picture import Picture
from services.operational_picture.domain.positions import locate
from shared.kernel.clock import wire_time
from shared.kernel.district import townships
from shared.kernel.limits import Limit
from tests.unit.picture_world import START, Step, history, raw

HOUR = timedelta(hours=1)


class Told:
    """A picture that is told facts one by one."""

    def __init__(self, limits: PictureLimits | None = None) -> None:
        self.picture = Picture("hub", "区指挥中心", limits=limits or PictureLimits())
        begin(self.picture, START)
        self._versions: dict[str, int] = {}

    def tell(
        self, kind: str, number: int = 0, choice: int = 1, /, *, at: datetime = START, live: bool = True, **changes: Any
    ) -> tuple[str, ...]:
        """A fact of the builders with its data and attributes changed; returns what changed."""
        document = raw(history([Step(kind, number, choice, 0)])[0])
        key = f"{kind}:{document['subject']}"
        self._versions[key] = self._versions.get(key, 0) + 1
        document |= {"aggregateversion": self._versions[key], "time": wire_time(at)}
        for name in ("type", "aggregateversion", "time", "exercise"):
            document[name] = changes.pop(name, document[name])
        document["data"] |= changes
        changed = apply_raw(self.picture, self.picture.seq + 1, document)
        listen(self.picture, at, live=live)
        return changed

    def shown(self, kind: str, key: str | None = None) -> dict[str, dict[str, Any]]:
        return {
            feature["properties"]["id"]: feature["properties"]
            for feature in everything(self.picture, key).features
            if feature["properties"]["kind"] == kind
        }

    def territory(self, code: str) -> dict[str, Any]:
        return self.shown("territory")[code]


STAYS: list[tuple[str, dict[str, Any], timedelta]] = [
    ("incident", {"status": "closed", "closed_at": wire_time(START)}, 24 * HOUR),
    ("assignment", {"status": "back", "active": False}, HOUR),
    ("notification", {"state": "acknowledged"}, HOUR),
    ("notification", {"state": "cancelled"}, HOUR),
    ("warning", {"state": "current", "expires": wire_time(START + 3 * HOUR)}, 3 * HOUR),
    ("shift", {"ends_at": wire_time(START + 8 * HOUR), "cancelled": False}, 9 * HOUR),
]


@pytest.mark.parametrize(("kind", "state", "stays"), STAYS)
def test_what_is_over_stays_a_while_and_then_leaves(kind: str, state: dict[str, Any], stays: timedelta) -> None:
    told = Told()
    told.tell(kind, **state)
    tick(told.picture, START + stays - timedelta(milliseconds=1))
    assert len(told.shown(kind)) == 1
    tick(told.picture, START + stays)
    assert told.shown(kind) == {}


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("incident", {"status": "reported"}),
        ("incident", {"status": "active"}),
        ("assignment", {"status": "on_scene", "active": True}),
        ("notification", {"state": "exhausted"}),
        ("notification", {"state": "calling"}),
        ("unit", {"status": "unavailable"}),
        ("warning", {"state": "current", "expires": None}),
    ],
)
def test_what_is_open_never_leaves_by_itself(kind: str, state: dict[str, Any]) -> None:
    told = Told()
    told.tell(kind, **state)
    tick(told.picture, START + timedelta(days=400))
    assert len(told.shown(kind)) == 1


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("incident", {"status": "merged", "merged_into": "other"}),
        ("warning", {"state": "superseded"}),
        ("warning", {"state": "cancelled"}),
        ("warning", {"state": "expired"}),
        ("shift", {"cancelled": True}),
    ],
)
def test_what_no_longer_counts_vanishes_at_once(kind: str, state: dict[str, Any]) -> None:
    told = Told()
    told.tell(kind, 0, 1 if kind != "warning" else 0)
    assert len(told.shown(kind)) == 1
    told.tell(kind, **state)
    assert told.shown(kind) == {}


def test_a_split_brings_a_merged_incident_back_and_a_late_fact_does_not() -> None:
    told = Told()
    told.tell("incident", status="merged")
    told.tell("incident", status="active", aggregateversion=1)
    assert told.shown("incident") == {}
    told.tell("incident", status="active", type="evt.hub.intake.incident.split.v1", aggregateversion=2)
    assert told.shown("incident")["incident-0"]["status"] == "active"


def test_an_exercise_warning_is_marked_as_not_real() -> None:
    told = Told()
    told.tell("warning", is_real=False, state="current", exercise=True)
    assert told.shown("warning")["warning-0"]["is_real"] is False
    assert told.shown("warning")["warning-0"]["exercise"] is True


def test_unknown_values_show_as_unknown_and_are_counted() -> None:
    told = Told()
    told.tell("unit", status="levitating", kind="dragon", some_new_field=1)
    unit = told.shown("unit")["unit-0"]
    assert (unit["status"], unit["unit_kind"], unit["kind"]) == ("unknown", "unknown", "unit")
    assert "some_new_field" not in unit
    assert told.picture.odd["unknown_value"] == 2
    told.tell("unit", 1, type="evt.jiugong.dispatch.unit.knighted.v1")
    assert "unit-1" in told.shown("unit")
    for kind in ("dispatch.dragon.hatched.v1", "dispatch.unit.updated.v2"):
        assert told.tell("unit", 2, type=f"evt.hub.{kind}") == ()
    assert told.picture.odd["unknown_kind"] == 3
    assert "unit-2" not in told.shown("unit")


def test_nested_unknown_values_are_found_too() -> None:
    told = Told()
    step = {"status": "beamed_up", "occurred_at": wire_time(START), "recorded_at": wire_time(START), "source": "radio"}
    told.tell("assignment", history=[step])
    assert told.shown("assignment")["assignment-0"]["history"][0]["status"] == "unknown"
    assert told.shown("assignment")["assignment-0"]["history"][0]["source"] == "radio"


def test_only_the_home_site_moves_an_aggregate() -> None:
    told = Told()
    told.tell("incident", title="真")
    told.tell("incident", title="假", type="evt.jiugong.intake.incident.updated.v1")
    assert told.shown("incident")["incident-0"]["title"] == "真"
    assert told.picture.odd["foreign"] == 1


def test_a_feature_says_whose_it_is_how_new_and_where() -> None:
    told = Told()
    told.tell("incident", at=START + HOUR)
    incident = told.shown("incident")["incident-0"]
    assert (incident["home_site"], incident["version"], incident["seq"]) == ("hub", 1, 1)
    assert (incident["occurred_at"], incident["as_of"]) == (wire_time(START), wire_time(START + HOUR))
    assert everything(told.picture, None).features[-1]["geometry"] == {"type": "Point", "coordinates": [116.44, 39.8]}
    assert {"changed", "actor_name", "remark"}.isdisjoint(incident)


def test_every_township_is_there_from_the_first_moment_and_none_is_called_connected() -> None:
    told = Told()
    states = {one["code"]: one["state"] for one in told.shown("territory").values()}
    assert states == {township.code: "unassigned" for township in townships()}


def test_a_township_is_connected_while_its_site_speaks_then_unsteady_then_lost() -> None:
    told = Told()
    told.tell("site")
    told.tell("unit", 1)
    assert told.territory("110115006")["state"] == "connected"
    tick(told.picture, START + timedelta(seconds=76))
    assert told.territory("110115006")["state"] == "degraded"
    assert told.shown("unit")["unit-1"]["stale"] is False
    tick(told.picture, START + timedelta(seconds=181))
    lost = told.territory("110115006")
    assert (lost["state"], lost["since"], lost["stale"]) == ("disconnected", wire_time(START), True)
    assert told.shown("unit")["unit-1"]["stale"] is True
    told.tell("incident", 1, at=START + HOUR)
    assert told.territory("110115006")["state"] == "connected"
    assert told.shown("unit")["unit-1"]["stale"] is False


def test_history_that_is_replayed_does_not_make_a_link() -> None:
    told = Told()
    told.tell("site", at=START)
    replayed = Told()
    document = raw(history([Step("site", 0, 1, 0)])[0])
    apply_raw(replayed.picture, 1, document)
    listen(replayed.picture, START + HOUR, live=False)
    assert told.territory("110115006")["state"] == "connected"
    assert replayed.territory("110115006")["state"] == "disconnected"


def test_a_site_with_a_wrong_clock_is_connected_all_the_same() -> None:
    told = Told()
    document = raw(history([Step("site", 0, 1, 0)])[0]) | {"time": wire_time(START - timedelta(days=30))}
    apply_raw(told.picture, 1, document)
    listen(told.picture, START, live=True)
    assert told.territory("110115006")["state"] == "connected"


def test_a_site_that_says_good_bye_is_lost_at_once() -> None:
    told = Told()
    told.tell("site")
    told.tell("site", 0, 11)
    assert told.territory("110115006")["state"] == "disconnected"


def test_the_own_site_is_never_lost_but_unsteady_when_its_facts_do_not_come_through() -> None:
    told = Told()
    tick(told.picture, START + 10 * HOUR)
    assert [one["state"] for one in sites_view(told.picture)] == ["degraded"]


def reading(seconds: int = 0, lon: float = 116.5, site: str = "hub") -> Position:
    return Position("unit-0", "unit", lon, 39.7, wire_time(START + timedelta(seconds=seconds)), site)


def test_the_latest_position_wins_and_moves_the_unit() -> None:
    told = Told()
    told.tell("unit", position_at=None)
    assert locate(told.picture, reading(10), START)
    assert not locate(told.picture, reading(5, lon=110.0), START)
    assert not locate(told.picture, reading(10, lon=110.0), START)
    assert told.shown("unit")["unit-0"]["lon"] == 116.5
    told.tell("unit", position_at=wire_time(START), lon=111.0)
    assert told.shown("unit")["unit-0"]["lon"] == 116.5
    told.tell("unit", position_at=wire_time(START + timedelta(seconds=20)), lon=111.0)
    assert told.shown("unit")["unit-0"]["lon"] == 111.0


def test_another_site_cannot_move_a_unit() -> None:
    told = Told()
    told.tell("unit", position_at=None)
    locate(told.picture, reading(10, site="jiugong"), START)
    assert told.shown("unit")["unit-0"]["lon"] == 116.4


def test_an_old_position_is_marked() -> None:
    told = Told()
    locate(told.picture, reading(), START)
    tick(told.picture, START + timedelta(seconds=120))
    assert [one.stale for one in everything(told.picture, None).positions] == [False]
    tick(told.picture, START + timedelta(seconds=121))
    assert [one.stale for one in everything(told.picture, None).positions] == [True]
    assert told.picture.moved == {"unit:unit-0"}


OWN, OTHER = "110115006", "110115007"


def at(township: str | None) -> dict[str, Any]:
    return {"location": {"lon": 116.4, "lat": 39.8, "township": township}, "status": "active"}


def test_a_township_sees_its_incidents_with_what_belongs_to_them_and_all_that_is_shared() -> None:
    told = Told()
    told.tell("assignment", incident_id="incident-0", active=True)
    told.tell("notification", incident_id="incident-1", state="calling")
    told.tell("notification", 1, incident_id=None, state="calling")
    told.tell("unit")
    assert told.shown("assignment", OWN) == {}
    told.tell("incident", 0, **at(OWN))
    told.tell("incident", 1, **at(OTHER))
    told.tell("incident", 2, **at(None))
    assert told.shown("incident", OWN).keys() == {"incident-0"}
    assert told.shown("assignment", OWN).keys() == {"assignment-0"}
    assert told.shown("notification", OWN).keys() == {"notification-1"}
    assert told.shown("unit", OWN).keys() == {"unit-0"}
    assert len(told.shown("territory", OWN)) == 22
    assert len(told.shown("incident")) == 3


def test_an_incident_that_moves_takes_what_belongs_to_it_along_and_the_old_township_is_told() -> None:
    told = Told()
    told.tell("incident", **at(OWN))
    told.tell("assignment", incident_id="incident-0", active=True)
    changed = told.tell("incident", **at(OTHER))
    assert set(changed) == {"incident:incident-0", "assignment:assignment-0"}
    assert set(among(told.picture, OWN, changed, ()).removed) == set(changed)
    assert {one["id"] for one in among(told.picture, OTHER, changed, ()).features} == set(changed)
    told.tell("incident", **{**at(OTHER), "status": "merged"})
    resumed = since(told.picture, OWN, 1)
    assert resumed is not None
    assert "incident:incident-0" in resumed.removed
    stranger = since(told.picture, "110115001", 1)
    assert stranger is not None
    assert stranger.removed == []


def test_a_screen_from_before_the_horizon_needs_a_snapshot() -> None:
    told = Told(PictureLimits(tombstones=Limit(1, "few")))
    for number in (0, 1, 2):
        told.tell("incident", number, status="active")
    for number in (0, 1, 2):
        told.tell("incident", number, status="merged")
    assert since(told.picture, None, 5) is None
    known = since(told.picture, None, 6)
    assert known is not None
    assert known.removed == ["incident:incident-2"]
    assert since(told.picture, None, 7) is None
    assert told.picture.forgotten == {"incident:incident-0", "incident:incident-1"}


def test_limits_come_from_configuration() -> None:
    brief = replace(PictureLimits(), closed_incident_stays=Limit(timedelta(seconds=5), "test"))
    told = Told(brief)
    told.tell("incident", status="closed", closed_at=wire_time(START))
    tick(told.picture, START + timedelta(seconds=5))
    assert told.shown("incident") == {}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("type"),
        lambda d: d.update(type="evt.hub"),
        lambda d: d.update(aggregateversion="7"),
        lambda d: d.update(aggregateversion=True),
        lambda d: d.update(time="yesterday"),
        lambda d: d.update(time="2026-11-22T06:00:00"),
        lambda d: d.update(data=[]),
        lambda d: d.update(type="evt.Not A Site.intake.incident.reported.v1"),
    ],
)
def test_a_malformed_fact_is_counted_and_stepped_over(spoil: Callable[[dict[str, Any]], object]) -> None:
    told = Told()
    document = raw(history([Step("incident", 0, 1, 0)])[0])
    spoil(document)
    assert apply_raw(told.picture, 9, document) == ()
    assert told.picture.odd["malformed"] == 1
    assert told.picture.seq == 9
    assert told.shown("incident") == {}


def test_an_odd_part_does_not_hide_an_incident() -> None:
    told = Told()
    told.tell("incident", 0, location=[], status="closed", closed_at="soon", casualties=7)
    assert told.shown("incident")["incident-0"]["status"] == "closed"
    tick(told.picture, START + 24 * HOUR)
    assert told.shown("incident") == {}


def test_a_time_in_another_spelling_is_the_same_time() -> None:
    told = Told()
    told.tell("incident", time="2026-11-22T14:00:00+08:00")
    assert told.shown("incident")["incident-0"]["as_of"] == wire_time(START)
