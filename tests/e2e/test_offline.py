"""The browser alone: server off, browser restarted, work taken all the same, and each of it registered exactly once."""

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from playwright.async_api import BrowserContext, Locator, Page, Response, async_playwright, expect

from services.client import SiteClient
from services.demo.district import demo_password, prepare
from services.operational_picture.pages import Pages
from services.operational_picture.service import STATIC
from tests.harness.chromium import LAUNCH_ARGS
from tests.harness.hosting import ADMIN_PASSWORD
from tests.harness.ports import Ports
from tests.harness.site import Site, all_items

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
PASSWORD = demo_password()
CALLED = "值班室在呼叫"
expect.set_options(timeout=60_000)
REMEMBERED = """() => new Promise((done) => {
  const opening = indexedDB.open('yzt-picture');
  opening.onsuccess = () => {
    const counting = opening.result.transaction('features').objectStore('features').count();
    counting.onsuccess = () => { opening.result.close(); done(counting.result >= 32 + 22); };
  };
})"""
"""All units and townships of the sample district are on this machine."""
pytestmark = pytest.mark.timeout(900)


@pytest.fixture
async def site(tmp_path: Path, ports: Ports) -> AsyncIterator[Site]:
    async with Site(tmp_path / "site", ports) as running:
        async with SiteClient(running.url) as client:
            await client.login("admin", ADMIN_PASSWORD)
            await prepare(client, running.url, PASSWORD, datetime.now(UTC))
        yield running


