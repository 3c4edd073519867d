"""A hand-over that is cut half-way, as the officers see it: what they are told to do now, and that they can do it."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.harness.ports import Ports
from tests.harness.site_pages import DESK, PHONE, ShiftedClock, a_page, carry_on, made, served, shot
from tests.harness.two_sites import SERVICES, Sites, sites

pytestmark = pytest.mark.timeout(400)

PLACE = {"lon": 116.33, "lat": 39.50, "text": "榆垡镇 库房"}
FIRST, SECOND = "Diyici-Denglu-2026-Jiugong", "Wuliu-Anquan-2026-Daxing"


async def say(page: Page, field: str, text: str, button: str) -> None:
    """Fill the dialog's one field and confirm."""
    await page.get_by_role("dialog").get_by_label(field).fill(text)
    await page.get_by_role("dialog").get_by_role("button", name=button).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def ask_to_take_over(desk: Page, phone: Page) -> None:
    await desk.get_by_text("榆垡库房火灾").first.click()
    detail = desk.get_by_label("事件详情")
    await detail.get_by_text("更多").click()
    await detail.get_by_role("button", name="移交其他站点…").click()
    await desk.get_by_label("接手站点").select_option("yufa")
    await say(desk, "原因", "属地就近指挥", "请求接手")
    await expect(detail).to_contain_text("已请求 榆垡镇 接手,等待答复")
    await expect(detail.get_by_role("button", name="撤回请求")).to_be_visible()
    await shot(desk, "6-handover-desk")
    hint = phone.get_by_label("站点间提示")
    await expect(hint).to_contain_text("区指挥中心 请求接手")
    await shot(phone, "6-asked-phone")
    await phone.get_by_role("button", name="另有").click()  # beneath what is wrong at the site itself
    await hint.get_by_role("button", name="办理").click()


async def accept_and_hear_nothing(both: Sites, desk: Page, phone: Page) -> None:
    """The answer still reaches the centre; what the centre says then does not reach the township."""
    inbox = phone.get_by_label("站点间待办", exact=True)
    await inbox.get_by_role("button", name="接手", exact=True).click()
    await phone.get_by_role("button", name="确认", exact=True).click()
    await expect(inbox).to_contain_text("已同意接手")
    await expect(inbox.get_by_role("button", name="接手", exact=True)).to_have_count(0)
    [answer] = [fact for fact in await both.facts("yufa") if fact.kind == "intake.handover.accepted.v1"]
    both.sever("hub", "yufa")
    await both.bring("hub", answer)
    await both.carry()
    detail = desk.get_by_label("事件详情")
    await expect(detail).to_contain_text("正在移交给 榆垡镇")
    await expect(detail.get_by_role("button", name="编辑")).to_have_count(0)
    await shot(desk, "7-between-desk")
    await inbox.get_by_role("button", name="看事件").click()
    await expect(phone.get_by_label("事件详情")).to_contain_text("本站点已同意接手")
    await shot(phone, "7-between-phone")


async def note_and_go_on(desk: Page, phone: Page) -> None:
    detail = desk.get_by_label("事件详情")
    await detail.get_by_role("button", name="加备注").click()
    await say(desk, "备注", "供电公司已到现场", "写入时间线")
    await expect(detail).to_contain_text("供电公司已到现场")
    there = phone.get_by_label("事件详情")
    await there.get_by_role("button", name="加备注").click()
    await say(phone, "备注", "东侧道路已封控", "写入时间线")
    await expect(there).to_contain_text("东侧道路已封控")
    await detail.get_by_role("button", name="接续处置…").click()
    await say(desk, "原因", "榆垡失联,现场由中心指挥", "另立一起接续")
    await expect(detail).to_contain_text("接续 榆垡镇 的")
    await expect(detail.get_by_role("button", name="编辑")).to_be_visible()
    # What another site writes cannot be merged from here.
    await expect(detail.get_by_label("疑似重复")).to_contain_text("不能从这里并入本事件")
    await expect(detail.get_by_role("button", name="它并入本事件")).to_have_count(0)
    await shot(desk, "8-beside-desk")


