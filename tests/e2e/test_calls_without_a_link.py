"""Calls decided about while no server answers: linked and passed on from this machine, once, when it is back."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from services.client import SiteClient
from tests.e2e.test_walking_platform import DESK, PASSWORD, Window, open_window, site
from tests.harness.site import Site

__all__ = ["site"]
expect.set_options(timeout=60_000)
UNREAD = "这里的内容没有取到"
pytestmark = pytest.mark.timeout(300)


async def prepared(site: Site) -> dict[str, Any]:
    """An incident that is known, and a call that waits for a decision."""
    async with SiteClient(site.url) as client:
        await client.login("daiban", PASSWORD)
        place = {"lon": 116.44, "lat": 39.80, "text": "旧宫镇幸福路3号院"}
        made: dict[str, Any] = await client.post("/api/incidents", {"title": "自建房起火", "location": place})
        await client.post("/api/calls", {"said": "路边摊占道", "source": "public"})
        return made


async def calls_now(site: Site) -> dict[str, dict[str, Any]]:
    async with SiteClient(site.url) as client:
        await client.login("daiban", PASSWORD)
        return {one["said"]: one for one in (await client.get("/api/calls"))["items"]}


async def passed_on(page: Page) -> None:
    dialog = page.get_by_role("dialog", name="移送")
    await dialog.get_by_label("移送给").fill("12345 热线")
    await dialog.get_by_label("原因").fill("占道经营")
    await dialog.get_by_role("button", name="登记移送").click()
    await expect(dialog).to_have_count(0)


async def told_offline(page: Page, words: str, way: str) -> None:
    await page.keyboard.press("F2")
    again = page.get_by_role("button", name="再接一起")
    if await again.is_visible():
        await again.click()
    await page.locator("#intake-description").fill(words)
    await page.get_by_text("不立事件…").click()
    await page.get_by_role("button", name=way).click()


async def decide_without_a_server(desk: Window) -> None:
    page = desk.page
    card = page.get_by_role("article").filter(has_text="路边摊占道")
    await card.get_by_role("button", name="移送…").click()
    await passed_on(page)
    await expect(card.get_by_role("button", name="○ 待发送")).to_be_visible()
    await told_offline(page, "三楼有烟味", "关联到已有事件…")
    link = page.get_by_role("dialog", name="关联到已有事件")
    await link.get_by_label("关联到").fill("zjf")
    await link.get_by_role("option", name=re.compile("自建房起火")).click()
    await link.get_by_role("button", name="关联", exact=True).click()
    await expect(page.get_by_role("status").filter(has_text="已存入待发")).to_be_visible()
    await desk.shot("calls-1-linked-offline")
    await told_offline(page, "井盖丢了", "移送…")
    await passed_on(page)
    await expect(page.get_by_role("heading", name="移送 12345 热线")).to_be_visible()
    await page.locator("button.outbox").click()
    drawer = page.get_by_role("dialog", name="待发", exact=True)
    await expect(drawer.get_by_role("article")).to_have_count(4)
    await expect(drawer.get_by_text("等来电先登记")).to_be_visible()
    await desk.shot("calls-2-outbox")
    await drawer.get_by_role("button", name="关闭").click()


async def list_calls_again(page: Page) -> None:
    """The list cannot be fetched, and what the picture knows of waiting calls stands there all the same."""
    tabs = page.get_by_role("navigation", name="左栏")
    await tabs.get_by_role("button", name=re.compile("力量")).click()
    await tabs.get_by_role("button", name=re.compile("来电")).click()
    calls = page.get_by_role("region", name="来电")
    await expect(calls).to_contain_text(UNREAD)
    await expect(calls.get_by_role("article").get_by_role("button", name="○ 待发送")).to_be_visible()


async def test_a_call_is_linked_and_passed_on_without_a_server_and_sent_once(site: Site, browser: Browser) -> None:
    incident = await prepared(site)
    desk = await open_window(browser, site, "zhiban", DESK)
    await desk.until("incidents", 1)
    # The letters of pinyin find it in the list beside the map.
    await desk.page.keyboard.press("/")
    await desk.page.keyboard.type("jgz")
    await expect(desk.page.get_by_role("region", name="事件列表").get_by_text("自建房起火")).to_be_visible()
    await desk.page.get_by_label("搜索事件").fill("xqxq")
    await expect(desk.page.get_by_text("没有符合条件的事件")).to_be_visible()
    await desk.page.get_by_label("搜索事件").fill("")
    await desk.page.get_by_role("navigation", name="左栏").get_by_role("button", name=re.compile("来电")).click()
    await expect(desk.page.get_by_text("路边摊占道")).to_be_visible()
    site.kill()
    await desk.page.wait_for_function("() => window.__yzt.stat().linkState === 'down'")
    await decide_without_a_server(desk)
    await list_calls_again(desk.page)
    await site.start()
    await expect(desk.page.locator("button.outbox")).to_have_count(0)
    await expect(desk.page.get_by_text(UNREAD)).to_have_count(0)
    calls = await calls_now(site)
    assert {said: one["outcome"] for said, one in calls.items() if said} == {
        "自建房起火": "new", "路边摊占道": "transferred", "三楼有烟味": "linked", "井盖丢了": "transferred",
    }  # fmt: skip
    assert calls["三楼有烟味"]["incident_id"] == incident["id"]
    assert calls["井盖丢了"]["transfer"]["to"] == "12345 热线"
    assert desk.faults == []
