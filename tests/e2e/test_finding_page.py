"""Finding an incident, keeping the search, taking lists and files out, and what waits for destruction."""

import asyncio
import hashlib
import json
import re
import zipfile
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.test_walking_platform import DESK, PHONE, Window, open_window, site
from tests.harness.site import Site

__all__ = ["site"]
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(240)
CALLER = {"name": "欧阳小明", "phone": "13812345678", "note": "独居"}
_BLANK_PNG_BYTES = 20_000
"""A map of one colour is smaller."""


async def _given(site: Site) -> dict[str, Any]:
    """Some incidents, one of them over; returned when searches find them."""
    client = await site.client()
    async with aclosing(client):
        for number in range(12):
            place = {"text": f"黄村镇兴华大街{number}号", "lon": 116.33 + number / 200, "lat": 39.73}
            body = {"title": f"=路面塌陷{number}", "type_code": "12P13", "location": place, "description": "约两平方米"}
            hole = (await client.post("/api/incidents", json=body)).raise_for_status().json()
        place = {"text": "旧宫镇幸福路3号院", "lon": 116.4612, "lat": 39.8093}
        burning: dict[str, Any] = {
            "title": "自建房起火",
            "type_code": "12G03",
            "location": place,
            "grade": "III",
            "sensitive": True,
        }
        made = await client.post("/api/incidents", json={**burning, "caller": CALLER, "casualties": {"injured": 2}})
        fire: dict[str, Any] = made.json()
        for number in range(4):
            place = {"text": "黄村镇兴华大街4号", "lon": 116.35 + number / 2000, "lat": 39.731}
            told = {"said": f"看见路面有个坑{number}", "location": place, "incident_id": hole["id"]}
            (await client.post("/api/calls", json=told)).raise_for_status()
        (await client.post("/api/reports", json={"incident_id": hole["id"], "kind": "initial"})).raise_for_status()
        closing = {"summary": "明火扑灭"}
        (await client.post(f"/api/incidents/{fire['id']}/close", json=closing)).raise_for_status()
        async with asyncio.timeout(60):
            while (await client.get("/api/search", params={"q": "zjfqh", "status": "closed"})).json()["items"] == []:
                await asyncio.sleep(0.2)
    return fire


async def _search(window: Window) -> None:
    page = window.page
    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("button", name="查询与导出").click()
    asked = page.get_by_role("searchbox", name="查询事件")
    await expect(asked).to_be_focused()
    await expect(page.locator(".find .row")).to_have_count(13)
    await window.shot("find-all")
    await asked.fill("jgz qh")
    await expect(page.locator(".find .row")).to_have_count(1)
    await expect(page.locator(".find .row")).to_contain_text("见拼音首字母")
    await window.shot("find-initials")


async def _others(window: Window) -> None:
    page = window.page
    await page.get_by_role("button", name="接报记录").click()
    await page.get_by_role("searchbox").fill("有个坑")
    await expect(page.locator(".find .row")).to_have_count(4)
    await expect(page.locator(".find .row").first).to_contain_text("已关联事件")
    async with page.expect_download() as taking:
        await page.get_by_role("button", name="导出 CSV").click()
    register = await taking.value
    assert register.suggested_filename.startswith("接报登记清单")
    text = await asyncio.to_thread(Path(await register.path()).read_text, "utf-8-sig")
    assert (text.count("已关联事件"), text.count("有个坑"), text.count(CALLER["phone"])) == (4, 0, 0)
    await window.shot("find-calls")
    await page.get_by_role("button", name="事件", exact=True).click()
    await page.get_by_label("时间").select_option("近 7 天")
    await page.get_by_role("button", name="接报记录").click()
    await expect(page.get_by_role("status").filter(has_text="只列出近 7 天的")).to_be_visible()
    await page.get_by_role("button", name="不限时间").click()
    await expect(page.get_by_role("button", name="不限时间")).to_have_count(0)
    await page.get_by_role("button", name="信息报送", exact=True).click()
    await page.get_by_role("searchbox").fill("lmtx")
    await expect(page.locator(".find .row")).to_have_count(1)
    await window.shot("find-reports")
    await page.locator(".find .row").click()
    await expect(page.locator(".acts summary")).to_be_visible()
    await window.shot("find-density")
    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("button", name="查询与导出").click()
    await page.get_by_role("searchbox").fill("jgz qh")


