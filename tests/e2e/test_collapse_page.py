"""A collapse at the desk: the unit reports by itself, it gets cold, superiors are asked for support, then 善后."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from services.client import SiteClient
from shared.kernel.clock import SHANGHAI, wire_time
from tests.e2e.test_walking_platform import DESK, PASSWORD, PHONE, Window, open_window, site
from tests.harness.site import Site

__all__ = ["site"]
pytestmark = pytest.mark.timeout(300)
PATIENCE = 30_000
FALL: dict[str, Any] = {
    "type_code": "12C01", "source": "hotline_12350", "title": "示例工地坍塌", "description": "埋 4 人",
    "location": {"lon": 116.33, "lat": 39.745, "text": "清源街道示例工地"}, "casualties": {"missing": 4},
}  # fmt: skip


async def the_unit_reports(officer: Window, at: datetime) -> None:
    page = officer.page
    section = page.get_by_role("region", name="信息报送")
    await expect(section.get_by_role("listitem").filter(has_text="单位→区")).to_contain_text("剩余")
    await section.get_by_role("button", name="登记单位报告").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("单位", exact=True)).to_be_focused()
    await page.keyboard.type("示例建筑公司")
    await dialog.get_by_label("报了什么").fill("基坑支护坍塌")
    await dialog.get_by_label("时间").fill(f"{at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}")
    await officer.shot("collapse-1-unit")
    await dialog.get_by_role("button", name="登记", exact=True).click()
    await expect(section.get_by_role("button", name="登记单位报告")).to_have_count(0)


async def it_gets_cold(officer: Window) -> None:
    page = officer.page
    section = page.get_by_role("region", name="处置清单")
    await section.get_by_text("等条件 1").click()
    await expect(section).to_contain_text("夜间且气温低于 5℃")
    await section.get_by_role("button", name="记现场气温").click()
    await page.get_by_role("dialog").get_by_label("气温(℃)").fill("－3℃")
    await officer.shot("collapse-2-cold")
    await page.get_by_role("dialog").get_by_role("button", name="记下").click()
    await expect(page.get_by_role("heading", name="时间线").locator("..")).to_contain_text("现场气温 -3℃")


async def support_is_asked(officer: Window) -> None:
    page = officer.page
    await page.get_by_role("region", name="信息报送").get_by_role("button", name="请求支援…").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("请求什么")).to_be_focused()
    await page.keyboard.type("生命探测仪")
    await dialog.get_by_label("理由").fill("四人被埋,本区没有")
    await officer.shot("collapse-3-asking")
    await dialog.get_by_role("button", name="起草请求").click()
    editor = page.get_by_role("region", name="报告", exact=True)
    await expect(editor.get_by_label("请求支援事项")).to_have_value("生命探测仪")
    await editor.get_by_role("button", name="电话已报").click()
    await dialog.get_by_label(re.compile("报给谁")).fill("市应急管理局值班室")
    await dialog.get_by_role("button", name="电话已报").click()
    await editor.get_by_role("button", name="登记答复").click()
    await dialog.get_by_label(re.compile("谁答复的")).fill("市局值班员 钱七")
    await dialog.get_by_role("button", name="登记答复").click()
    await expect(editor.get_by_label("报告状态")).to_contain_text("同意")
    await officer.shot("collapse-4-asked")


async def it_is_recovering(officer: Window) -> None:
    page = officer.page
    await open_fall(page)
    acts = page.get_by_role("navigation", name="事件操作")
    await acts.locator("summary").click()
    await acts.get_by_role("button", name="转入善后…").click()
    await page.get_by_role("dialog").get_by_label("情况").fill("搜救结束,转入善后")
    await officer.shot("collapse-5-recover")
    await page.get_by_role("dialog").get_by_role("button", name="转入善后").click()
    await expect(page.get_by_role("region", name="事件列表").locator("button.row")).to_contain_text("善后")
    await expect(page.get_by_role("group", name="按状态筛选")).to_contain_text("善后 1")
    await officer.shot("collapse-6-recovering")


async def open_fall(page: Page) -> None:
    await page.keyboard.press("Escape")
    await page.get_by_role("navigation", name="左栏").get_by_role("button", name="事件").click()
    await page.get_by_role("region", name="事件列表").locator("button.row").first.click()
    await expect(page.get_by_role("region", name="信息报送")).to_be_visible()


async def test_a_collapse_from_the_units_report_to_the_time_after(site: Site, browser: Browser) -> None:
    expect.set_options(timeout=PATIENCE)
    officer = await open_window(browser, site, "zhiban", DESK)
    async with SiteClient(site.url) as client:
        await client.login("zhiban", PASSWORD)
        await client.post("/api/incidents", FALL)
        await officer.until("incidents", 1)
        await open_fall(officer.page)
        at = datetime.now(UTC).replace(second=0, microsecond=0)
        await the_unit_reports(officer, at)
        await it_gets_cold(officer)
        await support_is_asked(officer)
        await it_is_recovering(officer)
        [fall] = (await client.get("/api/incidents", open="true"))["items"]
        assert (fall["status"], fall["unit_report"]["organisation"]) == ("recovering", "示例建筑公司")
        assert fall["unit_report"]["at"] == wire_time(at)
    await officer.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await officer.shot("collapse-7-phone")
    assert officer.faults == []
