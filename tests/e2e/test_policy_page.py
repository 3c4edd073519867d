"""Whom a report calls is changed on a page: checked, confirmed, told to whoever was slower, and put back."""

from contextlib import aclosing
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.test_walking_platform import DESK, open_window, site
from tests.harness.site import Site

__all__ = ["site"]
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(240)


async def policy(site: Site) -> dict[str, Any]:
    client = await site.client()
    async with aclosing(client):
        answer: dict[str, Any] = (await client.get("/api/notification-policy")).json()
        return answer


async def opened(page: Page) -> Locator:
    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("button", name="管理", exact=True).click()
    await page.get_by_role("button", name="叫应规则").click()
    rules = page.get_by_role("region", name="叫应规则")
    await expect(rules.get_by_text("第 1 步")).to_be_visible()
    return rules


async def confirm(page: Page, rules: Locator) -> None:
    await rules.get_by_role("button", name="保存…").click()
    await page.get_by_role("dialog", name="更换叫应规则").get_by_role("button", name="更换").click()


async def test_the_rule_of_calling_is_changed_put_back_and_met_by_another_change(site: Site, browser: Browser) -> None:
    before = await policy(site)
    desk = await open_window(browser, site, "daiban", DESK)
    page = desk.page
    rules = await opened(page)
    save = rules.get_by_role("button", name="保存…")
    minutes = rules.get_by_label("第 2 步,报告后几分钟")
    await minutes.fill("0")
    await expect(rules.get_by_text("要晚于前一步")).to_be_visible()
    await expect(save).to_be_disabled()
    await minutes.fill("1.5")
    await confirm(page, rules)
    await expect(rules.get_by_text("已生效")).to_be_visible()
    after = await policy(site)
    assert (after["steps"][1]["after_seconds"], after["version"]) == (90, before["version"] + 1)
    assert after["updated_by"]
    await rules.get_by_role("button", name="恢复上一版").click()
    await expect(rules.get_by_text(f"第 {before['version'] + 2} 版")).to_be_visible()
    assert (await policy(site))["steps"] == before["steps"]

    # Whoever is slower sees the other rule, and what was typed stays.
    await rules.get_by_label("第 2 步,报告后几分钟").fill("2")
    present = await policy(site)
    steps = present["steps"][:1]
    client = await site.client()
    async with aclosing(client):
        other = {"steps": steps, "basis": present["basis"], "verified": False, "version": present["version"]}
        (await client.put("/api/notification-policy", json=other)).raise_for_status()
    await confirm(page, rules)
    await expect(rules.get_by_role("alert")).to_contain_text("别人已改为:立即叫")
    await expect(rules.get_by_label("第 2 步,报告后几分钟")).to_have_value("2")
    await confirm(page, rules)
    await expect(rules.get_by_text("已生效")).to_be_visible()
    assert (await policy(site))["steps"][1]["after_seconds"] == 120
    assert desk.faults == []


async def test_a_service_that_does_not_answer_leaves_no_zero_on_screen(site: Site, browser: Browser) -> None:
    desk = await open_window(browser, site, "daiban", DESK)
    page = desk.page
    calls = page.locator("button.calls")
    await expect(calls).to_contain_text("未应答 0")
    # What the gateway of a split installation answers while the process of that service is away.
    await page.route("**/api/notifications?*", lambda route: route.fulfill(status=502, body=""))
    await page.reload()
    await expect(calls).to_contain_text("未应答 不详")
    await expect(page.get_by_role("alert").filter(has_text="有服务没有回应")).to_contain_text("请用电话通知值班人员")
    await page.get_by_role("navigation", name="左栏").get_by_role("button", name="叫应").click()
    await expect(page.get_by_text("现在不知道有没有未应答的呼叫")).to_be_visible()
    await page.unroute("**/api/notifications?*")
    await expect(calls).to_contain_text("未应答 0")
