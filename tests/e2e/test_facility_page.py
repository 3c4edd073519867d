"""The register on screen: told beside an incident without being asked for, on the map, kept and found by a person."""

import re
from contextlib import aclosing

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.test_walking_platform import DESK, PHONE, Window, open_window, site
from tests.harness.site import Site

__all__ = ["site"]
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(300)

FALL = {
    "title": "示例工地坍塌",
    "type_code": "12C01",
    "source": "hotline_12350",
    "location": {"lon": 116.3304, "lat": 39.7455, "text": "清源街道示例工地"},
}


async def reported(site: Site) -> None:
    client = await site.client()
    async with aclosing(client):
        (await client.post("/api/incidents", json=FALL)).raise_for_status()


async def opened(page: Page) -> None:
    await page.get_by_role("button", name=re.compile("示例工地坍塌")).first.click()


async def marks(window: Window) -> list[str]:
    """The words of everything that is really drawn."""
    return [one["words"] for one in await window.page.evaluate("() => window.__yzt.marks()")]


async def told_beside_the_incident(window: Window) -> None:
    around = window.page.get_by_role("region", name="周边")
    await expect(around).to_contain_text("31M00 在建工程现场 示例清源工地")
    await expect(around).to_contain_text("13800002014")
    await expect(around).to_contain_text("重大隐患未销号 1")
    await expect(around).to_contain_text("示例黄村消防救援站")
    await expect(around).to_contain_text("路宽 14 米")
    await around.get_by_text("示例清源脚手架租赁场").click()
    await expect(around.get_by_text("氧气 40 瓶、乙炔 30 瓶").last).to_be_visible()
    await expect(around.get_by_role("link", name="13800002016")).to_be_visible()
    await around.scroll_into_view_if_needed()
    await window.shot("facility-1-around")
    await around.get_by_role("button", name="在图上定位").first.click()
    await window.page.wait_for_function(
        "() => window.__yzt.marks().some((one) => one.words === '示例清源脚手架租赁场')"
    )
    await window.shot("facility-2-map")


async def switched_off(window: Window) -> None:
    await window.page.get_by_role("button", name=re.compile("^图层")).click()
    await window.page.get_by_label("危险源和重大隐患").uncheck()
    await window.page.wait_for_function(
        "() => !window.__yzt.marks().some((one) => one.words === '示例清源脚手架租赁场')"
    )
    assert "示例清源工地" in await marks(window)
    await window.shot("facility-3-layers")
    await window.page.get_by_label("危险源和重大隐患").check()
    await window.page.keyboard.press("Escape")


async def kept_and_found(window: Window) -> None:
    page = window.page
    await page.get_by_label(re.compile("菜单$")).click()
    await page.get_by_role("button", name="管理", exact=True).click()
    await page.get_by_role("button", name="设施台账", exact=True).click()
    await expect(page.get_by_role("row")).to_have_count(42)
    await page.get_by_label("筛选台账").fill("slljqz")
    await expect(page.get_by_role("row")).to_have_count(2)
    await page.get_by_label("筛选台账").fill("")
    await page.get_by_role("button", name="登记设施").click()
    dialog = page.get_by_role("dialog", name="登记设施")
    await dialog.locator("#facility-name").fill("示例新加油站")
    await dialog.locator("#facility-kind").fill("加油站")
    await page.get_by_role("option", name=re.compile("加油站")).first.click()
    await dialog.locator("#facility-point").fill("116.3290, 39.7440")
    await window.shot("facility-5-form")
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog).to_have_count(0)  # what lies under a dialog takes no letters
    await page.get_by_label("筛选台账").fill("slxjyz")
    await expect(page.get_by_role("row", name=re.compile("示例新加油站"))).to_contain_text("清源街道")
    await page.get_by_role("row", name=re.compile("示例新加油站")).get_by_role("button", name="停用").click()
    await page.get_by_label("停用原因").fill("测试用")
    await page.get_by_role("dialog").get_by_role("button", name="停用").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_text("没有符合的条目")).to_be_visible()
    await page.get_by_label("筛选台账").fill("")
    await expect(page.get_by_role("row")).to_have_count(42)
    await window.shot("facility-6-register")


async def test_the_register_beside_an_incident_on_the_map_and_in_its_own_page(site: Site, browser: Browser) -> None:
    await reported(site)
    desk = await open_window(browser, site, "daiban", DESK)
    await desk.until("incidents", 1)
    await opened(desk.page)
    await told_beside_the_incident(desk)
    await switched_off(desk)
    phone = await open_window(browser, site, "duizhang", PHONE)
    await phone.page.get_by_role("button", name=re.compile("^事件")).first.click()
    await opened(phone.page)
    around = phone.page.get_by_role("region", name="周边")
    await around.get_by_text("示例清源脚手架租赁场").click()
    await expect(around.get_by_text("本岗位不显示").first).to_be_visible()
    await around.scroll_into_view_if_needed()
    await phone.shot("facility-4-phone")
    await kept_and_found(desk)
    assert not [*desk.faults, *phone.faults]