class Desk:
    """One machine's browser: closed and opened again it has the same profile."""

    def __init__(self, chromium: str, profile: Path) -> None:
        self._chromium, self._profile = chromium, profile
        self.sent: Counter[str] = Counter()
        """Reports that left this browser and were answered, by their key."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[BrowserContext]:
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                self._profile, executable_path=self._chromium, headless=True, args=LAUNCH_ARGS, locale="zh-CN",
                timezone_id="Asia/Shanghai", viewport={"width": 1920, "height": 1080},
            )  # fmt: skip
            context.set_default_timeout(90_000)
            context.on("response", self._count)
            yield context
            await context.close()

    def _count(self, response: Response) -> None:
        if response.request.method == "POST" and response.url.endswith("/api/incidents"):
            self.sent[response.request.headers["idempotency-key"]] += 1


@pytest.fixture
def desk(chromium_path: str, tmp_path: Path) -> Desk:
    return Desk(chromium_path, tmp_path / "profile")


async def shot(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"offline-{name}.png")


async def log_in(page: Page, site: Site, account: str = "zhiban") -> None:
    await page.goto(site.url)
    await page.get_by_label("用户名").fill(account)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await connected(page)


async def connected(page: Page) -> None:
    await page.wait_for_function("() => window.__yzt && window.__yzt.stat().linkState === 'connected'")


async def ready_for_a_cut(page: Page) -> None:
    """The page is cached whole, and what is on it is kept."""
    await page.evaluate("async () => { await navigator.serviceWorker.ready }")
    await page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    await page.wait_for_function("() => window.__yzt.stat().units === 32")
    await page.wait_for_function(REMEMBERED)  # the memory of the picture is written behind


async def opened_offline(context: BrowserContext, site: Site) -> Page:
    page = context.pages[0]
    await page.goto(site.url)
    await page.wait_for_function("() => window.__yzt && window.__yzt.stat().units === 32")
    await page.wait_for_function("() => window.__yzt.stat().linkState === 'down'")
    return page


async def report(page: Page, what: str) -> None:
    """Write a report while nobody can take it."""
    await page.keyboard.press("F2")
    again = page.get_by_role("button", name="再接一起")
    if await again.is_visible():
        await again.click()
    await page.locator("#intake-description").fill(what)
    await page.locator("#intake-place").fill("旧宫地区示例村")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("status").filter(has_text="已存入待发")).to_be_visible()


def waiting(page: Page) -> Locator:
    return page.locator("button.outbox")


async def call_out(site: Site) -> dict[str, Any]:
    """A call that the officer on duty has not answered; made through the interface."""
    async with SiteClient(site.url) as client:
        await client.login("daiban", PASSWORD)
        made: dict[str, Any] = await client.post(
            "/api/notifications", {"title": CALLED, "post": "duty_officer"}, key="call"
        )
        return made


async def incidents(site: Site) -> list[str]:
    client = await site.client()
    async with aclosing(client):
        return sorted(str(one["description"]) for one in await all_items(client, "/api/incidents"))


async def call(site: Site, call_id: str) -> dict[str, Any]:
    client = await site.client()
    async with aclosing(client):
        answer: dict[str, Any] = (await client.get(f"/api/notifications/{call_id}")).json()
        return answer


async def test_three_reports_and_an_answer_without_a_server_arrive_exactly_once(site: Site, desk: Desk) -> None:
    called = await call_out(site)
    async with desk.open() as context:
        page = context.pages[0]
        await log_in(page, site)
        await ready_for_a_cut(page)
        await expect(page.locator("button.calls")).to_contain_text("1")
    site.kill()

    async with desk.open() as context:
        page = await opened_offline(context, site)
        banner = page.get_by_role("alert").filter(has_text="离线")
        await expect(banner).to_contain_text("以 示例值班员赵 的身份填写")
        await expect(page.locator(".strip-content .age.old")).to_contain_text("前(本机缓存)")
        await shot(page, "1-cold-start")
        for number in ("一", "二", "三"):
            await report(page, f"断网时第{number}起")
        await shot(page, "2-kept")
        await page.keyboard.press("Escape")
        await page.keyboard.press("F8")
        await page.keyboard.press("F8")
        await expect(waiting(page)).to_contain_text("4")
        await page.reload()
        await expect(waiting(page)).to_contain_text("4")
        await waiting(page).click()
        drawer = page.get_by_role("dialog", name="待发")
        await expect(drawer.get_by_role("article")).to_have_count(4)
        first = drawer.get_by_role("article").first
        await first.get_by_role("button", name="加备注").click()
        await page.get_by_role("textbox", name="备注").fill("已请村委会先到现场")
        await page.get_by_role("button", name="存入待发").click()
        await expect(drawer.get_by_role("article")).to_have_count(5)
        await shot(page, "3-outbox")
        desk.sent.clear()

        await site.start()
        await expect(drawer.get_by_role("article")).to_have_count(0, timeout=60_000)
        await expect(drawer).to_contain_text("编号")
        await shot(page, "4-sent")

    assert await incidents(site) == sorted(["断网时第一起", "断网时第三起", "断网时第二起"])
    answered = await call(site, called["id"])
    assert answered["state"] == "acknowledged"
    assert "断网时写" in answered["ack_note"]
    client = await site.client()
    async with aclosing(client):
        [first_report] = [i for i in await all_items(client, "/api/incidents") if i["description"] == "断网时第一起"]
        lines = (await client.get(f"/api/incidents/{first_report['id']}/timeline")).json()["items"]
        assert [line["kind"] for line in lines].count("note") == 1


async def test_two_tabs_do_not_send_twice(site: Site, desk: Desk) -> None:
    async with desk.open() as context:
        page = context.pages[0]
        await log_in(page, site)
        await ready_for_a_cut(page)
        other = await context.new_page()
        await other.goto(site.url)
        await connected(other)
        site.kill()
        for tab, number in ((page, "一"), (other, "二")):
            await tab.bring_to_front()
            await tab.wait_for_function("() => window.__yzt.stat().linkState === 'down'")
            await report(tab, f"标签页{number}")
        await expect(waiting(page)).to_contain_text("2")
        desk.sent.clear()
        await site.start()
        for tab in (page, other):
            await expect(waiting(tab)).to_have_count(0, timeout=60_000)

    assert await incidents(site) == sorted(["标签页一", "标签页二"])
    assert list(desk.sent.values()) == [1, 1]


async def test_a_refused_command_stays_with_its_reason_until_a_person_decides(site: Site, desk: Desk) -> None:
    called = await call_out(site)
    async with desk.open() as context:
        page = context.pages[0]
        await log_in(page, site)
        await ready_for_a_cut(page)
        await expect(page.locator("button.calls")).to_contain_text("1")
        site.kill()
        await page.wait_for_function("() => window.__yzt.stat().linkState === 'down'")
        await page.keyboard.press("F8")
        await expect(waiting(page)).to_contain_text("1")
    await site.start()
    async with SiteClient(site.url) as client:
        await client.login("daiban", PASSWORD)
        await client.post(f"/api/notifications/{called['id']}/cancel", {"reason": "已电话处理"})

    async with desk.open() as context:
        page = context.pages[0]
        await page.goto(site.url)
        await expect(page.get_by_role("alert").filter(has_text="没有送达")).to_be_visible(timeout=60_000)
        await page.reload()
        await waiting(page).click()
        drawer = page.get_by_role("dialog", name="待发")
        await expect(drawer.get_by_role("article")).to_contain_text("被拒绝")
        await shot(page, "5-refused")
        await drawer.get_by_role("button", name="作废").click()
        await page.get_by_role("dialog", name="作废这条内容").get_by_role("button", name="作废").click()
        await expect(drawer.get_by_role("article")).to_have_count(0)
    assert (await call(site, called["id"]))["state"] == "cancelled"


async def test_a_refused_report_is_written_again_and_what_was_said_about_it_follows(site: Site, desk: Desk) -> None:
    async with desk.open() as context:
        page = context.pages[0]
        await log_in(page, site)
        await ready_for_a_cut(page)
        site.kill()
        await page.wait_for_function("() => window.__yzt.stat().linkState === 'down'")
        await page.keyboard.press("F2")
        await page.locator("#intake-name").fill("过长" * 400)
        await page.keyboard.press("Escape")
        await report(page, "先被退回的一起")
        await page.get_by_role("button", name=re.compile("^查看待发")).click()
        drawer = page.get_by_role("dialog", name="待发")
        await drawer.get_by_role("button", name="加备注").click()
        await page.get_by_role("textbox", name="备注").fill("跟着走的备注")
        await page.get_by_role("button", name="存入待发").click()
        await expect(drawer.get_by_role("article")).to_have_count(2)
        await site.start()
        await expect(drawer.get_by_role("article").first).to_contain_text("被拒绝", timeout=60_000)
        await connected(page)
        await drawer.get_by_role("button", name="修改后再报").click()
        await expect(page.locator("#intake-description")).to_have_value("先被退回的一起")
        await page.locator("#intake-name").fill("")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("status").filter(has_text="已登记")).to_be_visible()
        await expect(waiting(page)).to_have_count(0)

    client = await site.client()
    async with aclosing(client):
        [registered] = await all_items(client, "/api/incidents")
        lines = (await client.get(f"/api/incidents/{registered['id']}/timeline")).json()["items"]
        assert [line["kind"] for line in lines].count("note") == 1


async def test_another_account_never_sends_what_i_wrote(site: Site, desk: Desk) -> None:
    async with desk.open() as context:
        page = context.pages[0]
        await log_in(page, site)
        await ready_for_a_cut(page)
        site.kill()
        await page.wait_for_function("() => window.__yzt.stat().linkState === 'down'")
        await report(page, "赵写下的")
        await context.clear_cookies()
        await site.start()
        await expect(page.get_by_text("登录已过期")).to_be_visible(timeout=60_000)
        await page.get_by_label("用户名").fill("zhiban2")
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await connected(page)
        await asyncio.sleep(3)
        assert await incidents(site) == []

        await context.clear_cookies()
        await page.goto(site.url)
        await page.get_by_label("用户名").fill("zhiban")
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await connected(page)
        await expect(waiting(page)).to_have_count(0)
    assert await incidents(site) == ["赵写下的"]


async def test_a_command_written_by_one_account_is_refused_under_the_cookie_of_another(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url) as client:
        account = (await client.post("/api/session", json={"username": "zhiban2", "password": PASSWORD})).json()
        body, headers = {"description": "冒名"}, {"X-Yzt-Account": "0190a000-0000-7000-8000-000000000000"}
        refused = await client.post("/api/incidents", json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "session.other_account")
        own = {"X-Yzt-Account": account["account"]["id"]}
        assert (await client.post("/api/incidents", json=body, headers=own)).status_code == 201


async def test_a_new_version_is_offered_and_only_taken_when_asked(tmp_path: Path, ports: Ports, desk: Desk) -> None:
    static = tmp_path / "static"
    shutil.copytree(STATIC, static)
    port = ports.take()
    server = Server(
        Pages(static), "127.0.0.1", port, interface=Interfaces.ASGI, log_level=LogLevels.warning
    )  # no interface behind it: the page opens with the account it remembers
    serving = asyncio.create_task(server.serve())
    account = {"id": "a", "username": "zhiban", "name": "示例值班员赵", "roles": ["duty_officer"]}
    remembered = {"account": account, "actions": ["picture_read"], "site": "hub", "site_name": "区指挥中心"}
    async with desk.open() as context:
        page = context.pages[0]
        await context.add_init_script(f"localStorage.setItem('yzt.session', JSON.stringify({remembered!r}))")
        await page.goto(f"http://127.0.0.1:{port}")
        await page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        await page.evaluate("() => { window.untouched = true }")

        worker = static / "sw.js"
        worker.write_text(re.sub(r"[0-9a-f]{16}", "0123456789abcdef", worker.read_text("utf-8"), count=1), "utf-8")
        await page.evaluate("async () => { await (await navigator.serviceWorker.ready).update() }")
        offer = page.locator(".banner").filter(has_text="更新可用")
        await expect(offer).to_be_visible()
        await shot(page, "6-new-version")
        assert await page.evaluate("() => window.untouched")
        assert len(await page.evaluate("() => caches.keys()")) == 2
        await offer.get_by_role("button", name="现在更新").click()
        await page.wait_for_function("() => window.untouched === undefined")
        await page.wait_for_function("() => navigator.serviceWorker.controller.state === 'activated'")
        await expect(offer).to_have_count(0)
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait_for(serving, 10)
