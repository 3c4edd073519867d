"""The sheet of paper before the power goes: from the command line and from the page, also without a link."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from services.client import SiteClient
from services.demo.district import demo_password, prepare
from tests.harness.command import yizhangtu
from tests.harness.hosting import ADMIN_PASSWORD
from tests.harness.missing import missing
from tests.harness.ports import Ports
from tests.harness.site import Site

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
PASSWORD = demo_password()
CAN_READ_BACK = shutil.which("pdftotext") is not None and Path("/usr/share/poppler").is_dir()
"""Chinese is set in the reader's own character collection: without poppler's tables of it, a sheet reads as empty."""
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def site(tmp_path: Path, ports: Ports) -> AsyncIterator[Site]:
    async with Site(tmp_path / "site", ports) as running:
        async with SiteClient(running.url) as client:
            await client.login("admin", ADMIN_PASSWORD)
            await prepare(client, running.url, PASSWORD, datetime.now(UTC))
            report = {
                "title": "示例自建房火情",
                "grade": "III",
                "location": {"text": "旧宫地区示例村"},
                "casualties": {"injured": 5},
            }
            await client.post("/api/incidents", report, key="one")
            await client.post("/api/ops/power", {"source": "UPS", "on_battery": True, "minutes_left": 9})
        yield running


async def at_the_desk(browser: Browser, site: Site) -> Page:
    context = await browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1920, "height": 1080}
    )
    page = await context.new_page()
    page.set_default_timeout(60_000)
    await page.goto(site.url)
    await page.get_by_label("用户名").fill("zhiban")
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.wait_for_function("() => window.__yzt && window.__yzt.stat().incidents === 1")
    # The dialog of the system cannot be looked at; what would go to the paper can.
    await page.evaluate("() => { window.print = () => dispatchEvent(new Event('beforeprint')) }")
    return page


async def test_the_command_line_writes_a_pdf(site: Site, tmp_path: Path) -> None:
    paper = tmp_path / "态势单.pdf"
    done = yizhangtu("sheet", "-o", paper, "--url", site.url)
    assert done.code == 0, done.said
    assert paper.read_bytes().startswith(b"%PDF-")
    if not CAN_READ_BACK:
        missing("pdftotext", "apt-get install poppler-utils poppler-data", optional=True)
    command = ["pdftotext", "-layout", str(paper), "-"]
    done_reading = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    text = re.sub(r"\s", "", done_reading.stdout)
    for words in ("态势单", "未结束事件1", "示例自建房火情", "伤5", "第1页/共1页", "示例值班员赵"):
        assert words in text


async def test_the_page_prints_the_same_on_line_and_without_a_link(browser: Browser, site: Site) -> None:
    page = await at_the_desk(browser, site)
    await expect(page.get_by_role("status").filter(has_text="电池供电")).to_contain_text("剩")
    await expect(page.get_by_role("alert").filter(has_text="站点电池将尽")).to_be_visible()
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / "sheet-battery.png")
    site.kill()
    await page.wait_for_function("() => window.__yzt.stat().linkState === 'down'")
    await page.keyboard.press("F2")
    await page.locator("#intake-description").fill("断电前记下的一起")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("status").filter(has_text="已存入待发")).to_be_visible()

    await page.get_by_role("button", name="打印态势单").click()
    await page.emulate_media(media="print")
    sheet = page.locator("article.situation")
    await expect(sheet).to_be_visible()
    for words in (
        "态势单",
        "未结束事件 1",
        "示例自建房火情",
        "伤5",
        "示例值班员赵",
        "本机待发 1",
        "断电前记下的一起",
        "请先核实",
    ):
        await expect(sheet).to_contain_text(words)
    await expect(page.locator("#app")).to_be_hidden()
    paper = await page.pdf(path=ARTIFACTS / "sheet-page.pdf", prefer_css_page_size=True)
    assert paper.startswith(b"%PDF-")
    await page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    await expect(sheet).to_have_count(0)
