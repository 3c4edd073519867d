"""The pages of the administration on a phone: nothing lies outside the screen, every act is under the thumb."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.test_walking_platform import PHONE, open_window, site
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
