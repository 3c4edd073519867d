"""Where a person has moved the map, it stays: nothing that arrives moves it, only the person does."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from services.client import SiteClient
from services.incident_intake.cap.sample_series import rainstorm_series
from tests.harness.hosting import ADMIN_PASSWORD
from tests.harness.ports import Ports
from tests.harness.site import Site
from tests.harness.site_pages import DESK, PHONE, a_page

REPORTS = 8
_ARRIVED = f"() => window.__yzt.stat().incidents === {REPORTS} && window.__yzt.stat().warnings === 1"


@pytest.fixture
async def site(tmp_path: Path, ports: Ports) -> AsyncIterator[Site]:
    async with Site(tmp_path, ports) as running:
        yield running


async def _camera(page: Page) -> dict[str, float]:
    camera: dict[str, float] = await page.evaluate("() => window.__yzt.camera()")
    return camera


async def _at_rest(page: Page) -> dict[str, float]:
    """The camera once it stands still."""
    before, now = None, await _camera(page)
    while now != before:
        await page.wait_for_timeout(400)
        before, now = now, await _camera(page)
    return now


async def _drag(page: Page) -> None:
    box = await page.locator("canvas.maplibregl-canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 90, y + 60, steps=6)
    await page.mouse.up()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_manual_pan_is_never_undone_by_what_arrives(
    browser: Browser, site: Site, size: tuple[int, int]
) -> None:
    page = await a_page(browser, site.url, size)
    home = await _at_rest(page)
    await _drag(page)
    left = await _at_rest(page)
    assert left != home, "the map follows the hand"
    async with SiteClient(site.url) as client:
        await client.login("admin", ADMIN_PASSWORD)
        for number in range(REPORTS):
            point = {"lon": 116.2 + number * 0.06, "lat": 39.5 + number * 0.05}  # in and out of sight
            await client.post("/api/incidents", {"title": f"第{number}起", "location": point})
        await client.post_xml("/api/warnings", rainstorm_series(datetime.now(UTC) - timedelta(minutes=5))[0])
    await page.wait_for_function(_ARRIVED)
    assert await _at_rest(page) == left
    there = await page.evaluate("() => JSON.stringify(window.__yzt.camera())")
    await page.get_by_role("button", name="回到全区").click()
    # It begins to move at the next frame, which a busy machine draws late.
    await page.wait_for_function("before => JSON.stringify(window.__yzt.camera()) !== before", arg=there)
