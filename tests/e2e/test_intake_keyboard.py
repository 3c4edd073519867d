"""Taking calls by keyboard alone: keystrokes counted, several at once, what is the same linked, nothing typed lost."""

import re
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.test_walking_platform import DESK, PHONE, open_window, site
from tests.harness.site import Site, all_items

__all__ = ["site"]
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(400)

_SECONDS_PER_KEY = 0.2
"""An average skilled typist, 55 words a minute (keystroke-level model, Card, Moran and Newell 1980)."""
_SECONDS_PER_THOUGHT = 1.35
"""The same model's pause before each new field; listening is not counted, the caller talks meanwhile."""
_KEYS_PER_HAN = 3.5
"""Full pinyin has three letters a character, and one more key chooses each word of two."""


class Hands:
    """What a person's hands do at this keyboard, counted."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.keys = 0.0
        self.fields = 0

    async def press(self, key: str) -> None:
        self.keys += len(key.split("+"))
        await self._page.keyboard.press(key)

    async def say(self, text: str, then: str = "Enter") -> None:
        """One field: typed, then on to the next."""
        self.fields += 1
        han = len(re.findall(r"[\u4e00-\u9fff]", text))
        self.keys += han * _KEYS_PER_HAN + len(text) - han
        await self._page.keyboard.type(text)
        await self.press(then)

    @property
    def seconds(self) -> float:
        """How long a practised hand takes for it."""
        return self.keys * _SECONDS_PER_KEY + self.fields * _SECONDS_PER_THOUGHT


async def focused(page: Page, name: str) -> None:
    await expect(page.locator(f"#intake-{name}")).to_be_focused()


async def six_fields(page: Page, hands: Hands, *, place: str, phone: str, said: str) -> None:
    """Type, place, time (now), caller, source, what happened: Enter walks from one to the next."""
    await focused(page, "what")
    await hands.say("ybmy")
    await focused(page, "place")
    await hands.say(place)
    await focused(page, "when")
    await hands.press("Enter")
    await focused(page, "phone")
    await hands.say(phone)
    await focused(page, "source")
    await hands.say("qzld")
    await focused(page, "description")
    await hands.say(said, then="Tab")


async def kept(site: Site, path: str) -> Any:
    client = await site.client()
    async with aclosing(client):
        return await all_items(client, path)


async def test_a_report_by_keyboard_alone_within_half_a_minute_of_a_practised_hand(
    site: Site, browser: Browser, record_property: Callable[[str, object], None]
) -> None:
    officer = await open_window(browser, site, "zhiban", DESK)
    page, began = officer.page, time.monotonic()
    hands = Hands(page)
    await hands.press("F2")
    await six_fields(page, hands, place="旧宫庑殿村12号", phone="13900000001", said="三层起火有人被困")
    # The questions of this type are there; the first pressing one is the next stop, a number answers it.
    guided = page.get_by_role("group", name=re.compile("先问这些 · 火灾"))
    await expect(guided).to_be_visible()
    await expect(page.locator("#intake-q-trapped")).to_be_focused()
    await hands.say("3")
    await expect(page.locator("#intake-q-building")).to_be_focused()
    await hands.say("1")
    await expect(page.locator("#intake-q-building")).to_have_value("自建出租房")
    await officer.shot("desk-1-typed")
    await hands.press("Control+Enter")
    await expect(page.get_by_role("status").filter(has_text="已登记")).to_be_visible()
    record_property("keystrokes", hands.keys)
    record_property("seconds_of_a_practised_hand", round(hands.seconds, 1))
    record_property("seconds_of_this_script", round(time.monotonic() - began, 1))
    assert hands.fields <= 8, "six fields and two questions"
    assert hands.seconds <= 30, f"{hands.keys} keys"

    [incident] = await kept(site, "/api/incidents")
    assert (incident["type_name"], incident["source"]) == ("一般民用建筑火灾", "public")
    assert (incident["location"]["text"], incident["casualties"]["trapped"]) == ("旧宫庑殿村12号", 3)
    assert incident["location"]["township"] == "110115006", "the township is read from the address"
    [call] = await kept(site, f"/api/calls?incident_id={incident['id']}")
    assert (call["said"], call["outcome"]) == ("三层起火有人被困", "new")
    assert officer.faults == []


async def test_calls_come_side_by_side_and_what_is_the_same_is_linked_not_filed(site: Site, browser: Browser) -> None:
    officer = await open_window(browser, site, "zhiban", DESK)
    page = officer.page
    hands = Hands(page)
    await hands.press("F2")
    await six_fields(page, hands, place="旧宫庑殿村12号", phone="13900000001", said="三层起火有人被困")
    # The phone rings again before the first is saved.
    await hands.press("F2")
    tabs = page.get_by_role("navigation", name="同时在接的来电")
    await expect(tabs.get_by_role("button")).to_have_count(2)
    await focused(page, "what")
    await hands.say("ybmy")
    await hands.say("旧宫庑殿村东口")
    await page.wait_for_function("() => localStorage.getItem('yzt.draft.intake.zhiban.2')")
    await page.reload()
    await page.wait_for_function("() => window.__yzt && window.__yzt.stat().linkState === 'connected'")
    await hands.press("F2")
    await expect(tabs.get_by_role("button", name=re.compile(r"^\d\d:\d\d"))).to_have_count(2)
    await expect(page.locator("#intake-description")).to_have_value("三层起火有人被困")
    await hands.press("Control+Enter")
    await expect(page.get_by_role("status").filter(has_text="已登记")).to_be_visible()
    await hands.press("F7")
    await expect(page.locator("#intake-place")).to_have_value("旧宫庑殿村东口")
    await page.locator("#intake-phone").fill("139 0000 0001")
    await expect(page.get_by_text("这个号码来过 1 次")).to_be_visible()
    similar = page.get_by_role("region", name="疑似重复")
    await expect(similar.get_by_text("同一来电号码")).to_be_visible()
    await expect(similar.get_by_text("地点文字相近")).to_be_visible()
    await officer.shot("desk-2-similar")
    await hands.press("Alt+1")
    await expect(page.get_by_role("status").filter(has_text="来电已登记")).to_be_visible()
    [incident] = await kept(site, "/api/incidents")
    assert len(await kept(site, f"/api/calls?incident_id={incident['id']}")) == 2
    row = page.get_by_role("region", name="事件列表").get_by_text("来电 2")
    await expect(row).to_be_visible()

    # In the incident: both calls as they were told, what is to be done and until when.
    await page.get_by_role("button", name="打开事件").click()
    detail = page.get_by_role("region", name="事件详情")
    steps = detail.get_by_role("region", name="处置清单")
    await expect(steps.get_by_text("报告带班领导")).to_be_visible()
    await expect(steps.get_by_text("未核实").first).to_be_visible()
    await steps.get_by_role("button", name=re.compile("已办:请报告人撤到安全处")).click()
    await expect(steps.get_by_text("已办 1", exact=True)).to_be_visible()
    await detail.get_by_text("来电 2").click()
    await expect(detail.get_by_text("三层起火有人被困").first).to_be_visible()
    await officer.shot("desk-3-detail")
    assert officer.faults == []


async def test_a_suspected_alarm_pops_up_and_a_report_filed_twice_is_merged_and_split(
    site: Site, browser: Browser
) -> None:
    officer = await open_window(browser, site, "zhiban", DESK)
    page = officer.page
    station = {"lon": 116.665, "lat": 39.655, "text": "采育镇示范路加氢站"}
    client = await site.client()
    async with aclosing(client):
        alarm = {"source": "sensor", "said": "氢浓度超限", "type_code": "12D02", "location": station}
        (await client.post("/api/calls", json=alarm)).raise_for_status()
        popup = page.get_by_role("alertdialog", name="疑似告警")
        await expect(popup).to_contain_text("请电话核实")
        await expect(popup).to_contain_text(re.compile("剩余|超时"))
        await officer.shot("desk-4-suspected")
        phone = await open_window(browser, site, "zhiban", PHONE)
        await expect(phone.page.get_by_role("alertdialog", name="疑似告警")).to_be_visible()
        await phone.shot("desk-4-suspected-phone")
        await phone.page.context.close()
        assert await all_items(client, "/api/incidents") == []
        await popup.get_by_role("button", name="立为事件").click()
        await expect(page.locator("#intake-description")).to_have_value("氢浓度超限")
        await expect(page.get_by_role("group", name=re.compile("危险化学品"))).to_be_visible()
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("status").filter(has_text="已登记")).to_be_visible()
        await expect(popup).to_have_count(0)
        twice = {"type_code": "12D02", "location": {**station, "lat": 39.656}, "description": "啸叫声"}
        (await client.post("/api/incidents", json=twice)).raise_for_status()
    await page.get_by_role("button", name="打开事件").click()
    detail = page.get_by_role("region", name="事件详情")
    beside = detail.get_by_role("region", name="疑似重复")
    await expect(beside.get_by_text("同一类型")).to_be_visible()
    await officer.shot("desk-5-beside")
    await beside.get_by_role("button", name="它并入本事件").click()
    await expect(beside).to_have_count(0)
    await expect(detail.get_by_text("来电 2")).to_be_visible()
    assert [one["status"] for one in await kept(site, "/api/incidents")].count("merged") == 1
    assert officer.faults == []


async def test_the_bureau_changes_what_is_asked_and_the_next_report_asks_it(site: Site, browser: Browser) -> None:
    leader = await open_window(browser, site, "daiban", DESK)
    page = leader.page
    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("button", name="管理", exact=True).click()
    await page.get_by_role("button", name="提问和处置清单").click()
    lists = page.get_by_role("region", name="提问和处置清单")
    await lists.get_by_role("button", name=re.compile("12G")).click()
    await lists.get_by_label("问题 1", exact=True).fill("几个人没有出来？")
    await leader.shot("desk-6-lists")
    await lists.get_by_role("button", name="保存", exact=True).click()
    await expect(lists.get_by_text("已生效")).to_be_visible()
    await page.keyboard.press("F2")
    await focused(page, "what")
    await page.keyboard.type("12G03")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("几个人没有出来？")).to_be_visible()
    assert leader.faults == []


async def test_a_key_that_follows_the_closing_of_the_help_at_once_is_heard(site: Site, browser: Browser) -> None:
    """A dialog that was closed has the focus until its page has taken it away; on a busy machine for half a second."""
    page = (await open_window(browser, site, "zhiban", DESK)).page
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="按键一览")).to_be_visible()
    await page.evaluate(
        """() => {
            const dialog = document.querySelector("dialog[open]"), button = dialog.querySelector("button");
            dialog.close();
            button.dispatchEvent(new KeyboardEvent("keydown", { key: "F2", bubbles: true, cancelable: true }));
        }"""
    )
    await focused(page, "what")
