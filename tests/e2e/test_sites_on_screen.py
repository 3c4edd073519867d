"""Two sites as their officers see them: a request and its answer, a cut that looks like one, what meets afterwards."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.harness.chromium import launch, require_chromium
from tests.harness.ports import Ports
from tests.harness.site_pages import DESK, PHONE, ShiftedClock, a_page, carry_on, made, served, shot
from tests.harness.two_sites import SERVICES, sites

PLACE = {"lon": 116.33, "lat": 39.50, "text": "榆垡镇 库房"}
UNIT = {"kind": "fire_rescue", "lon": 116.345, "lat": 39.52, "township": "榆垡镇"}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    path = require_chromium()
    async with async_playwright() as playwright:
        running = await launch(playwright, path)
        yield running
        await running.close()


async def mark(page: Page, ident: str, part: str) -> dict[str, Any]:
    """What is drawn for this thing, once it looks like that."""
    wanted = f"(window.__yzt.marks().find((one) => one.id === '{ident}' && one.symbol.includes('{part}')))"
    await page.wait_for_function(f"() => Boolean({wanted})")
    return dict(await page.evaluate(f"() => {wanted}"))


async def ask_and_accept(desk: Page, phone: Page) -> None:
    """The centre asks; the township answers on a phone."""
    await desk.get_by_text("榆垡库房火灾").first.click()
    await desk.keyboard.press("F4")
    await desk.get_by_role("checkbox").filter(has_text="榆垡消防站").click()
    await expect(desk.get_by_role("checkbox").filter(has_text="榆垡消防站")).to_contain_text("请求 榆垡")
    await desk.get_by_role("button", name="请求外站 1 支").click()
    requests = desk.get_by_label("向其他站点的请求")
    await expect(requests).to_contain_text("等待答复")
    await expect(requests).to_contain_text("剩余")
    await shot(desk, "1-asked-desk")
    await phone.get_by_role("button", name="任务").click()
    inbox = phone.get_by_label("站点间待办")
    await expect(inbox).to_contain_text("区指挥中心 请求派出 榆垡消防站")
    await shot(phone, "1-asked-phone")
    await inbox.get_by_role("button", name="同意派出").click()
    await phone.get_by_role("button", name="确认", exact=True).click()
    await expect(requests).to_contain_text("已同意")
    await shot(desk, "2-accepted-desk")


async def read_a_foreign_incident(desk: Page) -> None:
    """Another site's incident opens for reading."""
    await desk.keyboard.press("Escape")
    await desk.get_by_text("榆垡路口积水").first.click()
    detail = desk.get_by_label("事件详情")
    await expect(detail).to_contain_text("由 榆垡镇 负责")
    await expect(detail.get_by_role("button", name="编辑")).to_have_count(0)
    await shot(desk, "3-foreign-desk")


async def see_the_cut(desk: Page, theirs: tuple[str, str], own: str) -> None:
    """Nothing from before the cut looks like now."""
    incident, unit = theirs
    cut = await mark(desk, incident, "/cut")
    assert "失联 · 最后一报" in cut["words"]
    assert "失联 · 最后一报" in (await mark(desk, unit, "unit/cut"))["words"]
    assert "/open" in (await mark(desk, own, "/open"))["symbol"]
    await shot(desk, "4-cut-desk")


async def settle_what_met(desk: Page) -> None:
    """A check and a conflict wait until a person has said what is the matter."""
    await desk.get_by_role("alert").filter(has_text="失联核查").get_by_role("button", name="办理").click()
    inbox = desk.get_by_label("站点间待办")
    await expect(inbox).to_contain_text("可能是同一起事件", timeout=20_000)
    await expect(inbox).to_contain_text("失联核查:榆垡镇")
    await shot(desk, "5-met-desk")
    await inbox.get_by_role("button", name="已联系上，情况正常").click()
    await desk.get_by_role("button", name="办结").click()
    await expect(desk.get_by_role("alert").filter(has_text="失联核查")).to_have_count(0, timeout=20_000)
    await inbox.get_by_role("button", name="是同一个", exact=True).click()
    await desk.get_by_label("依据").fill("同一小区同一时间")
    await desk.get_by_role("button", name="记录结论").click()
    await expect(desk.get_by_label("站点间待办")).to_have_count(0, timeout=20_000)


async def test_a_request_a_cut_and_what_meets_afterwards(tmp_path: Path, browser: Browser) -> None:
    clock, names = ShiftedClock(), (*SERVICES, "operational_picture")
    async with contextlib.AsyncExitStack() as stack:
        ports = stack.enter_context(Ports())
        both = await stack.enter_async_context(sites(tmp_path, "hub", "yufa", services=names, clock=clock))
        urls = {name: await stack.enter_async_context(served(both[name], ports.take())) for name in both.nodes}
        fire = await made(
            both["hub"], "/api/incidents", {"type_code": "12G03", "title": "榆垡库房火灾", "location": PLACE}
        )
        theirs = {
            "type_code": "11A02",
            "title": "榆垡路口积水",
            "location": {"lon": 116.36, "lat": 39.53, "text": "路口"},
        }
        water = await made(both["yufa"], "/api/incidents", theirs)
        unit = await made(both["yufa"], "/api/units", {"name": "榆垡消防站", **UNIT})
        link = asyncio.create_task(carry_on(both))
        stack.callback(link.cancel)

        desk = await a_page(browser, urls["hub"], DESK)
        phone = await a_page(browser, urls["yufa"], PHONE)
        await mark(desk, water["id"], "/open")

        await ask_and_accept(desk, phone)
        await read_a_foreign_incident(desk)
        both.sever("hub", "yufa")
        clock.ahead = timedelta(minutes=5)
        await see_the_cut(desk, (water["id"], unit["id"]), fire["id"])
        await expect(phone.locator("button.territories")).to_contain_text("中心 失联")
        # Both take the same event while they cannot hear each other.
        same = {"type_code": "12P09", "title": "燃气泄漏", "location": {"lon": 116.30, "lat": 39.55, "text": "小区"}}
        await made(both["hub"], "/api/incidents", same)
        await made(both["yufa"], "/api/incidents", {**same, "title": "小区燃气味"})
        clock.ahead = timedelta(minutes=36)
        await expect(desk.get_by_role("alert").filter(has_text="失联核查")).to_be_visible(timeout=20_000)
        both.mend("hub", "yufa")
        await mark(desk, water["id"], "/open")
        # The check is the centre's: the station is asked about what both have, not about itself.
        await expect(phone.get_by_label("站点间待办")).to_contain_text("可能是同一起事件", timeout=20_000)
        await expect(phone.get_by_text("失联核查")).to_have_count(0)
        await settle_what_met(desk)
