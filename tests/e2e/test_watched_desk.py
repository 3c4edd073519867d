"""A desk that is watched and not touched: told what hinders the site, warned in time, then logged out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from playwright.async_api import Browser, Page, expect

from tests.e2e.test_walking_platform import ARTIFACTS, DESK, PHONE
from tests.harness.clock import HandClock
from tests.harness.hosting import ADMIN_PASSWORD, Hosted, hosted
from tests.harness.ports import Ports

expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(240)


@asynccontextmanager
async def served(app: Hosted, port: int) -> AsyncIterator[str]:
    """The hosted site on a port of this machine."""
    server = Server(
        app.node.app, "127.0.0.1", port, interface=Interfaces.ASGI, log_level=LogLevels.warning
    )  # the clock of the site is the test's, which a process of its own could not have
    serving = asyncio.create_task(server.serve())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        app.node.begin_stop()
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait_for(serving, 20)


async def shot(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    for size, (width, height) in {"phone": PHONE, "desk": DESK}.items():  # the desk goes on
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=ARTIFACTS / f"watched-{name}-{size}.png")


async def test_a_desk_that_nobody_touches_is_warned_and_then_logged_out(
    tmp_path: Path, ports: Ports, browser: Browser
) -> None:
    clock = HandClock()
    async with hosted(tmp_path, clock=clock) as app, served(app, ports.take()) as url:
        page = await browser.new_page(locale="zh-CN", timezone_id="Asia/Shanghai")
        await page.clock.install()
        await page.goto(url)
        await page.get_by_label("用户名").fill("admin")
        await page.get_by_label("密码").fill(ADMIN_PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await page.wait_for_function("() => window.__yzt && window.__yzt.stat().linkState === 'connected'")
        notice = page.get_by_role("alert").filter(has_text="消息服务断开")
        await expect(notice).to_contain_text("打电话")  # this site has no broker
        warned = page.get_by_role("alert").filter(has_text="很久没有人操作")
        await expect(warned).to_have_count(0)

        clock.advance(hours=11, minutes=40)
        await page.clock.fast_forward("06:00")
        await expect(warned).to_be_visible()
        await shot(page, "warned")
        await page.keyboard.press("Shift")
        await expect(warned).to_have_count(0)

        clock.advance(hours=11, minutes=55)
        await page.clock.fast_forward("06:00")
        await expect(warned).to_be_visible()
        await page.keyboard.press("Shift")
        due = page.get_by_role("alert").filter(has_text="登录快到期")  # 24 hours, whatever is done
        await expect(due.get_by_role("button", name="重新登录")).to_be_visible()
        await expect(warned).to_have_count(0)
        clock.advance(minutes=30)
        await page.clock.fast_forward("06:00")
        await expect(page.get_by_text("登录已过期")).to_be_visible()
        await shot(page, "ended")
        await page.close()
