"""The pages of the administration on a phone: nothing lies outside the screen, every act is under the thumb."""

import pytest
from playwright.async_api import Browser, Page, expect

from services.client import SiteClient
from tests.e2e.test_duty_page import say_today_is_sensitive
from tests.e2e.test_walking_platform import PASSWORD, PHONE, open_window, site
from tests.harness.hosting import ADMIN_PASSWORD
from tests.harness.site import Site

__all__ = ["site"]
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(240)
PAGES = (
    "账号", "站点授权", "人员", "排班", "叫应规则", "分级规则", "提问和处置清单", "报告模板", "报送规则", "力量导入",
    "预警导入", "死信", "审计", "运行状态",
)  # fmt: skip
OUTSIDE = """() => [...document.querySelectorAll('.admin main *')]
  .filter((one) => one.getClientRects().length && getComputedStyle(one).position !== 'absolute')
  .filter((one) => { const { left, right } = one.getBoundingClientRect(); return right > innerWidth + 1 || left < -1; })
  .map((one) => one.outerHTML.slice(0, 120))"""


async def test_no_page_of_the_administration_is_wider_than_a_phone(site: Site, browser: Browser) -> None:
    phone = await open_window(browser, site, "admin", PHONE, password=ADMIN_PASSWORD)
    page: Page = phone.page
    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("button", name="管理", exact=True).click()
    for name in PAGES:
        await page.get_by_role("navigation", name="管理").get_by_role("button", name=name, exact=True).click()
        await expect(page.get_by_role("heading", name=name, level=2)).to_be_visible()
        await expect(page.get_by_text("正在加载")).to_have_count(0)
        assert await page.evaluate(OUTSIDE) == [], name
        await phone.shot(f"phone-{PAGES.index(name)}")
    assert phone.faults == []


CALLED = "值班室在呼叫"
LIST = "() => document.querySelector('.left .content').getBoundingClientRect().height"
SILENT = "Object.defineProperty(AudioContext.prototype, 'state', { get: () => 'suspended' })"
"""A browser that never lets a page sound."""


async def look_at_duty_beside_a_form(page: Page) -> None:
    """What a bar leads to comes to the front; the form stays as it was typed."""
    await page.get_by_role("button", name="接报").first.click()
    await page.locator("#intake-description").fill("三层有烟味")
    await page.get_by_role("alert", name="缺岗").get_by_role("button", name="看值班表").click()
    await expect(page.locator("#intake-description")).to_be_hidden()
    await page.get_by_role("button", name="回到正在填写的内容").click()
    await expect(page.locator("#intake-description")).to_have_value("三层有烟味")
    await page.get_by_role("button", name="返回").click()


async def test_bars_on_a_phone_leave_the_calls_within_reach(site: Site, browser: Browser) -> None:
    await say_today_is_sensitive(site)
    async with SiteClient(site.url) as client:
        await client.login("daiban", PASSWORD)
        await client.post("/api/notifications", {"title": CALLED, "post": "duty_officer"})
    phone = await open_window(browser, site, "zhiban", PHONE)
    page = phone.page
    await page.context.add_init_script(SILENT)
    await page.reload()
    await expect(page.locator("button.calls")).to_contain_text("1")
    await look_at_duty_beside_a_form(page)
    site.kill()
    await expect(page.get_by_role("alert").filter(has_text="离线")).to_be_visible(timeout=30_000)
    await page.locator("button.calls").click()
    call = page.get_by_role("article", name=CALLED)
    await expect(call).to_be_visible()
    await expect(page.locator(".banner")).to_have_count(3)
    await phone.shot("phone-bars")
    assert await page.evaluate(LIST) >= 200
    await expect(call.get_by_role("button", name="应答", exact=True)).to_be_in_viewport(ratio=1)
    # The others are one line that names and opens them.
    await expect(page.locator(".banner:visible")).to_have_count(1)
    await page.get_by_role("button", name="另有 2 条").click()
    await page.get_by_role("button", name="开启声音").click(trial=True)
    assert await page.evaluate(LIST) >= 200
    await page.get_by_role("button", name="收起").click()
    await call.get_by_role("button", name="应答", exact=True).click()
    await expect(page.locator("button.outbox")).to_contain_text("1")
    assert phone.faults == []
