"""Two hosted sites in real browsers: served on ports, facts carried to and fro, a clock that can be moved."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from playwright.async_api import Browser, Page

from tests.harness.hosting import ADMIN_PASSWORD, Hosted
from tests.harness.two_sites import Sites

DESK, PHONE = (1920, 1080), (390, 844)
ARTIFACTS = Path(__file__).parents[1] / "artifacts"


class ShiftedClock:
    """The machine's clock, moved forward as the test asks."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@contextlib.asynccontextmanager
async def served(node: Hosted, port: int) -> AsyncIterator[str]:
    """The node on a port."""
    server = Server(node.node.app, "127.0.0.1", port, interface=Interfaces.ASGI, log_level=LogLevels.error)
    serving = asyncio.create_task(server.serve())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(serving, 10)


async def carry_on(both: Sites) -> None:
    """Facts go to and fro all the time, as over a link."""
    while True:
        await both.carry()
        await asyncio.sleep(0.3)  # each round reads every log of every site


async def a_page(browser: Browser, url: str, size: tuple[int, int]) -> Page:
    context = await browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": size[0], "height": size[1]},
        has_touch=size == PHONE,
        is_mobile=size == PHONE,
    )
    page = await context.new_page()
    page.set_default_timeout(60_000)
    await page.goto(url)
    await page.get_by_label("用户名").fill("admin")
    await page.get_by_label("密码").fill(ADMIN_PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.wait_for_function("() => window.__yzt && window.__yzt.stat().linkState === 'connected'")
    return page


async def shot(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"sites-{name}.png")


async def made(node: Hosted, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await (await node.admin()).post(path, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())