async def _keep(page: Page) -> None:
    await page.get_by_role("button", name="保存这个查询").click()
    dialog = page.get_by_role("dialog", name="保存这个查询")
    await dialog.get_by_label("名称").fill("旧宫起火")
    await dialog.get_by_role("button", name="保存", exact=True).click()
    await expect(page.get_by_role("button", name="旧宫起火", exact=True)).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("searchbox").fill("塌陷")
    await expect(page.locator(".find .row")).to_have_count(12)
    async with page.expect_download() as taking:
        await page.get_by_role("button", name="导出 CSV").click()
    path = await (await taking.value).path()
    text = await asyncio.to_thread(Path(path).read_text, "utf-8-sig")
    assert text.count("'=路面塌陷") == 12
    await page.get_by_role("button", name="旧宫起火", exact=True).click()
    await expect(page.locator(".find .row")).to_have_count(1)


async def _archive(window: Window, fire: dict[str, Any]) -> None:
    page = window.page
    await page.locator(".find .row").first.click()
    await expect(page.get_by_text(fire["number"]).first).to_be_visible()
    await page.locator(".acts summary").click()
    await page.get_by_role("button", name="导出档案包").click()
    await window.shot("find-archive")
    async with page.expect_download() as taking:
        await page.get_by_role("dialog").get_by_role("button", name="导出", exact=True).click()
    download = await taking.value
    assert download.suggested_filename.startswith(f"档案-{fire['number']}")
    files = await asyncio.to_thread(_unpacked, Path(await download.path()))
    manifest = json.loads(files["manifest.json"])
    for one in manifest["files"]:
        assert hashlib.sha256(files[one["name"]]).hexdigest() == one["sha256"], one["name"]
    picture = files["attachments/地图截图.png"]
    assert len(picture) > _BLANK_PNG_BYTES, "the map is on it"
    (Path(__file__).parents[1] / "artifacts" / "find-map.png").write_bytes(picture)
    assert CALLER["phone"].encode() not in b"".join(files.values())
    if await page.get_by_role("dialog").count():  # what could not be added is named there
        await page.get_by_role("dialog").get_by_role("button", name="知道了").click()


def _unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def _personal_data(window: Window, fire: dict[str, Any]) -> None:
    page = window.page
    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("button", name="管理", exact=True).click()
    await page.get_by_role("button", name="个人信息", exact=True).click()
    row = page.get_by_role("row").filter(has_text=fire["number"])
    await expect(row).to_contain_text(re.compile("剩 (29|30) 天"))
    await row.get_by_role("button", name="延期").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="延期")).to_be_disabled()
    for label, text in (
        ("理由", "家属安置未完"),
        ("合法性评估", "善后所需"),
        ("必要性评估", "仍需联系"),
        ("安全性评估", "仅带班领导可见"),
    ):
        await dialog.get_by_label(label).fill(text)
    await window.shot("find-extend")
    await dialog.get_by_role("button", name="延期").click()
    await expect(row).to_contain_text("家属安置未完")
    await window.shot("find-personal-data")
    await row.get_by_role("button", name="立即销毁").click()
    await page.get_by_role("dialog").get_by_role("button", name="立即销毁").click()
    await expect(page.get_by_text("没有待销毁的个人信息")).to_be_visible()
    await page.get_by_role("button", name="已销毁", exact=True).click()
    await expect(page.get_by_role("row").filter(has_text=fire["number"])).to_contain_text("1 条")


async def test_an_incident_is_found_kept_taken_out_and_its_caller_destroyed(site: Site, browser: Browser) -> None:
    fire = await _given(site)
    desk = await open_window(browser, site, "daiban", DESK)
    await _search(desk)
    await _others(desk)
    await _keep(desk.page)
    await _archive(desk, fire)
    phone = await open_window(browser, site, "daiban", PHONE)
    await phone.page.get_by_role("button", name="菜单").click()
    await phone.page.get_by_role("button", name="查询与导出").click()
    await expect(phone.page.get_by_role("button", name="旧宫起火", exact=True)).to_be_visible()
    await expect(phone.page.locator(".find .row")).to_have_count(13)
    phone.name = "phone"
    await phone.shot("find-all")
    await phone.page.get_by_role("button", name="菜单").click()
    await phone.page.get_by_role("button", name="管理", exact=True).click()
    await phone.page.get_by_role("button", name="个人信息", exact=True).click()
    await expect(phone.page.get_by_text(fire["number"])).to_be_visible()
    await phone.shot("find-personal-data")
    await _personal_data(desk, fire)
    assert desk.faults == phone.faults == []
