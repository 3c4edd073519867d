"""Marks and winds over HTTP, on SQLite and PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.resource_dispatch.store.incidents import keep_incident
from services.resource_dispatch.store.marks import keep_mark
from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope
from shared.contracts.events.base import Fact
from shared.contracts.events.intake import IncidentFact, IncidentStatus, Location
from shared.contracts.events.marks import MarkFact, MarkKind, WindFact, WindSource
from shared.kernel.ids import new_id
from tests.harness.hosting import Hosted, hosted

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SPOT: dict[str, Any] = {"type": "Point", "coordinates": [116.33, 39.73]}
CORDON: dict[str, Any] = {"kind": "cordon", "geometry": SPOT, "radius_m": 200, "basis": "示例预案 4.2"}


@pytest.fixture
async def app(tmp_path: Path, store_url: str | None) -> AsyncIterator[Hosted]:
    async with hosted(tmp_path, services=("resource_dispatch",), database_url=store_url) as running:
        yield running


@pytest.fixture
async def desk(app: Hosted) -> httpx.AsyncClient:
    return await app.client("duty_officer")


async def an_incident(app: Hosted, version: int = 1, **fields: Any) -> str:
    incident = IncidentFact.model_validate(
        {
            "id": new_id(), "number": f"DX-20261123-{new_id()[-4:]}", "title": "加氢站泄漏", "home_site": "hub",
            "status": IncidentStatus.ACTIVE, "type_code": "12D02", "occurred_at": NOW, "received_at": NOW,
            "updated_at": NOW, "location": Location(lon=116.33, lat=39.73, township="110115005"), **fields,
        }
    )  # fmt: skip
    await app.node.databases["resource_dispatch"].write(lambda c: keep_incident(c, incident, version))
    return incident.id


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def test_a_mark_lives_from_its_drawing_to_its_lifting_and_back(app: Hosted, desk: httpx.AsyncClient) -> None:
    incident = await an_incident(app)
    mark = await post(desk, "/api/marks", {**CORDON, "incident_id": incident, "label": "核心区"})
    assert (mark["geometry"]["type"], mark["params"]["radius_m"], mark["version"]) == ("Polygon", 200, 1)
    path = f"/api/marks/{mark['id']}"
    wider = await desk.patch(path, json={"radius_m": 300, "version": 1})
    assert (wider.json()["params"]["radius_m"], wider.json()["version"]) == (300, 2)
    assert wider.json()["geometry"] != mark["geometry"], "the centre stays, the circle grows"
    stale = await desk.patch(path, json={"label": "别人的话", "version": 1})
    assert (stale.status_code, stale.json()["code"], stale.json()["current"]["version"]) == (409, "mark.changed", 2)
    gone = await post(desk, f"{path}/remove", {"reason": "监测达标"}, 200)
    assert (gone["reason"], gone["removed_by_name"] is not None) == ("监测达标", True)
    listed = (await desk.get("/api/marks", params={"incident_id": incident, "open": True})).json()
    assert listed["items"] == []
    for act, code in (("remove", "mark.removed"), ("restore", None), ("restore", "mark.not_removed")):
        answer = await desk.post(f"{path}/{act}", json={"reason": "再"} if act == "remove" else {})
        assert (answer.status_code, answer.json().get("code")) == ((409, code) if code else (200, None))
    facts = [f for f in await app.facts("resource_dispatch") if f.subject == mark["id"]]
    assert [f.fact for f in facts] == ["drawn", "changed", "removed", "changed"]
    assert [f.aggregateversion for f in facts] == [1, 2, 3, 4]


async def test_cordons_and_closures_are_lifted_in_one_act_that_names_and_counts_them(
    app: Hosted, desk: httpx.AsyncClient
) -> None:
    incident = await an_incident(app)
    child = await an_incident(app, status=IncidentStatus.MERGED, merged_into=incident)
    assert (await desk.post("/api/marks", json={**CORDON, "incident_id": child})).json()[
        "code"
    ] == "mark.incident_closed"
    foreign = MarkFact(
        id=new_id(), incident_id=incident, kind=MarkKind.CORDON, label="属地画的", geometry=SPOT, drawn_at=NOW,
        home_site="yufa",
    )  # fmt: skip
    await app.node.databases["resource_dispatch"].write(lambda c: keep_mark(c, foreign, 1))
    for body in (
        CORDON,
        CORDON,
        {"kind": "closed_road", "geometry": SPOT},
        {"kind": "assembly_point", "geometry": SPOT},
    ):
        await post(desk, "/api/marks", {**body, "incident_id": incident})
    await post(desk, "/api/marks", CORDON)
    said = await post(
        desk, f"/api/incidents/{incident}/marks/clear", {"kinds": ["cordon", "closed_road"], "reason": "恢复交通"}, 200
    )
    assert (said["removed"], said["by_kind"]) == (3, {"cordon": 2, "closed_road": 1})
    assert [one["label"] for one in said["elsewhere"]] == ["属地画的"]
    left = (await desk.get("/api/marks", params={"incident_id": incident, "open": True})).json()["items"]
    assert sorted(one["kind"] for one in left) == ["assembly_point", "cordon"]
    refused = await desk.post(f"/api/marks/{foreign.id}/remove", json={"reason": "不是我的"})
    assert (refused.status_code, refused.json()["code"]) == (409, "home.elsewhere")
    others = (await desk.get("/api/marks", params={"open": True})).json()["items"]
    assert len(others) == 3, "the cordon of no incident is nobody's business here"


async def test_what_was_merged_into_an_incident_is_lifted_with_it(app: Hosted, desk: httpx.AsyncClient) -> None:
    incident, child = await an_incident(app), await an_incident(app)
    await post(desk, "/api/marks", {**CORDON, "incident_id": child})
    await an_incident(app, 2, id=child, status=IncidentStatus.MERGED, merged_into=incident)
    listed = (await desk.get("/api/marks", params={"incident_id": incident})).json()["items"]
    assert [one["incident_id"] for one in listed] == [child]
    said = await post(desk, f"/api/incidents/{incident}/marks/clear", {"kinds": ["cordon"], "reason": "解除"}, 200)
    assert said["removed"] == 1


async def test_a_sector_turns_only_when_a_person_says_so(app: Hosted, desk: httpx.AsyncClient) -> None:
    incident = await an_incident(app)
    path = f"/api/incidents/{incident}/wind"
    first = await post(desk, path, {"source": "weather_service", "text": "西北风 3 级"})
    body = {**CORDON, "kind": "wind_sector", "incident_id": incident, "spread_deg": 60}
    sector = await post(desk, "/api/marks", {**body, "wind_id": first["id"]})
    at = datetime.now(UTC)
    second = await post(desk, path, {"source": "on_scene", "from_deg": 360, "speed_ms": 5, "at": at.isoformat()})
    assert (second["from_deg"], second["text"]) == (0, "北风 5 米/秒")
    old = await post(desk, path, {"source": "observed", "text": "东风", "at": (at - timedelta(hours=1)).isoformat()})
    winds = (await desk.get(path)).json()["items"]
    assert [one["id"] for one in winds] == [second["id"], first["id"], old["id"]]
    [same] = (await desk.get("/api/marks", params={"incident_id": incident})).json()["items"]
    assert same["version"] == 1
    turned = await desk.patch(f"/api/marks/{sector['id']}", json={"wind_id": second["id"]})
    assert turned.json()["params"]["wind_from_deg"] == 0
    assert turned.json()["geometry"] != sector["geometry"]
    calm = await post(desk, path, {"source": "on_scene", "text": "静风"})
    other = await an_incident(app)
    for wind, status, code in ((calm["id"], 422, "mark.wind_calm"), (new_id(), 404, "wind.unknown")):
        refused = await desk.patch(f"/api/marks/{sector['id']}", json={"wind_id": wind})
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    strange = await desk.post("/api/marks", json={**body, "incident_id": other, "wind_id": first["id"]})
    assert strange.json()["code"] == "wind.unknown", "the wind of another place"


WRONG: tuple[tuple[dict[str, Any], str | None], ...] = (
    ({"geometry": {"type": "Circle", "coordinates": [1, 2]}}, None),
    ({"geometry": {"type": "Point", "coordinates": [39.73, 116.33]}}, "location.swapped"),
    ({"geometry": {"type": "LineString", "coordinates": [[116.3, 39.7], [116.4, 39.7]]}}, "mark.shape_wrong"),
    ({"radius_m": -5}, None),
    ({"radius_m": 1e9}, None),
    ({"basis": ""}, "mark.basis_required"),
    ({"valid_until": "2020-01-01T00:00:00Z"}, "mark.valid_until_past"),
    ({"drawn_at": "2099-01-01T00:00:00Z"}, "time.in_future"),
    ({"colour": "red"}, None),
)


async def test_what_cannot_be_is_named_at_its_field(desk: httpx.AsyncClient) -> None:
    for body, code in WRONG:
        answer = await desk.post("/api/marks", json={**CORDON, **body})
        assert answer.status_code == 422, body
        assert answer.json()["errors"], body
        assert code is None or answer.json()["code"] == code, body
    mark = await post(desk, "/api/marks", {"kind": "free", "geometry": SPOT, "crs": "gcj02"})
    lon, lat = mark["geometry"]["coordinates"]
    assert 0.005 < 116.33 - lon < 0.008, "a pasted GCJ-02 point lies where it is meant"
    assert 0 < 39.73 - lat < 0.003


async def test_an_incident_that_is_closed_gets_no_new_mark_but_keeps_its_way_to_lift_the_old(
    app: Hosted, desk: httpx.AsyncClient
) -> None:
    incident = await an_incident(app)
    await post(desk, "/api/marks", {**CORDON, "incident_id": incident})
    await an_incident(app, 2, id=incident, status=IncidentStatus.CLOSED)
    refused = await desk.post("/api/marks", json={**CORDON, "incident_id": incident})
    assert (refused.status_code, refused.json()["code"]) == (409, "mark.incident_closed")
    said = await post(desk, f"/api/incidents/{incident}/marks/clear", {"kinds": ["cordon"], "reason": "解除"}, 200)
    assert said["removed"] == 1


async def test_a_telephone_number_is_for_those_who_command_and_stands_in_no_fact(
    app: Hosted, desk: httpx.AsyncClient
) -> None:
    incident = await an_incident(app)
    body = {"kind": "settlement_point", "geometry": SPOT, "incident_id": incident, "capacity": 120}
    await post(desk, "/api/marks", {**body, "contact": {"name": "民政庚", "phone": "13900000007"}})
    leader = await app.client("team_leader", unit_id=new_id())
    for client, phone in ((desk, "13900000007"), (leader, None)):
        [seen] = (await client.get("/api/marks")).json()["items"]
        assert seen["contact"] == {"name": "民政庚", "phone": phone}
    assert not [fact for fact in await app.facts("resource_dispatch") if "13900000007" in str(fact.data)]


async def test_a_township_sees_its_own_incidents_marks_and_may_not_draw(app: Hosted, desk: httpx.AsyncClient) -> None:
    incident = await an_incident(app)
    for body in ({**CORDON, "incident_id": incident}, CORDON):
        await post(desk, "/api/marks", body)
    await post(desk, f"/api/incidents/{incident}/wind", {"source": "on_scene", "text": "北风"})
    for township, marks, winds in (("110115005", 2, 1), ("110115107", 1, 0)):
        client = await app.client("territory_officer", territory=township)
        assert len((await client.get("/api/marks")).json()["items"]) == marks
        assert len((await client.get(f"/api/incidents/{incident}/wind")).json()["items"]) == winds
        assert (await client.post("/api/marks", json=CORDON)).status_code == 403
    dispatcher = await app.client("dispatcher")
    assert (await dispatcher.post("/api/marks", json=CORDON)).status_code == 201


async def test_the_same_key_draws_once_and_the_list_goes_on_where_a_page_ended(desk: httpx.AsyncClient) -> None:
    keyed = [await desk.post("/api/marks", json=CORDON, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [one.status_code for one in keyed] == [201, 200]
    assert keyed[0].json() == keyed[1].json()
    drawn = [(await post(desk, "/api/marks", CORDON))["id"] for _ in range(5)]
    seen: list[str] = []
    after = None
    while True:
        page = (await desk.get("/api/marks", params={"limit": 2, **({"after": after} if after else {})})).json()
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [*drawn[::-1], keyed[0].json()["id"]]


def of_yufa(kind: str, ident: str, version: int, payload: Fact) -> Envelope:
    return draft(
        site="yufa", service="resource_dispatch", kind=kind, aggregate_id=ident, version=version, payload=payload,
        now=NOW, exercise=False,
    )  # fmt: skip


async def test_what_another_site_plots_is_listed_here_and_its_older_word_changes_nothing(
    app: Hosted, desk: httpx.AsyncClient
) -> None:
    incident = await an_incident(app)
    hears = {one.consumer: one.handler for one in app.node.services["resource_dispatch"].subscriptions}
    mark = MarkFact(
        id=new_id(), incident_id=incident, kind=MarkKind.CORDON, label="属地画的", geometry=SPOT, drawn_at=NOW,
        home_site="yufa",
    )  # fmt: skip
    wind = WindFact(
        id=new_id(), incident_id=incident, text="北风", from_deg=0, at=NOW, source=WindSource.ON_SCENE,
        recorded_at=NOW, home_site="yufa",
    )  # fmt: skip
    lifted = mark.model_copy(update={"removed_at": NOW})
    for version, state in ((1, mark), (2, lifted), (1, mark)):
        kind = f"dispatch.mark.{'drawn' if version == 1 else 'removed'}.v1"
        await hears["resource_dispatch__marks"](of_yufa(kind, mark.id, version, state))
    for _ in range(2):
        await hears["resource_dispatch__winds"](of_yufa("dispatch.wind.recorded.v1", wind.id, 1, wind))
    [listed] = (await desk.get("/api/marks", params={"incident_id": incident})).json()["items"]
    assert (listed["home_site"], listed["version"], listed["removed_at"] is not None) == ("yufa", 2, True)
    [blown] = (await desk.get(f"/api/incidents/{incident}/wind")).json()["items"]
    assert blown["text"] == "北风"
