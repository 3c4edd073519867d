"""Figures and grades on screen: what is possible, two sources side by side, the step of command, the rules as data."""

import re
from contextlib import aclosing
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.test_walking_platform import DESK, PHONE, Window, open_window, site
from tests.harness.site import Site

__all__ = ["site"]
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(300)

FIRE = {
    "title": "三层自建房起火",
    "type_code": "12G03",
    "source": "fire_119",
    "sensitive": True,
    "location": {"lon": 116.4612, "lat": 39.8093, "text": "旧宫地区示例村中街 12 号"},
    "casualties": {"dead": 4, "missing": 9, "injured": 5},
}


async def reported(site: Site) -> dict[str, Any]:
    client = await site.client()
    async with aclosing(client):
        answer = await client.post("/api/incidents", json=FIRE)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made


async def now_is(site: Site, incident: dict[str, Any]) -> dict[str, Any]:
    client = await site.client()
    async with aclosing(client):
        found: dict[str, Any] = (await client.get(f"/api/incidents/{incident['id']}")).json()
        return found


async def shown(page: Page) -> Locator:
    await page.get_by_role("button", name=re.compile("三层自建房起火")).first.click()
    detail = page.get_by_role("region", name="事件详情")
    await expect(detail.get_by_label("等级 较大(可能重大)").first).to_be_visible()
    return detail


async def beside(page: Page, detail: Locator) -> None:
    """Another source says otherwise, and a person chooses."""
    await detail.get_by_role("button", name="另一来源").click()
    dialog = page.get_by_role("dialog", name="另一来源的数字")
    await dialog.get_by_label("死亡", exact=True).fill("6")
    await dialog.get_by_label("来源", exact=False).first.select_option("medical_120")
    await dialog.get_by_role("button", name="并列显示").click()
    dispute = detail.get_by_role("alert").filter(has_text="来源数字不一致")
    await expect(dispute).to_contain_text("120 联动")


async def test_figures_grades_and_command_on_screen(site: Site, browser: Browser) -> None:
    incident = await reported(site)
    desk = await open_window(browser, site, "daiban", DESK)
    await desk.until("incidents", 1)
    detail = await shown(desk.page)
    await expect(detail.get_by_text("上报口径(死亡和失联)")).to_contain_text("13")
    await expect(detail.get_by_text("未核实").first).to_be_visible()
    await beside(desk.page, detail)
    await desk.shot("grading-1-beside")
    await detail.get_by_role("alert").get_by_role("button", name="采用").last.click()
    await expect(detail.get_by_role("alert").filter(has_text="不一致")).to_have_count(0)
    assert (await now_is(site, incident))["casualties"]["dead"] == 6

    # Twelve dead: the step of command comes up by itself.
    await detail.get_by_role("button", name="更新伤亡").click()
    dialog = desk.page.get_by_role("dialog", name="更新伤亡")
    await dialog.get_by_label("死亡", exact=True).fill("12")
    await desk.shot("grading-2-figures")
    await dialog.get_by_role("button", name="更新", exact=True).click()
    command = desk.page.get_by_role("dialog", name="指挥权移交市应急委")
    await desk.shot("grading-3-command")
    await command.get_by_role("button", name="登记移交").click()
    await expect(detail.get_by_text("指挥权已移交 市应急委值班室")).to_be_visible()
    after = await now_is(site, incident)
    assert (after["grade"], after["command_transfer"]["to_whom"]) == ("II", "市应急委值班室")
    await desk.shot("grading-4-done")
    assert desk.faults == []
    await on_the_phone(site, browser)
    await rules_are_changed(desk)


async def on_the_phone(site: Site, browser: Browser) -> None:
    phone = await open_window(browser, site, "zhiban", PHONE)
    await phone.until("incidents", 1)
    await phone.page.get_by_role("button", name=re.compile("三层自建房起火")).first.click()
    await expect(phone.page.get_by_text("指挥权已移交 市应急委值班室")).to_be_visible()
    await phone.shot("grading-5-phone")
    await phone.page.get_by_role("button", name="更新伤亡").click()
    await expect(phone.page.get_by_role("dialog", name="更新伤亡")).to_be_visible()
    await phone.shot("grading-6-phone-figures")
    assert phone.faults == []


async def rows_come_and_go(page: Page, rules: Locator) -> None:
    """Windows and types without thresholds are added and taken away; the window for all other types stays."""
    windows, exempt = rules.get_by_role("region", name="补报窗口"), rules.get_by_role("region", name="不按阈值定级")
    save = rules.get_by_role("button", name="保存…")
    before = await exempt.get_by_role("article").count()
    await windows.get_by_role("button", name="加一个窗口").click()
    await expect(save).to_be_disabled()
    row = windows.get_by_role("article").last
    await row.get_by_label(re.compile("个窗口的类型")).fill("12J")
    await row.get_by_label("12J 天数").fill("15")
    await row.get_by_label("依据").fill("本局规定")
    await row.get_by_label("出处").fill("本局规定第 3 条")
    await exempt.get_by_role("button", name="删除不按阈值定级").last.click()
    await save.click()
    await page.get_by_role("dialog", name="更换分级规则").get_by_role("button", name="更换").click()
    await expect(rules.get_by_text("第 2 版")).to_be_visible()
    await expect(exempt.get_by_role("article")).to_have_count(before - 1)
    await expect(windows.get_by_label("12J 天数")).to_have_value("15")
    await windows.get_by_role("button", name="删除窗口 12J").click()
    kept, all_of_them = windows.get_by_role("button", name="删除窗口"), windows.get_by_role("article")
    await expect(kept).to_have_count(await all_of_them.count() - 1)


async def rules_are_changed(desk: Window) -> None:
    page = desk.page
    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("button", name="管理", exact=True).click()
    await page.get_by_role("button", name="分级规则").click()
    rules = page.get_by_role("region", name="分级规则")
    cell = rules.get_by_label("火灾 死亡（上报含失联） 较大", exact=True)
    await cell.fill("11")
    await expect(rules.get_by_text("级别越重数字应越大")).to_be_visible()
    await expect(rules.get_by_role("button", name="保存…")).to_be_disabled()
    await cell.fill("2")
    await rules.get_by_role("button", name="保存…").click()
    await page.get_by_role("dialog", name="更换分级规则").get_by_role("button", name="更换").click()
    await expect(rules.get_by_text("已生效")).to_be_visible()
    await expect(rules.get_by_text("第 1 版")).to_be_visible()
    await desk.shot("grading-7-rules")
    await rows_come_and_go(page, rules)
    assert desk.faults == []
