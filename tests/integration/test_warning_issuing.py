"""The district's own warnings through the whole site: issued within its authority, raised, lowered, lifted, told on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from services.incident_intake.cap.reader import read_cap
from shared.contracts.envelope import decode
from shared.kernel.clock import wire_time
from shared.storage.system import OUTBOX
from tests.harness.feed_documents import weather_com_cn
from tests.integration.intake_site import IntakeSite, MovableClock, intake_site

YUFA = "110115107"
DRAFT: dict[str, Any] = {
    "event_code": "11B03", "color": "blue", "area_townships": [YUFA], "caution": "预计今夜有强降雨",
    "measures": "各村巡查积水点",
}  # fmt: skip


async def send(client: httpx.AsyncClient, path: str, status: int = 201, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/warnings/{path}", json=body)
    assert answer.status_code == status, answer.text[:800]
    found: dict[str, Any] = answer.json()
    return found


async def current(client: httpx.AsyncClient) -> list[str]:
    answer = await client.get("/api/warnings?current=true")
    return [one["identifier"] for one in answer.json()["items"]]


async def acts(site: IntakeSite) -> list[str]:
    """What the audit book is told."""
    query = select(OUTBOX.c.body).order_by(OUTBOX.c.position)
    rows = await site.node.node.databases["incident_intake"].read(lambda connection: connection.execute(query).all())
    return [str(fact.data["act"]) for row in rows if (fact := decode(bytes(row.body))).aggregate == "act"]


async def test_a_warning_is_issued_raised_lowered_and_lifted_and_its_history_stays(tmp_path: Path) -> None:
    async with intake_site(tmp_path) as site:
        client = await site.officer()
        blue = await send(client, "issue", **DRAFT)
        assert (blue["state"], blue["is_real"], blue["is_own"]) == ("current", True, True)
        assert (blue["event"], blue["color"], blue["issuer"]) == ("暴雨", "blue", "大兴区应急管理局")
        assert (blue["description"], blue["instruction"]) == (DRAFT["caution"], DRAFT["measures"])
        assert (blue["headline"], len(blue["identifier"])) == ("大兴区应急管理局发布暴雨蓝色预警", 31)
        assert all((blue["onset"], blue["sent"], blue["geometry"]["coordinates"]))
        yellow = await send(client, f"{blue['id']}/raise", color="yellow")
        assert (yellow["description"], yellow["references"]) == (DRAFT["caution"], [blue["identifier"]])
        assert await current(client) == [yellow["identifier"]]
        refused = await send(client, f"{yellow['id']}/raise", 422, color="red")
        assert [one["pointer"] for one in refused["errors"]] == ["/authority_reference"]
        red = await send(
            client, f"{yellow['id']}/raise", color="red", authority_reference="市应急委 12 月 1 日电话授权"
        )
        assert (red["authority_reference"], red["headline"]) == (
            "市应急委 12 月 1 日电话授权", "大兴区应急管理局将暴雨黄色预警升级为红色预警",
        )  # fmt: skip
        again = await send(client, f"{red['id']}/lower", color="blue")
        assert again["authority_reference"] is None
        stale = await send(client, f"{yellow['id']}/lower", 409, color="blue")
        assert (stale["code"], stale["current"]["state"]) == ("warning.not_current", "superseded")
        lifted = await send(client, f"{again['id']}/cancel", reason="雨停")
        assert (lifted["msg_type"], lifted["reason"], len(lifted["references"])) == ("Cancel", "雨停", 4)
        assert await current(client) == []
        history = (await client.get(f"/api/warnings/{blue['id']}/history")).json()["items"]
        assert [one["color"] for one in history] == ["blue", "yellow", "red", "blue", "blue"]
        assert await acts(site) == ["warning_issued"] * 4 + ["warning_lifted"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"color": "orange"}, "/authority_reference"),
    ({"event_code": "14A00"}, "/event_code"),
    ({"event_code": "98765"}, "/event_code"),
    ({"area_townships": []}, "/area_townships"),
    ({"area_townships": ["999"]}, "/area_townships/0"),
    ({"polygon": [[10.0, 10.0], [10.1, 10.0], [10.1, 10.1]]}, "/polygon"),
    ({"caution": "  "}, "/caution"),
    ({"measures": None}, "/measures"),
    ({"color": "purple"}, "/color"),
    ({"starts_at": "2036-01-01T00:00:00Z"}, "/starts_at"),
    ({"ends_at": "2001-01-01T00:00:00Z"}, "/ends_at"),
    ({"caution": "x" * 10_001}, "/caution"),
]
"""What is changed in a good draft, and the field that is named."""


async def test_what_the_law_wants_in_a_warning_cannot_be_left_out(tmp_path: Path) -> None:
    async with intake_site(tmp_path) as site:
        client = await site.officer()
        for changed, pointer in WRONG:
            refused = await send(client, "issue", 422, **{**DRAFT, **changed})
            assert [one["pointer"] for one in refused["errors"]] == [pointer], changed
        assert await current(client) == []


async def test_an_exercise_stays_one_and_a_warning_of_others_is_not_ours(tmp_path: Path) -> None:
    async with intake_site(tmp_path) as site:
        client = await site.officer()
        drill = await send(client, "issue", **{**DRAFT, "exercise": True})
        assert (drill["status"], drill["is_real"]) == ("Exercise", False)
        assert drill["headline"].startswith("【演练】")
        raised = await send(client, "issue", **{**DRAFT, "color": "yellow", "references": [drill["identifier"]]})
        assert (raised["is_real"], raised["msg_type"]) == (False, "Update")
        await send(client, f"{raised['id']}/cancel", reason="演练结束")
        answer = await client.post("/api/warnings", content=weather_com_cn())
        assert answer.status_code == 201, answer.text
        (theirs,) = answer.json()["imported"]
        assert theirs["is_own"] is False
        refused = await send(client, f"{theirs['id']}/cancel", 409, reason="不该由我们解除")
        assert refused["code"] == "warning.not_ours"
        assert (await send(client, "nothing/cancel", 404, reason="x"))["code"] == "warning.not_found"
        territory = await site.node.client("territory_officer", territory=YUFA)
        assert (await territory.post("/api/warnings/issue", json=DRAFT)).status_code == 403


async def test_conflicts_between_name_and_code_are_counted(tmp_path: Path) -> None:
    async with intake_site(tmp_path) as site:
        client = await site.officer()
        body = weather_com_cn(SIGNALTYPE="暴雨", head="某区气象台发布暴雨黄色预警", LEVELCODE="04")
        assert (await client.post("/api/warnings", content=body)).status_code == 201
        metrics = (await client.get("/metrics")).text
        for code in ("cap.event_code_conflict", "cap.level_code_conflict"):
            assert f'yzt_intake_cap_faults_total{{code="{code}"' in metrics


async def test_a_clock_that_was_set_back_does_not_keep_the_old_warning_alive(tmp_path: Path) -> None:
    clock = MovableClock()
    async with intake_site(tmp_path, clock=clock) as site:
        clock.offset = timedelta(minutes=5)
        client = await site.officer()
        blue = await send(client, "issue", **DRAFT)
        clock.offset = timedelta()
        yellow = await send(client, f"{blue['id']}/raise", color="yellow")
        assert await current(client) == [yellow["identifier"]]


async def test_a_township_needs_the_districts_leave_for_every_colour(tmp_path: Path) -> None:
    async with intake_site(tmp_path, site="yufa") as site:
        client = await site.officer()
        assert (await send(client, "issue", 422, **DRAFT))["code"] == "warning.leave_needed"
        await send(client, "issue", **{**DRAFT, "authority_reference": "区应急委 9 时电话授权"})


async def test_an_own_warning_is_read_again_from_its_document(tmp_path: Path) -> None:
    async with intake_site(tmp_path) as site:
        client = await site.officer()
        ends: dict[str, Any] = {"ends_at": wire_time(datetime.now(UTC) + timedelta(hours=6))}
        blue = await send(client, "issue", **DRAFT, **ends)
        yellow = await send(
            client, f"{blue['id']}/raise", color="yellow", caution="雨势增强", measures="转移低洼处群众"
        )
        document = await client.get(f"/api/warnings/{yellow['id']}/cap")
        assert document.headers["content-type"].startswith("application/cap+xml")
        assert f"{yellow['identifier']}.xml" in document.headers["content-disposition"]
        read = read_cap(document.content, now=datetime.now(UTC))
        assert read.faults == ()
        (alert,) = read.alerts
        assert (alert.identifier, alert.color) == (yellow["identifier"], "yellow")
        assert [one.identifier for one in alert.references] == [blue["identifier"]]
        assert (alert.infos[0].instruction, alert.infos[0].headline) == ("转移低洼处群众", yellow["headline"])
        assert [one.value for area in alert.infos[0].areas for one in area.geocodes] == [
            one["value"] for area in yellow["areas"] for one in area["geocodes"]
        ]
        others = (await client.post("/api/warnings", content=weather_com_cn())).json()
        listed = (await client.get("/api/warnings")).json()["items"]
        other = next(one for one in listed if not one["is_own"])
        refused = await client.get(f"/api/warnings/{other['id']}/cap")
        assert (refused.status_code, refused.json()["code"]) == (409, "warning.cap_not_ours"), others
        assert (await client.get("/api/warnings/none/cap")).status_code == 404
