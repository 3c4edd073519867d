"""How long a change takes from the 2xx to another person's screen, measured on that screen by its own clock."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from services.client import SiteClient
from services.demo.district import demo_password, prepare
from tests.harness.hosting import ADMIN_PASSWORD
from tests.harness.ports import Ports
from tests.harness.site import Site

PASSWORD = demo_password()
REPORTS = 5
_WATCH = """() => {
  window.__seen = {};
  setInterval(() => {
    const { incidents, renderedIncidents } = window.__yzt.stat();
    const now = performance.timeOrigin + performance.now();
    window.__seen[`held ${incidents}`] ??= now;
    window.__seen[`drawn ${renderedIncidents}`] ??= now;
    const found = document.body.textContent.match(/改名第\\d+次/g) ?? [];
    for (const words of found) window.__seen[words] ??= now;
  }, 20);
}"""
"""Looks each 20 ms, and remembers when something was there for the first time."""


@pytest.fixture
async def site(tmp_path: Path, ports: Ports) -> AsyncIterator[Site]:
    """A site with the sample district."""
    async with Site(tmp_path, ports) as running:
        async with SiteClient(running.url) as client:
            await client.login("admin", ADMIN_PASSWORD)
            await prepare(client, running.url, PASSWORD, datetime.now(UTC))
        yield running


async def _open(browser: Browser, site: Site) -> Page:
    context = await browser.new_context(locale="zh-CN", viewport={"width": 1920, "height": 1080})
    page = await context.new_page()
    page.set_default_timeout(60_000)
    await page.goto(site.url)
    await page.get_by_label("用户名").fill("daiban")
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.wait_for_function("() => window.__yzt && window.__yzt.stat().linkState === 'connected'")
    await page.evaluate(_WATCH)
    return page


async def _seen(page: Page, what: str) -> float:
    await page.wait_for_function(f"() => window.__seen[{what!r}] !== undefined")
    return float(await page.evaluate(f"() => window.__seen[{what!r}]")) / 1000


def _told(delays: list[float]) -> dict[str, float]:
    return {"p50": round(statistics.median(delays), 3), "max": round(max(delays), 3)}


@pytest.mark.timeout(300)
async def test_a_report_and_a_change_are_on_another_screen_measured_from_the_answer(
    browser: Browser, site: Site, record_property: Callable[[str, object], None]
) -> None:
    page = await _open(browser, site)
    held: list[float] = []
    drawn: list[float] = []
    changed: list[float] = []
    async with SiteClient(site.url) as client:
        await client.login("zhiban", PASSWORD)
        for number in range(1, REPORTS + 1):
            # Apart on the map, or one mark would stand for two; not in step with any clock of the page.
            point = {"lon": 116.25 + number * 0.03, "lat": 39.6 + (number % 3) * 0.06}
            incident: dict[str, Any] = await client.post(
                "/api/incidents", {"title": f"第{number}起", "location": point}
            )
            answered = time.time()
            held.append(await _seen(page, f"held {number}") - answered)
            drawn.append(await _seen(page, f"drawn {number}") - answered)
            await asyncio.sleep(0.37)
            await client.patch(f"/api/incidents/{incident['id']}", {"title": f"改名第{number}次"})
            answered = time.time()
            changed.append(await _seen(page, f"改名第{number}次") - answered)
            await asyncio.sleep(0.41)
    for name, delays in (("held", held), ("drawn", drawn), ("changed", changed)):
        record_property(f"seconds_until_{name}", _told(delays))
    assert len(held) == len(drawn) == len(changed) == REPORTS
