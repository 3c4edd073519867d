"""The register over HTTP: kept, found, taken in and given out, and what of it lies around an incident."""

from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import select

from services.resource_dispatch.store.facilities import keep_facility
from services.resource_dispatch.store.incidents import keep_incident
from shared.contracts.envelope import decode
from shared.contracts.events.facilities import FacilityFact
from shared.contracts.events.intake import IncidentFact, IncidentStatus, Location
from shared.kernel.ids import new_id
from shared.storage.system import OUTBOX
from tests.harness.hosting import Hosted, hosted

STATION: dict[str, Any] = {
    "name": "示例路加氢站", "code": "22A99", "subtype": "加氢站", "lon": 116.272, "lat": 39.686,
    "organisation": "示例氢能公司", "contact_name": "示例站长戊", "contact_phone": "13800002001",
    "stock": [{"substance": "氢气", "amount": 4.8, "unit": "吨"}], "plan_reference": "示例预案", "cordon_radius_m": 300,
}  # fmt: skip
NOW = "2026-11-20T06:00:00.000Z"


@pytest.fixture
async def app(tmp_path: Path, store_url: str | None) -> AsyncIterator[Hosted]:
    async with hosted(tmp_path, services=("resource_dispatch",), database_url=store_url) as running:
        yield running


async def kept(desk: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await desk.post("/api/facilities", json={**STATION, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def an_incident(app: Hosted, **location: Any) -> str:
    fact = IncidentFact.model_validate(
        {
            "id": new_id(), "number": f"DX-{new_id()[-8:]}", "title": "示例", "status": IncidentStatus.REPORTED,
            "type_code": "12C01", "occurred_at": NOW, "received_at": NOW, "updated_at": NOW, "home_site": "hub",
            "location": Location(**location),
        }
    )  # fmt: skip
    await app.node.databases["resource_dispatch"].write(lambda c: keep_incident(c, fact, 1))
    return fact.id


async def test_an_entry_is_kept_changed_guarded_and_retired(app: Hosted) -> None:
    leader = await app.client("duty_leader")
    made = await kept(leader)
    assert (made["group"], made["kind_name"], made["township"]) == ("hazard_source", "加氢站", "110115109")
    path = f"/api/facilities/{made['id']}"
    taken = await leader.post("/api/facilities", json=STATION)
    assert (taken.status_code, taken.json()["code"]) == (409, "facility.name_taken")
    change = {"major_hazard": True, "contact_phone": "13800002999", "version": 1}
    changed = (await leader.patch(path, json=change)).json()
    assert (changed["hazard_state"], changed["contact_phone"], changed["version"]) == ("registered", "13800002999", 2)
    late = await leader.patch(path, json={"name": "别的", "version": 1})
    assert (late.status_code, late.json()["code"]) == (409, "facility.changed")
    for body, code in (
        ({"name": None}, "field.required"), ({"code": "31E01"}, "facility.not_for_maps"),
        ({"code": "12D02"}, "facility.code_unknown"), ({"plan_reference": None}, "facility.cordon_basis_required"),
        ({"lon": 39.7, "lat": 116.3}, "location.swapped"),
    ):  # fmt: skip
        refused = await leader.patch(path, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    gone = await leader.post(f"{path}/retire", json={"reason": "已搬迁"})
    assert gone.json()["retired_at"] is not None
    assert gone.json()["contact_phone"] is None
    assert (await leader.post(f"{path}/retire", json={"reason": "再来"})).json()["code"] == "facility.retired"
    assert (await leader.get("/api/facilities")).json()["items"] == []
    assert len((await leader.get("/api/facilities", params={"retired": True})).json()["items"]) == 1
    await kept(leader)


async def test_whom_to_call_leaves_the_site_in_no_fact_and_is_told_to_the_staff_only(app: Hosted) -> None:
    made = await kept(await app.client("dispatcher"))
    officer, team = await app.client("duty_officer"), await app.client("team_leader", unit_id=new_id())
    path = f"/api/facilities/{made['id']}"
    assert (await officer.get(path)).json()["contact_phone"] == "13800002001"
    hidden = (await team.get(path)).json()
    assert (hidden["contact_name"], hidden["contact_phone"], hidden["contact_hidden"]) == (None, None, True)
    near = {"lon": 116.272, "lat": 39.686}
    assert (await officer.get("/api/facilities/near", params=near)).json()["items"][0]["contact_name"] == "示例站长戊"
    assert (await team.get("/api/facilities/near", params=near)).json()["items"][0]["contact_name"] is None
    read = app.node.databases["resource_dispatch"].read
    told = [bytes(row.body) for row in await read(lambda c: c.execute(select(OUTBOX.c.body)).all())]
    told.append((await officer.get("/api/facilities/map")).content)
    assert not [one for one in told if b"13800002001" in one or "示例站长戊".encode() in one]
    assert "dispatch.facility.registered.v1" in {decode(one).kind for one in told[:-1]}
    refused = await officer.post("/api/facilities", json=STATION)
    assert refused.status_code == 403


async def test_what_lies_around_an_incident_is_told_without_being_asked_for(app: Hosted) -> None:
    desk = await app.admin()
    csv = (files("services.demo") / "data" / "facilities.csv").read_bytes()
    assert (await desk.post("/api/facilities/import", files={"file": ("f.csv", csv)})).json()["errors"] == []
    units = (files("services.demo") / "data" / "units.csv").read_bytes()
    assert (await desk.post("/api/units/import", files={"file": ("u.csv", units)})).is_success
    fall = await an_incident(app, lon=116.3304, lat=39.7455)
    found = (await desk.get("/api/facilities/near", params={"incident_id": fall})).json()
    assert [one["name"] for one in found["sites"]] == ["示例清源工地"]
    assert [one["name"] for one in found["major_hazards"]] == ["示例清源脚手架租赁场"]
    distances = [one["distance_m"] for one in found["items"]]
    assert distances == sorted(distances)
    assert max(distances) <= 1000
    [water] = [one for one in found["groups"] if one["group"] == "hydrant"]
    assert (water["name"], water["count"], water["nearest_m"] < 200) == ("消火栓", 1, True)
    assert (found["road"]["road_width_m"], found["nearest_station"]["name"]) == (14, "示例黄村消防救援站")
    assert found["distance_kind"] == "straight_line"
    assert found["limits"]["major_hazard_m"]["verified"] is False
    narrowed: dict[str, str | int] = {"incident_id": fall, "within_m": 300, "codes": "22A,47A"}
    few = (await desk.get("/api/facilities/near", params=narrowed)).json()
    assert {one["code"][:3] for one in few["items"]} <= {"22A", "47A"}
    assert few["major_hazards"] == found["major_hazards"]
    nowhere = await desk.get("/api/facilities/near", params={"incident_id": await an_incident(app)})
    assert (nowhere.status_code, nowhere.json()["code"]) == (409, "incident.no_place")
    assert (await desk.get("/api/facilities/near")).json()["code"] == "facility.place_required"


async def test_a_table_goes_in_comes_out_and_goes_in_again_unchanged(app: Hosted) -> None:
    desk = await app.admin()
    csv = (files("services.demo") / "data" / "facilities.csv").read_bytes()
    trial = await desk.post("/api/facilities/import", files={"file": ("f.csv", csv)}, params={"dry_run": True})
    assert (trial.json()["created"], (await desk.get("/api/facilities")).json()["items"]) == (41, [])
    assert (await desk.post("/api/facilities/import", files={"file": ("f.csv", csv)})).json()["created"] == 41
    for kind in ("csv", "xlsx"):
        out = await desk.get("/api/facilities/export", params={"format": kind})
        again = await desk.post("/api/facilities/import", files={"file": (f"f.{kind}", out.content)})
        assert (again.json()["unchanged"], again.json()["updated"], again.json()["errors"]) == (41, 0, [])
    found = (await desk.get("/api/facilities", params={"q": "slljqz"})).json()["items"]
    assert [one["name"] for one in found] == ["示例路加氢站"]
    assert found[0]["stock"] == [{"substance": "氢气", "amount": 4.8, "unit": "吨"}]
    bad = (
        "名称,类别,经度,纬度,重大隐患,路宽(米)\n甲,军火库,116.3,39.7,,\n乙,22A11,39.7,116.3,,\n"
        "丙,22A11,116.3,39.7,也许,\n丁,31M00,116.3,39.7,,宽\n"
    )
    refused = await desk.post("/api/facilities/import", files={"file": ("f.csv", bad.encode())})
    assert [(one["row"], one["column"], one["code"]) for one in refused.json()["errors"]][:5] == [
        (2, "类别", "facility.kind_unknown"), (3, "经度", "location.swapped"), (3, "纬度", "location.swapped"),
        (4, "重大隐患", "facility.hazard_unknown"), (5, "路宽(米)", "field.type"),
    ]  # fmt: skip
    first = (await desk.get("/api/facilities", params={"limit": 30})).json()
    rest = (await desk.get("/api/facilities", params={"limit": 30, "after": first["next"]})).json()
    assert len({one["id"] for one in [*first["items"], *rest["items"]]}) == 41


async def test_a_screen_fetches_the_register_once_and_then_only_what_is_new(app: Hosted) -> None:
    desk = await app.admin()
    made = await kept(desk)
    first = (await desk.get("/api/facilities/map")).json()
    assert first["items"] == [
        {key: made[key] for key in ("id", "code", "subtype", "name", "lon", "lat", "township", "organisation", "stock")}
        | {"cordon_radius_m": 300.0, "home_site": "hub", "kind_name": "加氢站", "group": "hazard_source"}
    ]
    assert (await desk.get("/api/facilities/map", params={"known": first["revision"]})).json()["items"] is None
    await desk.patch(f"/api/facilities/{made['id']}", json={"name": "新名字"})
    second = (await desk.get("/api/facilities/map", params={"known": first["revision"]})).json()
    assert [one["name"] for one in second["items"]] == ["新名字"]
    pressed = await desk.get("/api/facilities/map", headers={"Accept-Encoding": "gzip"})
    assert pressed.headers["content-encoding"] == "gzip"
    assert orjson.loads(pressed.content) == second


async def test_another_sites_entry_is_seen_and_never_written_here(app: Hosted) -> None:
    desk = await app.admin()
    given = {**STATION, "id": new_id(), "valid_from": NOW, "home_site": "yufa", "township": "110115103"}
    fact = FacilityFact.model_validate(given)
    write = app.node.databases["resource_dispatch"].write
    assert await write(lambda c: keep_facility(c, fact, 2))
    assert not await write(lambda c: keep_facility(c, fact.model_copy(update={"name": "旧的"}), 1))
    seen = (await desk.get(f"/api/facilities/{fact.id}")).json()
    assert (seen["name"], seen["contact_name"]) == ("示例路加氢站", None)
    answer = await desk.patch(f"/api/facilities/{fact.id}", json={"name": "我们的"})
    assert (answer.status_code, answer.json()["code"]) == (409, "home.elsewhere")
    assert await kept(desk)
