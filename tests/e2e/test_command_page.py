"""Command on screen: the post and its flag, an order, everybody out, a team that counts itself without a link."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from services.client import SiteClient
from tests.e2e.test_walking_platform import DESK, PHONE, TEAM, Window, open_window, site
from tests.harness.hosting import ADMIN_PASSWORD
from tests.harness.site import Site

__all__ = ["site"]
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(300)

LEAK: dict[str, Any] = {
    "title": "加氢站储氢瓶组泄漏",
    "type_code": "12D02",
    "location": {"lon": 116.272, "lat": 39.686, "text": "氢能示范区示例路加氢站"},
}
OTHER = "区危化品应急救援队"
LATER = "区燃气抢修队"


async def at_work(client: SiteClient) -> None:
    """An incident with two teams at work."""
    incident = await client.post("/api/incidents", LEAK)
    for name in (TEAM, OTHER):
        unit = (await client.get("/api/units", q=name))["items"][0]
        order = await client.post("/api/assignments", {"incident_id": incident["id"], "unit_id": unit["id"]})
        for status in ("accepted", "en_route", "on_scene", "working"):
            await client.post(f"/api/assignments/{order['id']}/status", {"status": status})


async def set_up_post(desk: Window, command: Locator) -> None:
    await command.get_by_role("button", name="设立指挥部").click()
    dialog = desk.page.get_by_role("dialog", name="设立现场指挥部")
    await dialog.get_by_label("总指挥").fill("示例副区长")
    await dialog.get_by_label("设在哪里").fill("站区北门")
    await dialog.get_by_label("坐标").fill("116.285,39.690")
    await dialog.get_by_role("button", name="设立", exact=True).click()
    post = command.get_by_role("article", name="现场指挥部")
    await post.get_by_label("签到人姓名").fill("示例组长")
    await post.get_by_label("签到人单位").fill("示例消防支队")
    await post.get_by_label("签到人单位").press("Enter")
    await expect(post.get_by_text("签到 1 人在场")).to_be_visible()


async def issue_order(desk: Window, command: Locator) -> None:
    await command.get_by_role("button", name="下指令单").click()
    dialog = desk.page.get_by_role("dialog", name="下指令单")
    await dialog.get_by_label("内容").fill("架设水幕,稀释泄漏气体")
    await dialog.get_by_text(TEAM).click()
    await dialog.get_by_label("还有谁").fill("示例燃气公司")
    await dialog.get_by_role("button", name="下达给 2 家").click()
    await expect(command.get_by_text("-令01").first).to_be_visible()


async def order_everybody_out(desk: Window, command: Locator) -> None:
    await command.get_by_role("button", name="全员撤离").click()
    dialog = desk.page.get_by_role("dialog", name="全员撤离")
    await dialog.get_by_label("撤离原因").fill("有爆燃风险")
    await dialog.get_by_label("到哪里集结").fill("站区北门外 300 米上风向")
    await expect(dialog.get_by_text("未核实")).to_be_visible()
    await desk.shot("command-2-everybody-out")
    await dialog.get_by_role("button", name="下令撤离 2 支队伍").click()
    await expect(command.get_by_role("article", name=re.compile("撤离 "))).to_contain_text("撤离中")


async def count_at_the_desk(desk: Window, card: Locator) -> None:
    """The other team by radio; then the one who was missed is found, and only then is it green."""
    await card.get_by_role("button", name=f"{OTHER} 登记人数").click()
    dialog = desk.page.get_by_role("dialog", name=f"{OTHER} 登记人数")
    await dialog.get_by_label("清点人数", exact=True).fill("24")
    await desk.shot("command-5-count")
    await dialog.get_by_role("button", name="确认撤出").click()
    await expect(card).to_contain_text("仍有 1 人失联")
    await card.get_by_role("button", name=f"{TEAM} 登记人数").click()
    found = desk.page.get_by_role("dialog", name=f"{TEAM} 登记人数")
    await found.get_by_label("清点人数", exact=True).fill("12")
    await found.get_by_label("失联", exact=True).fill("0")
    await found.get_by_role("button", name="确认撤出").click()
    await expect(card).to_contain_text("全部撤出")


async def send_another(client: SiteClient, card: Locator, desk: Window) -> None:
    """Whoever is sent in now is missing until counted."""
    unit = (await client.get("/api/units", q=LATER))["items"][0]
    incident = (await client.get("/api/incidents", q=LEAK["title"]))["items"][0]
    await client.post("/api/assignments", {"incident_id": incident["id"], "unit_id": unit["id"]})
    await expect(card.get_by_role("listitem").filter(has_text=LATER)).to_contain_text("后到")
    await expect(card).to_contain_text("2/3")
    await card.scroll_into_view_if_needed()
    await desk.shot("command-6-came-later")
    await card.get_by_role("button", name=f"{LATER} 登记人数").click()
    dialog = desk.page.get_by_role("dialog", name=f"{LATER} 登记人数")
    await dialog.get_by_label("清点人数", exact=True).fill("9")
    await dialog.get_by_role("button", name="确认撤出").click()
    await expect(card).to_contain_text("全部撤出")


async def test_everybody_out_from_the_desk_to_a_phone_without_a_link(site: Site, browser: Browser) -> None:
    async with SiteClient(site.url) as client:
        await client.login("admin", ADMIN_PASSWORD)
        await at_work(client)
    desk = await open_window(browser, site, "daiban", DESK)
    team = await open_window(browser, site, "duizhang", PHONE)
    await desk.page.get_by_role("button", name=re.compile(LEAK["title"])).first.click()
    command = desk.page.get_by_role("region", name="指挥")
    await set_up_post(desk, command)
    await issue_order(desk, command)
    await command.scroll_into_view_if_needed()
    await desk.shot("command-1-post")

    orders = team.page.get_by_role("region", name="指挥部指令")
    await expect(orders).to_contain_text("架设水幕")
    await team.shot("command-1-order")
    await orders.get_by_role("button", name="收到").click()
    await expect(command.locator('li[data-state="received"]')).to_contain_text(TEAM)

    await order_everybody_out(desk, command)
    leave = team.page.get_by_role("alert", name=re.compile("紧急撤离"))
    await expect(leave).to_contain_text("站区北门外 300 米上风向")
    await team.shot("command-3-leave")
    await team.page.context.set_offline(True)
    await leave.get_by_label("撤出", exact=True).fill("11")
    await leave.get_by_label("失联", exact=True).fill("1")
    await leave.get_by_role("button", name="已撤出 11 人,失联 1 人").click()
    await expect(leave.get_by_text("已存入待发")).to_be_visible()
    await team.shot("command-4-offline")
    card = command.get_by_role("article", name=re.compile("撤离 "))
    await expect(card).to_contain_text("0/2")
    await team.page.context.set_offline(False)
    await expect(card).to_contain_text("1/2")
    await expect(card).to_contain_text("失联 1 人")

    await count_at_the_desk(desk, card)
    async with SiteClient(site.url) as client:
        await client.login("admin", ADMIN_PASSWORD)
        await send_another(client, card, desk)
    await card.scroll_into_view_if_needed()
    await desk.shot("command-6-all-out")
    await respond(desk, command)
    for window in (desk, team):
        assert window.faults == []


async def respond(desk: Window, command: Locator) -> None:
    """A response in large words, and closing the incident says that it still stands."""
    await command.get_by_role("button", name="启动响应").click()
    dialog = desk.page.get_by_role("dialog", name="启动响应")
    await dialog.get_by_text("三级响应", exact=True).click()
    await dialog.get_by_label("处置措施").fill("警戒疏散、堵漏、监测")
    await desk.shot("command-7-response")
    await dialog.get_by_role("button", name="启动三级响应").click()
    await expect(desk.page.locator(".strip-content .response")).to_contain_text("三级响应")
    await desk.page.get_by_text("更多", exact=True).click()
    await desk.page.get_by_role("button", name="关闭事件").click()
    closing = desk.page.get_by_role("dialog", name=re.compile("^关闭 "))
    await expect(closing).to_contain_text("还没有解除")
    await expect(closing).to_contain_text("还没有结束")
    await desk.shot("command-8-closing")
    await desk.page.keyboard.press("Escape")
    await desk.page.evaluate("document.querySelector('.right-column .content').scrollTo(0, 0)")
    await desk.shot("command-9-head")
