"""The main job as people do it: a report from one window is on every other, called, answered, sent and finished."""

import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from services.client import SiteClient
from services.demo.district import demo_password, prepare
from services.incident_intake.cap.sample_series import rainstorm_series
from tests.harness.hosting import ADMIN_PASSWORD
from tests.harness.ports import Ports
from tests.harness.site import Site

DESK, PHONE = (1920, 1080), (390, 844)
ARTIFACTS = Path(__file__).parents[1] / "artifacts"
PASSWORD = demo_password()
TEAM = "旧宫地区微型消防队"


@pytest.fixture
async def site(tmp_path: Path, ports: Ports) -> AsyncIterator[Site]:
    """A site with the sample district, as a newcomer has it after the first evening."""
    async with Site(tmp_path, ports) as running:
        async with SiteClient(running.url) as client:
            await client.login("admin", ADMIN_PASSWORD)
            await prepare(client, running.url, PASSWORD, datetime.now(UTC))
        yield running


class Window:
    """One person's browser."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name = page, name
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    async def stat(self, what: str) -> int:
        """A number of what the page really holds or draws."""
        return int(await self.page.evaluate(f"() => window.__yzt.stat().{what}"))

    async def until(self, what: str, expected: int) -> None:
        """Wait until the page holds or draws that many."""
        await self.page.wait_for_function(f"() => window.__yzt && window.__yzt.stat().{what} === {expected}")

    async def shot(self, step: str) -> None:
        """Keep a picture to look at."""
        ARTIFACTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=ARTIFACTS / f"{step}-{self.name}.png")


async def open_window(
    browser: Browser, site: Site, account: str, size: tuple[int, int], password: str = PASSWORD
) -> Window:
    context = await browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": size[0], "height": size[1]},
        has_touch=size == PHONE,
        is_mobile=size == PHONE,
    )
    page = await context.new_page()
    page.set_default_timeout(60_000)
    await page.goto(site.url)
    await page.get_by_label("用户名").fill(account)
    await page.get_by_label("密码").fill(password)
    await page.get_by_role("button", name="登录").click()
    window = Window(page, account)
    await page.wait_for_function("() => window.__yzt && window.__yzt.stat().linkState === 'connected'")
    return window


async def take_report(officer: Page) -> None:
    """By keyboard alone."""
    await officer.keyboard.press("F2")
    await expect(officer.locator("#intake-what")).to_be_focused()
    await officer.keyboard.type("ybmyjzhz")
    await expect(officer.get_by_role("option", name=re.compile("一般民用建筑"))).to_be_visible()
    await officer.keyboard.press("Enter")
    await expect(officer.locator("#intake-place")).to_be_focused()
    await officer.keyboard.type("旧宫地区示例村中街 12 号")
    await officer.locator("#intake-point").fill("116.4612, 39.8093")
    await officer.locator("#intake-description").fill("三层自建房起火,二层有人被困。")
    await officer.keyboard.press("Control+Enter")
    await expect(officer.get_by_role("status").filter(has_text=re.compile(r"已登记 DX-\d{8}-0001"))).to_be_visible()


async def answer_the_call(officer: Window, leader: Window) -> None:
    """The officer on duty is called and answers with one key."""
    await officer.page.keyboard.press("Escape")
    await expect(officer.page.locator("button.calls")).to_contain_text("1")
    await officer.shot("3-called")
    await officer.page.keyboard.press("F8")
    await expect(leader.page.locator("button.calls")).to_contain_text("0")
    await officer.shot("3-answered")


async def send_the_team(officer: Window) -> None:
    """The nearest able team is offered, and sent."""
    await officer.page.keyboard.press("F4")
    candidates = officer.page.get_by_role("group", name="候选力量")
    await expect(candidates).to_contain_text(TEAM)
    await officer.shot("4-candidates")
    await candidates.get_by_text(TEAM).click()
    await officer.page.keyboard.press("Control+Enter")
    await expect(officer.page.get_by_text(re.compile("✓ 已派遣"))).to_be_visible()
    await officer.shot("5-sent")


async def report_to_the_end(team: Window) -> None:
    """The team reports its way through, on a phone."""
    await expect(team.page.get_by_role("button", name=re.compile("^受领"))).to_be_visible()
    await team.shot("6-order-on-the-phone")
    for step in ("受领", "出动", "到场", "开始处置", "返回", "归队"):
        await team.page.get_by_role("button", name=re.compile(f"^{step}")).first.click()
        await team.shot(f"7-{step}")


@pytest.mark.timeout(300)
async def test_from_the_call_to_the_last_report(
    browser: Browser, site: Site, record_property: Callable[[str, object], None]
) -> None:
    officer = await open_window(browser, site, "zhiban", DESK)
    leader = await open_window(browser, site, "daiban", DESK)
    await officer.until("units", 32)

    # A report is taken by keyboard, and is on the other window's map.
    taken = time.monotonic()
    await take_report(officer.page)
    saved = time.monotonic()
    await leader.until("incidents", 1)
    record_property("seconds_to_take_the_report", round(saved - taken, 2))
    record_property("seconds_until_on_the_other_screen", round(time.monotonic() - saved, 2))
    await expect(leader.page.get_by_role("status").filter(has_text="新事件")).to_contain_text("一般民用建筑火灾")
    await leader.until("renderedIncidents", 1)
    await officer.shot("1-taken")
    await leader.shot("2-on-the-other-screen")

    await answer_the_call(officer, leader)
    await send_the_team(officer)
    team = await open_window(browser, site, "duizhang", PHONE)
    await report_to_the_end(team)
    await expect(officer.page.get_by_text("归队").first).to_be_visible()

    # A warning lies on the map.
    [blue, *_] = rainstorm_series(datetime.now(UTC))
    async with SiteClient(site.url) as client:
        await client.login("zhiban", PASSWORD)
        await client.post_xml("/api/warnings", blue)
    await leader.until("warnings", 1)
    await leader.shot("8-warning")

    for window in (officer, leader, team):
        assert window.faults == []
