"""代录 and 念报 in a real browser: pasted, checked, confirmed, filed; an order read out; on a desk and on a phone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from services.incident_intake.domain.short_line.checksum import checksum
from shared.kernel.clock import SHANGHAI
from tests.e2e.test_walking_platform import DESK, PHONE, open_window, site
from tests.harness.site import Site

__all__ = ["site"]
expect.set_options(timeout=60_000)
HAPPENED = (datetime.now(UTC) - timedelta(minutes=20)).astimezone(SHANGHAI)
"""Once for all lines: they tell of one event also when an hour ends between two of them."""


def line(seq: int, trapped: int) -> str:
    body = f"SD1|107|{HAPPENED:%m%d%H}00|11A02|3|0|2|3|{trapped}|120|NPR|堤外积水1.2米|冲锋舟2艇饮水300箱|张三|{seq}|"
    return body + checksum(body)


@pytest.mark.timeout(900)
async def test_a_line_is_taken_down_and_an_order_read_out(site: Site, browser: Browser, tmp_path: Path) -> None:
    desk = await open_window(browser, site, "zhiban", DESK)
    page = desk.page
    await page.keyboard.press("F6")
    text = page.get_by_placeholder("SD1|107|07311842")
    await expect(text).to_be_focused()
    await text.fill(line(7, 60).replace("|", "\uff5c").replace("冲锋舟", "冲锋\n舟"))
    await expect(page.get_by_text("✓ 校验相符")).to_be_visible()
    await expect(page.get_by_text("将登记为新事件")).to_be_visible()
    await desk.shot("relay-1-read")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已登记为新事件")).to_be_visible()
    await desk.shot("relay-2-filed")

    await page.get_by_role("button", name="再录一条").click()
    await text.fill(line(9, 65)[:-2] + "ZZ")
    await expect(page.get_by_text("✗ 校验不符", exact=False)).to_be_visible()
    filing = page.get_by_role("button", name="人工确认并登记")
    await expect(filing).to_be_disabled()
    await page.get_by_label("人工确认", exact=False).check()
    await desk.shot("relay-3-confirm")
    await filing.click()
    await expect(page.get_by_text("已作为续报并入")).to_be_visible()
    await expect(page.get_by_text("榆垡镇缺 8 号报文", exact=False)).to_be_visible()
    await page.get_by_role("button", name="打开事件", exact=False).click()
    await expect(page.get_by_text("代录 卫星电话 9 号报文")).to_be_visible()
    await desk.shot("relay-4-timeline")

    await page.keyboard.press("F4")
    await page.get_by_role("group", name="候选力量").locator("input, button, [role=option], label").first.click()
    await page.keyboard.press("Control+Enter")
    tabs = page.get_by_role("navigation", name="左栏")
    await tabs.get_by_role("button", name="任务").click()  # with or without a number behind it
    await page.get_by_role("button", name="念报").first.click()
    await expect(page.get_by_role("dialog", name="念报")).to_contain_text("洞")
    await desk.shot("relay-5-read-out")
    assert desk.faults == []

    await page.context.close()
    phone = await open_window(browser, site, "daiban", PHONE)
    await phone.page.keyboard.press("F6")
    await phone.page.get_by_role("button", name="逐项听写").click()
    for name, value in {"unit": "107", "occurred": "13991842", "dead": "0"}.items():
        await phone.page.locator(f"#relay-{name}").fill(value)
    await expect(phone.page.get_by_text("“现场时间”应为", exact=False)).to_be_visible()
    await phone.shot("relay-6-fields")
    assert phone.faults == []
