"""What leaves the site as a file: lists without formulas, an incident's whole file with its manifest."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from services.incident_intake.handlers.finding import export
from tests.integration.intake_site import IntakeSite, intake_site
from tests.integration.test_finding import bring_in

CALLER = {"name": "欧阳小明", "phone": "13812345678", "organisation": "某社区", "note": "腿脚不便独居"}
PRIVATE = (CALLER["name"], CALLER["phone"], CALLER["note"])
PDF = b"%PDF-1.7 report"
PNG = b"\x89PNG\r\n\x1a\n map"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[IntakeSite]:
    async with intake_site(tmp_path) as running:
        yield running


async def test_a_list_leaves_as_csv_and_xlsx_page_after_page(site: IntakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 3)
    client = await site.officer()
    for number in range(7):
        await site.report(
            title=f"=1+{number}", description="@SUM(A1)\n二行", caller=CALLER, casualties={"dead": number}
        )
    other = await site.report(title="旁的")
    await bring_in(site)
    answer = await client.get("/api/incidents/export", params={"format": "csv", "q": "1"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-rows"] == "8", "the number has a 1 in it too"
    answer = await client.get("/api/incidents/export", params={"format": "csv", "q": "sum"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["标题"] for row in rows] == [f"'=1+{number}" for number in reversed(range(7))]
    assert {row["简述"] for row in rows} == {"'@SUM(A1)\n二行"}
    assert [row["死亡"] for row in rows] == [str(number) for number in reversed(range(7))]
    assert not [private for private in PRIVATE if private in answer.content.decode()]
    book = await client.get("/api/incidents/export", params={"format": "xlsx"})
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert sheet.max_row == 9
    assert sheet["B2"].value == other["title"]
    assert sheet["B3"].value == "=1+6"
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n", "inlineStr"}
    assert (await client.get("/api/incidents/export", params={"format": "pdf"})).status_code == 422
    assert (await client.get("/api/incidents/export", params={"format": "csv", "q": "%"})).status_code == 422
    told = [row for row in await site.rows("select body from outbox") if b"list_exported" in bytes(row[0])]
    assert len(told) == 3


async def test_the_register_of_calls_leaves_without_who_called_or_what_was_said(site: IntakeSite) -> None:
    client = await site.officer()
    fire = await site.report(title="仓库冒烟", caller=CALLER)
    told = [{"who": "@村委会", "at": "2025-01-29T01:30:00Z"}, {"who": "物业"}]
    said = {"said": "张某家冒烟", "caller": CALLER, "location": {"text": "=旧宫桥"}, "source": "hotline_12345"}
    passed = (await client.post("/api/calls", json={**said, "told_others": told})).json()
    to = {"to": "区城管委", "reason": "路灯不归我们管", "answered_by": "丁"}
    assert (await client.post(f"/api/calls/{passed['id']}/transfer", json=to)).status_code == 200
    await bring_in(site)
    answer = await client.get("/api/calls/export", params={"format": "csv"})
    assert (answer.status_code, answer.headers["x-rows"]) == (200, "2"), answer.text
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [(row["接报编号"], row["结果"], row["所属事件"]) for row in rows] == [
        (passed["number"], "已移送", ""), (rows[1]["接报编号"], "已立为事件", fire["number"]),
    ]  # fmt: skip
    (first, _) = rows
    assert (first["来源"], first["地点"], first["来电人已告知"]) == (
        "12345 热线",
        "'=旧宫桥",
        "'@村委会 01-29 09:30；物业",
    )
    assert (first["移送去向"], first["移送理由"], first["对方接收人"]) == ("区城管委", "路灯不归我们管", "丁")
    whole = answer.content.decode()
    assert not [private for private in (*PRIVATE, "张某") if private in whole], "a file is destroyed by nobody"
    found = await client.get("/api/calls/export", params={"format": "xlsx", "q": "旧宫桥"})
    sheet = load_workbook(io.BytesIO(found.content)).active
    assert sheet is not None
    assert (sheet.max_row, sheet["A2"].value) == (2, passed["number"])
    own = await site.node.client("territory_officer", territory="110115107")
    assert (await own.get("/api/calls/export", params={"format": "csv"})).headers["x-rows"] == "0"


def parts(answer: httpx.Response) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def require_whole(answer: httpx.Response, files: dict[str, bytes]) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(files["manifest.json"])
    assert hashlib.sha256(files["manifest.json"]).hexdigest() == answer.headers["x-manifest-sha256"]
    listed = {one["name"]: (one["bytes"], one["sha256"]) for one in manifest["files"]}
    real = {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()}
    del real["manifest.json"]
    assert listed == real
    return manifest


async def test_an_incidents_file_holds_all_that_is_known_and_a_manifest_that_proves_it(site: IntakeSite) -> None:
    incident, merged = await site.report(title="主事件", caller=CALLER), await site.report(title="并入", caller=CALLER)
    await site.act(merged, "merge", into=incident["id"], reason="同一起")
    await site.act(incident, "notes", text="=现场已控制")
    await site.change(incident, grade="III", casualties={"dead": 1})
    await site.act(incident, "close", summary="处置完毕")
    leader, auditor = await site.node.client("duty_leader"), await site.node.client("auditor")
    path = f"/api/incidents/{incident['id']}/archive"
    answer = await auditor.get(path)
    files = parts(answer)
    manifest = require_whole(answer, files)
    assert manifest["incident"]["number"] == incident["number"]
    assert (manifest["callers"], manifest["made_by"]) == ("masked", "测试员")
    assert manifest["absent"], "what only the page can add is named"
    calls = json.loads(files["calls.json"])
    assert [(call["outcome"], call["caller"]["phone"]) for call in calls] == [("new", "138****5678")] * 2
    assert {"incident.json", "timeline.json", "timeline.csv", "orders.json", "notifications.json", "README.txt",
            f"merged/{merged['number']}/timeline.json"} <= files.keys()  # fmt: skip
    whole = b"".join(files.values()).decode()
    assert not [private for private in PRIVATE if private in whole], "masked unless the right is used"
    assert json.loads(files["incident.json"])["caller"]["name"] == "欧***"
    table = list(csv.DictReader(io.StringIO(files["timeline.csv"].decode("utf-8-sig"), newline="")))
    assert [row["类别"] for row in table] == ["接报", "合并", "记事", "判级", "续报", "结束"]
    assert table[2]["内容"] == "'=现场已控制"
    assert "casualties.dead：（空） → 1" in table[4]["内容"]
    assert (await auditor.get(path, params={"open": True})).json()["code"] == "access.forbidden"
    assert await site.rows("select id from caller_access") == []
    opened = parts(await leader.get(path, params={"open": True}))
    assert json.loads(opened["incident.json"])["caller"] == CALLER
    assert len(await site.rows("select id from caller_access")) == 2, "both callers were read"
    assert (await (await site.officer()).get(path)).status_code == 403
    assert (await leader.get("/api/incidents/none/archive")).json()["code"] == "incident.not_found"
    told = [row for row in await site.rows("select body from outbox") if b"archive_exported" in bytes(row[0])]
    assert len(told) == 2
    assert answer.headers["x-manifest-sha256"].encode() in bytes(told[0][0])


async def test_files_are_added_under_safe_names_and_others_are_refused(site: IntakeSite) -> None:
    incident = await site.report(title="附件")
    leader = await site.node.client("duty_leader")
    path = f"/api/incidents/{incident['id']}/archive"
    given = [
        ("files", ("../../etc/初报.pdf", PDF, "application/pdf")),
        ("files", ("C:\\x\\初报.PDF", PDF + b"2", "application/pdf")),
        ("files", ("map.png", PNG, "image/png")),
    ]
    answer = await leader.post(path, files=given, data={"absent": "续报一取不到"})
    files = parts(answer)
    manifest = require_whole(answer, files)
    assert {name for name in files if name.startswith("attachments/")} == {
        "attachments/初报.pdf", "attachments/初报(2).pdf", "attachments/map.png",
    }  # fmt: skip
    assert {one["name"] for one in manifest["files"] if one["origin"] == "attached"} == {
        name for name in files if name.startswith("attachments/")
    }
    assert manifest["absent"] == ["续报一取不到"]
    for name, content in (("x.exe", b"MZ"), ("x.pdf", b"MZ"), ("x", PDF), ("x.html", b"<script>")):
        refused = await leader.post(path, files=[("files", (name, content, "x/y"))])
        assert (refused.status_code, refused.json()["code"]) == (422, "archive.attachment_type"), name
    many = [("files", (f"{number}.pdf", PDF, "application/pdf")) for number in range(61)]
    assert (await leader.post(path, files=many)).json()["code"] == "archive.too_many"
