"""Marks on screen: a cordon and a sector by keyboard, a route by mouse, seen on a phone, lifted in one act, undone."""

import re
from contextlib import aclosing
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.test_walking_platform import DESK, PHONE, Window, open_window, site
from tests.harness.site import Site

__all__ = ["site"]
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(240)

LEAK = {
    "title": "加氢站储氢瓶组泄漏",
    "type_code": "12D02",
    "source": "enterprise",
    "location": {"lon": 116.4612, "lat": 39.8093, "text": "示例路加氢站"},
}
DRAWN = """(wanted) => {
  const words = window.__yzt.marks().map((one) => one.words).filter((one) => /警戒|扇区|疏散|集结/.test(one));
  return new Set(words).size === wanted;
}"""
"""So many marks are really drawn."""


async def reported(site: Site) -> dict[str, Any]:
    client = await site.client()
    async with aclosing(client):
        answer = await client.post("/api/incidents", json=LEAK)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made


async def opened(page: Page) -> Locator:
    await page.get_by_role("button", name=re.compile("加氢站储氢瓶组泄漏")).first.click()
    detail = page.get_by_role("region", name="事件详情")
    await expect(detail.get_by_role("region", name="标绘与警戒")).to_be_visible()
    return detail


async def record_the_wind(detail: Locator) -> None:
    section = detail.get_by_role("region", name="标绘与警戒")
    await section.get_by_role("button", name="记风向…").press("Enter")
    await expect(section.locator("#wind-text")).to_be_focused()
    await section.locator("#wind-text").fill("西北风 3 级")
    await section.locator("#wind-text").press("Enter")
    await expect(section.get_by_text("现场测定", exact=False).first).to_be_visible()


async def plot_by_keyboard(desk: Window) -> None:
    """Nothing but keys: the centre is the scene, a radius without a basis does not go out."""
    page = desk.page
    await page.keyboard.press("F3")
    form = page.get_by_role("region", name="标绘", exact=True)
    await expect(form.get_by_role("button", name="警戒圈", exact=True)).to_be_focused()
    await expect(form.get_by_text("事发点", exact=True)).to_be_visible()
    await expect(form).to_contain_text("还缺:半径(米)、依据")
    await form.locator("#mark-radius").fill("300")
    await form.locator("#mark-basis").fill("示例加氢站应急预案 4.2")
    await page.keyboard.press("Control+Enter")
    await expect(form.get_by_role("status")).to_contain_text("已标绘:警戒圈")
    await form.get_by_role("button", name="再标一处").press("Enter")
    await form.get_by_role("button", name="下风向警戒扇区", exact=True).press("Enter")
    await expect(form.locator("#mark-wind")).to_contain_text("西北风 3 级")
    await form.locator("#mark-radius").fill("800")
    await form.locator("#mark-spread").fill("60")
    await desk.shot("marks-1-form")
    await page.keyboard.press("Control+Enter")
    await expect(form.get_by_role("status")).to_contain_text("已标绘:下风向警戒扇区")
    await form.get_by_role("button", name="再标一处").press("Enter")
    await form.get_by_role("button", name="集结点", exact=True).press("Enter")
    await form.locator("#mark-place").fill("西北 600 米")
    await form.locator("#mark-place").press("Enter")
    await form.locator("#mark-label").fill("集结点:示例停车场")
    await page.keyboard.press("Control+Enter")
    await expect(form.get_by_role("status")).to_contain_text("已标绘:集结点")


async def plot_by_mouse(desk: Window) -> None:
    page = desk.page
    form = page.get_by_role("region", name="标绘", exact=True)
    await form.get_by_role("button", name="再标一处").click()
    await form.get_by_role("button", name="疏散方向", exact=True).click()
    await form.get_by_role("button", name="在图上点").click()
    canvas = page.get_by_role("application", name="态势地图")
    box = await canvas.bounding_box()
    assert box is not None
    for x, y in ((0.5, 0.42), (0.45, 0.34), (0.38, 0.3)):
        await canvas.click(position={"x": box["width"] * x, "y": box["height"] * y})
    await expect(form.get_by_text("已点 3 个点")).to_be_visible()
    await desk.shot("marks-2-drawing")
    await page.get_by_role("button", name=re.compile("^画好了")).first.click()
    await form.get_by_role("button", name=re.compile("^标到图上")).click()
    await expect(form.get_by_role("status")).to_contain_text("已标绘:疏散方向")
    await form.get_by_role("button", name="返回").click()


async def lift_all(desk: Window, detail: Locator) -> None:
    page = desk.page
    await detail.get_by_role("button", name="解除警戒…").click()
    dialog = page.get_by_role("dialog", name="解除警戒、恢复交通")
    await expect(dialog.get_by_role("button", name="解除 3 处")).to_be_visible()
    await dialog.get_by_label("依据和原因").fill("堵漏成功,监测达标")
    await desk.shot("marks-4-lifting")
    await dialog.get_by_role("button", name="解除 3 处").click()
    await expect(detail.get_by_role("status")).to_contain_text("已解除:警戒圈 1 处、下风向警戒扇区 1 处、疏散方向 1 处")


async def test_what_is_plotted_at_the_desk_is_on_every_map_until_it_is_lifted(site: Site, browser: Browser) -> None:
    await reported(site)
    desk = await open_window(browser, site, "zhiban", DESK)
    phone = await open_window(browser, site, "daiban", PHONE)
    detail = await opened(desk.page)
    await record_the_wind(detail)
    await detail.get_by_role("button", name="定位").first.click()
    await plot_by_keyboard(desk)
    await plot_by_mouse(desk)
    await desk.page.wait_for_function(DRAWN, arg=4)
    await desk.shot("marks-3-drawn")
    on_phone = await opened(phone.page)
    await expect(on_phone.get_by_role("article", name=re.compile("警戒圈"))).to_contain_text("半径 300 米")
    await on_phone.get_by_role("region", name="标绘与警戒").scroll_into_view_if_needed()
    await phone.shot("marks-3-drawn")
    await lift_all(desk, detail)
    await desk.page.wait_for_function(DRAWN, arg=1)
    await expect(on_phone.get_by_role("article", name=re.compile("警戒圈"))).to_have_count(0)
    await detail.get_by_role("button", name="撤销解除").click()
    await desk.page.wait_for_function(DRAWN, arg=4)
    assert (desk.faults, phone.faults) == ([], [])
