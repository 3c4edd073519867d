"""A night on duty as the officer does it: a gap is red, the post is handed over by two hands, the roll is called."""

import asyncio
import re
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from shared.kernel.clock import civil_date
from tests.e2e.test_walking_platform import ARTIFACTS, DESK, PASSWORD, PHONE, Window, open_window, site
from tests.harness.site import Site

__all__ = ["site"]
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(240)


async def say_today_is_sensitive(site: Site) -> None:
    """On such a day two leaders are needed; the sample district has one on duty."""
    client = await site.client()
    async with aclosing(client):
        day = civil_date(datetime.now(UTC)).isoformat()
        body = {"kind": "sensitive", "name": "示例敏感期", "basis": "示例通知〔2026〕1 号"}
        (await client.put(f"/api/roster/calendar/{day}", json=body)).raise_for_status()


async def asked(site: Site, path: str) -> Any:
    client = await site.client()
    async with aclosing(client):
        return (await client.get(path)).json()


async def hand_over(officer: Window) -> None:
    """The one at the screen goes; the one who comes signs at the same desk by an own password."""
    page = officer.page
    panel = page.get_by_role("region", name="值班", exact=True)
    await panel.get_by_role("button", name="交接班").click()
    await panel.get_by_role("button", name="开始交接…").click()
    dialog = page.get_by_role("dialog", name="开始交接")
    await dialog.get_by_label("交班人").select_option(label=await of(dialog.get_by_label("交班人"), "示例值班员赵"))
    await dialog.get_by_label("接班人").select_option(label=await of(dialog.get_by_label("接班人"), "示例值班员钱"))
    await dialog.get_by_role("button", name="列出要交接的事项").click()
    sheet = page.get_by_role("article", name="交接单")
    sign = sheet.get_by_role("button", name="交班人签字")
    await expect(sign).to_be_disabled()
    await officer.shot("handover-open")
    await tick_all(sheet)
    await sign.click()
    await expect(page.get_by_role("status", name="交接班提示")).to_contain_text("示例值班员钱 还没有签字")
    await expect(sheet.get_by_text("责任仍在 示例值班员赵")).to_be_visible()
    incoming = sheet.get_by_role("button", name="接班人签字…")
    await expect(incoming).to_be_disabled()
    await tick_all(sheet)
    await incoming.click()
    signing = page.get_by_role("dialog", name="接班人签字")
    await signing.get_by_text("在这里用自己的账号签").click()
    await signing.get_by_label("接班人账号").fill("zhiban2")
    await signing.get_by_label("接班人密码").fill("wrong")
    await signing.get_by_role("button", name="签字接班").click()
    await expect(signing.get_by_role("alert")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(signing).to_have_count(0)
    await incoming.click()
    await signing.get_by_text("在这里用自己的账号签").click()
    await signing.get_by_label("接班人账号").fill("zhiban2")
    await signing.get_by_label("接班人密码").fill(PASSWORD)
    await officer.shot("handover-second-signature")
    await signing.get_by_role("button", name="签字接班").click()
    await expect(sheet.get_by_text("已交接")).to_be_visible()
    await expect(page.get_by_role("status", name="交接班提示")).to_have_count(0)
    await officer.shot("handover-signed")
    await expect(page.get_by_role("button", name="开始交接…")).to_have_count(0)


async def of(select: Any, name: str) -> str:
    """The whole text of the choice that begins with this name."""
    return str(await select.locator("option", has_text=name).first.inner_text())


async def tick_all(sheet: Any) -> None:
    boxes = sheet.get_by_role("checkbox")
    await expect(boxes.first).to_be_visible()
    for index in range(await boxes.count()):
        await boxes.nth(index).check()


async def call_the_roll(page: Page) -> None:
    panel = page.get_by_role("region", name="值班", exact=True)
    await panel.get_by_role("button", name="点名", exact=True).click()
    await panel.get_by_role("button", name="开始点名…").click()
    await page.get_by_role("dialog", name="开始点名").get_by_role("button", name="呼叫 5 家").click()
    roll = page.get_by_role("article", name=re.compile("随机抽查"))
    await expect(roll.get_by_role("button", name="登记应答")).to_have_count(5)
    await roll.get_by_role("button", name="登记应答").first.click()
    answer = page.get_by_role("dialog", name=re.compile("应答$"))
    await answer.get_by_text("别人代答").click()
    await answer.get_by_label("谁代答").fill("示例副镇长")
    await answer.get_by_role("button", name="登记").click()
    await expect(roll.get_by_role("button", name="登记应答")).to_have_count(4)
    await expect(roll.get_by_text("示例副镇长")).to_be_visible()
    await expect(panel.get_by_text("点名进行中,已应答 1/5")).to_be_visible()


async def rung(site: Site, times: int) -> None:
    """The calls follow the roll by themselves: wait until they are there."""
    async with asyncio.timeout(60):
        while True:
            calls = (await asked(site, "/api/notifications"))["items"]
            if len([one for one in calls if one["kind"] == "roll_call"]) == times:
                return
            await asyncio.sleep(0.2)


async def relieve(officer: Window) -> None:
    """The officer asks; nothing changes yet."""
    page = officer.page
    panel = page.get_by_role("region", name="值班", exact=True)
    await panel.get_by_role("button", name="换岗", exact=True).click()
    await panel.get_by_role("button", name="申请换岗…").click()
    form = page.get_by_role("dialog", name="申请换岗")
    await form.get_by_label("由谁接替").fill("示例值班员孙")
    await page.get_by_role("option", name=re.compile("示例值班员孙")).click()
    await form.get_by_label("原因").fill("突发不适")
    await officer.shot("relief-form")
    await form.get_by_role("button", name="提交申请").click()
    await expect(panel.get_by_text("待对方同意")).to_be_visible()
    await expect(panel.get_by_text("批准前仍由")).to_be_visible()
    await officer.shot("relief")


async def change_staffing(leader: Window) -> None:
    """The bureau decides that one leader is enough: the red bar goes on every desk."""
    page = leader.page
    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("button", name="管理", exact=True).click()
    await page.get_by_role("button", name="值守设置").click()
    staffing = page.get_by_role("region", name="编制")
    await staffing.get_by_label("敏感时期、响应期 带班领导 人数").fill("1")
    await staffing.get_by_role("button", name="保存编制").click()
    await expect(staffing.get_by_text("已生效")).to_be_visible()
    await leader.page.screenshot(path=ARTIFACTS / "duty-settings.png")
    await page.get_by_role("region", name="属地负责人").scroll_into_view_if_needed()
    await leader.shot("duty-settings-below")


async def test_the_post_is_handed_over_by_two_hands_and_the_roll_is_called(site: Site, browser: Browser) -> None:
    await say_today_is_sensitive(site)
    officer = await open_window(browser, site, "zhiban", DESK)
    gap = officer.page.get_by_role("alert", name="缺岗")
    await expect(gap).to_contain_text("带班领导应有 2 人，实有 1 人")
    await gap.get_by_role("button", name="看值班表").click()
    await officer.shot("duty-gap")
    await hand_over(officer)
    signed = (await asked(site, "/api/roster/handovers"))["items"][0]
    assert (signed["signed_out"]["account"], signed["signed_in"]["account"]) == ("zhiban", "zhiban2")
    await call_the_roll(officer.page)
    await officer.shot("roll-call")
    rolls = await asked(site, "/api/roll-calls")
    assert (rolls["total"]["stand_in"], rolls["total"]["waiting"], rolls["total"]["rate"]) == (1, 4, 1.0)
    await rung(site, 5)

    await relieve(officer)
    leader = await open_window(browser, site, "daiban", DESK)
    await change_staffing(leader)
    await expect(gap).to_have_count(0, timeout=60_000)

    phone = await open_window(browser, site, "zhiban2", PHONE)
    await phone.page.get_by_role("button", name=re.compile("^值班")).last.click()
    panel = phone.page.get_by_role("region", name="值班", exact=True)
    for tab in ("交接班", "点名", "换岗"):
        await panel.get_by_role("button", name=tab, exact=True).click()
        await expect(panel.get_by_role("region", name=tab)).to_be_visible()
        await phone.shot(f"duty-{tab}-phone")
    assert officer.faults == phone.faults == []
