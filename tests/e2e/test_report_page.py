"""An incident from intake to a signed, sent and receipted first report, and a follow-up whose figures stand out."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from services.client import SiteClient
from tests.e2e.test_walking_platform import DESK, PASSWORD, PHONE, Window, open_window, site, take_report
from tests.harness.site import Site

__all__ = ["site"]
pytestmark = pytest.mark.timeout(300)
PATIENCE = 30_000


async def open_detail(page: Page) -> Locator:
    """The incident's part about reporting."""
    await page.keyboard.press("Escape")
    await page.get_by_role("navigation", name="左栏").get_by_role("button", name="事件").click()
    await page.get_by_role("region", name="事件列表").locator("button.row").first.click()
    section = page.get_by_role("region", name="信息报送")
    await expect(section).to_be_visible()
    return section


async def draft_the_first(officer: Window) -> Locator:
    section = await open_detail(officer.page)
    await expect(section.get_by_role("timer").first).to_contain_text("剩余")
    await expect(section).to_contain_text("未核实")
    await officer.shot("report-1-clocks")
    await section.get_by_role("button", name="起草初报").click()
    editor = officer.page.get_by_role("region", name="报告", exact=True)
    await expect(editor.get_by_role("status").filter(has_text="还缺")).to_contain_text("照样可以报出")
    await expect(editor.get_by_label("地点")).to_have_value(re.compile("示例村"))
    await editor.get_by_label("死亡").fill("１")
    await editor.get_by_label("受伤").fill("3")
    await editor.get_by_label("处置情况").fill("消防到场扑救,已疏散周边群众。")
    await officer.shot("report-2-editor")
    await editor.get_by_role("button", name="送审").click()
    await expect(editor.locator(".title h2")).to_contain_text("审核")
    await expect(editor.get_by_label("死亡")).to_have_value("1")
    await expect(editor).to_contain_text("等带班领导签发")
    return editor


async def sign(leader: Window) -> None:
    page = leader.page
    await page.keyboard.press("F9")
    await page.get_by_label("状态", exact=True).select_option("review")
    await expect(page.get_by_role("row")).to_have_count(2)
    await leader.shot("report-3-list")
    await page.get_by_role("row").nth(1).locator("button").click()
    editor = page.get_by_role("region", name="报告", exact=True)
    await editor.get_by_role("button", name="签发").click()
    await page.get_by_role("dialog").get_by_role("button", name="签发").click()
    await expect(editor.locator(".title h2")).to_contain_text("签发")
    await expect(editor.get_by_label("死亡")).to_be_disabled()
    async with page.expect_download() as paper:
        await editor.get_by_role("link", name="下载 Word").click()
    assert (await paper.value).suggested_filename.endswith(".docx")


async def send_and_receipt(officer: Window) -> None:
    section = await open_detail(officer.page)
    group = section.get_by_role("group", name="初报")
    dialog = officer.page.get_by_role("dialog")
    await group.get_by_role("button", name="发出").click()
    await dialog.get_by_label("主送").fill("市应急管理局")
    await officer.shot("report-4-sending")
    await dialog.get_by_role("button", name="发出").click()
    await group.get_by_role("button", name="已签收").click()
    await dialog.get_by_label(re.compile("签收人")).fill("市应急管理局值班室 钱七")
    await dialog.get_by_role("button", name="已签收").click()
    await expect(section.get_by_role("listitem").filter(has_text="已签收")).to_contain_text("初报")
    await expect(section).not_to_contain_text("超时")


async def follow_up(officer: Window, client: SiteClient, incident: dict[str, Any]) -> Locator:
    change = {"casualties": {"dead": 4, "injured": 3}, "version": incident["version"]}
    await client.patch(f"/api/incidents/{incident['id']}", change)
    section = officer.page.get_by_role("region", name="信息报送")
    editor = officer.page.get_by_role("region", name="报告", exact=True)
    await section.get_by_role("button", name="起草续报").click()
    await expect(editor.locator(".title h2")).to_contain_text("续报 1")
    figures = editor.get_by_role("listitem").filter(has_text="死亡")
    await expect(figures).to_contain_text("1 → 4")
    await expect(figures).to_have_class(re.compile("numeric"))
    await expect(editor).to_contain_text("上次报:1")
    await expect(editor.get_by_label("地点")).to_have_value("")
    return editor


async def meet_another(officer: Window, leader: SiteClient, editor: Locator) -> None:
    """Somebody else saves first: what he wrote is shown, what was typed here stays."""
    [report] = (await leader.get("/api/reports", kind="follow_up"))["items"]
    theirs = {"fields": {"trend": "火势受控", "impact": "过火 80 平方米"}, "version": report["version"]}
    await editor.get_by_label("发展趋势").fill("仍有复燃可能")
    await leader.patch(f"/api/reports/{report['id']}", theirs)
    await editor.get_by_role("button", name="保存 1 处").click()
    await expect(editor.get_by_role("alert")).to_contain_text("对方改为“火势受控”,您填的是“仍有复燃可能”,已保留")
    await expect(editor.get_by_label("发展趋势")).to_have_value("仍有复燃可能")
    await expect(editor.get_by_label("影响范围")).to_have_value("过火 80 平方米")
    await officer.shot("report-5-follow-up")
    await editor.get_by_role("button", name="保存 1 处").click()
    await expect(editor.get_by_role("alert")).to_have_count(0)
    assert (await leader.get(f"/api/reports/{report['id']}"))["fields"]["trend"] == "仍有复燃可能"


async def test_a_fire_is_reported_signed_sent_and_followed_up(site: Site, browser: Browser) -> None:
    expect.set_options(timeout=PATIENCE)
    officer = await open_window(browser, site, "zhiban", DESK)
    leader = await open_window(browser, site, "daiban", DESK)
    await take_report(officer.page)
    await draft_the_first(officer)
    await sign(leader)
    await send_and_receipt(officer)
    async with SiteClient(site.url) as client:
        await client.login("daiban", PASSWORD)
        [incident] = (await client.get("/api/incidents"))["items"]
        editor = await follow_up(officer, client, incident)
        await meet_another(officer, client, editor)
    await officer.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await officer.shot("report-6-phone")
    assert (officer.faults, leader.faults) == ([], [])
