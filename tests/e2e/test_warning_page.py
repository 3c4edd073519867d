"""A warning of the district on screen: issued by keyboard, raised with an area drawn on the map, lifted."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.test_walking_platform import DESK, PHONE, Window, open_window, site
from tests.harness.site import Site

__all__ = ["site"]
pytestmark = pytest.mark.timeout(240)
PATIENCE = 30_000


async def issue_by_keyboard(desk: Window) -> None:
    page = desk.page
    await page.get_by_role("navigation", name="左栏").get_by_role("button", name="预警").press("Enter")
    await page.get_by_role("button", name="发布预警").press("Enter")
    form = page.get_by_role("region", name="发布预警")
    await expect(form.locator("#warning-kind")).to_be_focused()
    await page.keyboard.type("by")
    await expect(page.get_by_role("option", name=re.compile("^暴雨"))).to_be_visible()
    await page.keyboard.press("Enter")
    await form.get_by_role("radio", name=re.compile("橙色")).press("Space")
    await expect(form.locator("#warning-authority")).to_be_visible()
    await expect(form).to_contain_text("授权依据")
    await form.get_by_role("radio", name=re.compile("黄色")).press("Space")
    await expect(form.locator("#warning-authority")).to_have_count(0)
    await form.get_by_role("checkbox", name="榆垡镇").press("Space")
    await expect(form).to_contain_text("还缺:警示事项、应采取的措施")
    await form.locator("#warning-caution").fill("预计今夜至明晨有强降雨,低洼地段可能积水。")
    await form.locator("#warning-measures").fill("各村巡查积水点,地下空间备好挡水板。")
    await desk.shot("warning-1-form")
    await page.keyboard.press("Control+Enter")
    await desk.shot("warning-2-asking")
    await page.get_by_role("dialog").get_by_role("button", name="发布预警").press("Enter")
    await expect(form.get_by_role("status")).to_contain_text("发布暴雨黄色预警")
    await desk.until("warnings", 1)


async def raise_with_a_drawn_area(desk: Window) -> None:
    page = desk.page
    await page.get_by_role("button", name="看这条预警").click()
    await page.get_by_role("navigation", name="预警操作").get_by_role("button", name="升级").click()
    form = page.get_by_role("region", name="升级预警")
    await form.get_by_role("radio", name=re.compile("红色")).press("Space")
    await form.locator("#warning-authority").fill("市防指 12 月 1 日 9 时电话授权,张三")
    await form.get_by_role("button", name="在图上画范围").click()
    canvas = page.get_by_role("application", name="态势地图")
    box = await canvas.bounding_box()
    assert box is not None
    middle = (box["width"] * 0.5, box["height"] * 0.55)
    for x, y in ((-60, -40), (60, -40), (60, 50), (-60, 50)):
        await canvas.click(position={"x": middle[0] + x, "y": middle[1] + y})
    await expect(page.get_by_text("已画 4 个角")).to_be_visible()
    await desk.shot("warning-3-drawing")
    await page.keyboard.press("Escape")
    await form.get_by_role("button", name=re.compile("^升级预警")).click()
    await page.get_by_role("dialog").get_by_role("button", name="升级预警").click()
    await expect(form.get_by_role("status")).to_contain_text("将暴雨黄色预警升级为红色预警")
    await page.get_by_role("button", name="看这条预警").click()
    card = page.get_by_role("region", name="预警", exact=True)
    await expect(card.get_by_role("region", name="预警沿革")).to_contain_text("发布暴雨黄色预警")
    await expect(card).to_contain_text("张三")
    await desk.until("warnings", 1)
    await desk.shot("warning-4-raised")


async def lift(page: Page) -> None:
    await page.get_by_role("navigation", name="预警操作").get_by_role("button", name="解除…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("原因").fill("降雨已结束")
    await dialog.get_by_role("button", name="解除预警").click()


async def test_a_warning_is_issued_by_keyboard_raised_with_a_drawn_area_and_lifted(
    site: Site, browser: Browser
) -> None:
    expect.set_options(timeout=PATIENCE)
    desk = await open_window(browser, site, "zhiban", DESK)
    phone = await open_window(browser, site, "daiban", PHONE)
    await issue_by_keyboard(desk)
    await phone.until("warnings", 1)
    await phone.page.get_by_role("navigation", name="左栏").get_by_role("button", name="预警").click()
    await phone.shot("warning-2-list")
    await raise_with_a_drawn_area(desk)
    await phone.page.get_by_role("button", name="发布预警").click()
    await expect(phone.page.locator("#warning-kind")).to_be_visible()
    await phone.shot("warning-5-form")
    await lift(desk.page)
    await desk.until("warnings", 0)
    await phone.until("warnings", 0)
    assert (desk.faults, phone.faults) == ([], [])