async def settle(desk: Page) -> None:
    hint = desk.get_by_label("站点间提示")
    await expect(hint).to_contain_text("处站点间重复待核对")
    await hint.get_by_role("button", name="办理").click()
    card = desk.get_by_label("站点间待办", exact=True).locator("article").first
    await expect(card).to_contain_text("另立的接续事件")
    await card.get_by_role("button", name="是同一个", exact=True).click()
    await desk.get_by_role("dialog").get_by_role("radio").nth(1).check()
    await shot(desk, "9-which-desk")
    await say(desk, "依据", "中心指挥到底", "记录结论")
    await expect(desk.get_by_label("站点间待办", exact=True)).to_have_count(0)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


async def an_officer(both: Sites) -> None:
    body = {"username": "zhaoliu", "name": "赵六", "roles": ["duty_officer"], "password": FIRST}
    await made(both["hub"], "/api/accounts", body)
    client = await both["hub"].login("zhaoliu", FIRST)
    changed = await client.post("/api/session/password", json={"current": FIRST, "new": SECOND})
    assert changed.status_code == 204


async def states(both: Sites) -> list[str]:
    answer = await (await both["hub"].admin()).get("/api/grants")
    return [one["state"] for one in answer.json()["items"]]


async def grant_and_revoke(both: Sites, desk: Page) -> None:
    both.sever("hub", "yufa")
    await desk.get_by_label("系统管理员,菜单").click()
    await desk.get_by_role("button", name="管理", exact=True).click()
    await desk.get_by_role("button", name="站点授权", exact=True).click()
    await expect(desk.get_by_text("还没有授权账号")).to_be_visible()
    await desk.get_by_role("button", name="授权账号…").click()
    await desk.get_by_role("dialog").get_by_label("账号").fill("zhaoliu")
    await desk.get_by_role("option").filter(has_text="赵六").click()
    await desk.get_by_role("dialog").get_by_role("button", name="榆垡镇").click()
    await shot(desk, "10-granting-desk")
    await desk.get_by_role("dialog").get_by_role("button", name="授权", exact=True).click()
    await expect(row(desk, "赵六")).to_contain_text("等待送达,那里还不能登录".replace(",", "，"))
    both.mend("hub", "yufa")
    async with asyncio.timeout(60):
        while "open" not in await states(both):
            await asyncio.sleep(0.2)
    await desk.get_by_role("button", name="刷新").click()
    await expect(row(desk, "赵六")).to_contain_text("可登录")
    both.sever("hub", "yufa")
    await row(desk, "赵六").get_by_role("button", name="收回…").click()
    await desk.get_by_role("dialog").get_by_role("button", name="收回", exact=True).click()
    await expect(row(desk, "赵六")).to_contain_text("那里仍可登录")
    await expect(row(desk, "赵六")).to_contain_text("起未送达")
    await shot(desk, "11-revoking-desk")
    await desk.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await shot(desk, "11-revoking-phone")


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A page may be slow to draw on a busy machine; this only ends what never comes."""
    expect.set_options(timeout=40_000)
    yield
    expect.set_options(timeout=5_000)


async def test_a_hand_over_that_is_cut_half_way_leaves_nobody_helpless(tmp_path: Path, browser: Browser) -> None:
    clock, names = ShiftedClock(), (*SERVICES, "operational_picture")
    async with contextlib.AsyncExitStack() as stack:
        ports = stack.enter_context(Ports())
        both = await stack.enter_async_context(sites(tmp_path, "hub", "yufa", services=names, clock=clock))
        urls = {name: await stack.enter_async_context(served(both[name], ports.take())) for name in both.nodes}
        fire: dict[str, Any] = {"type_code": "12G03", "title": "榆垡库房火灾", "location": PLACE}
        await made(both["hub"], "/api/incidents", fire)
        await an_officer(both)
        link = asyncio.create_task(carry_on(both))
        stack.callback(link.cancel)
        desk, phone = await a_page(browser, urls["hub"], DESK), await a_page(browser, urls["yufa"], PHONE)
        await ask_to_take_over(desk, phone)
        link.cancel()
        await accept_and_hear_nothing(both, desk, phone)
        await note_and_go_on(desk, phone)
        both.mend("hub", "yufa")
        link = asyncio.create_task(carry_on(both))
        stack.callback(link.cancel)
        await settle(desk)
        await grant_and_revoke(both, desk)
