"""HTTPS with the site's own root: a browser that trusts it works offline, one that does not is led to the root."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import async_playwright, expect

from services.client import trusting
from tests.harness.chromium import LAUNCH_ARGS
from tests.harness.command import yizhangtu
from tests.harness.hosting import ADMIN_PASSWORD
from tests.harness.missing import missing
from tests.harness.ports import Ports
from tests.harness.site import Site

pytestmark = pytest.mark.timeout(180)


class SecureSite(Site):
    """A site with a certificate: it is asked over HTTPS, and gets a plain port beside it."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.plain_port = ports.take()
        super().__init__(folder, ports, "--http-port", str(self.plain_port))

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def root(self) -> Path:
        return self.data / "tls" / "ca.pem"

    async def _ready(self, _probe: httpx.AsyncClient) -> bool:
        async with httpx.AsyncClient(verify=trusting(self.root)) as probe:
            return await super()._ready(probe)


@pytest.fixture
async def site(tmp_path: Path, ports: Ports) -> AsyncIterator[SecureSite]:
    site = SecureSite(tmp_path / "site", ports)
    done = yizhangtu("tls", "init", "--data", site.data, "--host", "cmd.example.test")
    assert done.code == 0, done.said
    async with site:
        yield site


async def test_over_https_the_cookie_cannot_leave_and_other_origins_are_refused(site: SecureSite) -> None:
    async with httpx.AsyncClient(base_url=site.url, verify=trusting(site.root)) as client:
        answer = await client.post("/api/session", json={"username": "admin", "password": ADMIN_PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-yzt_session=")
        assert {"secure", "httponly", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
        elsewhere = {"Origin": "https://other.example.test"}
        assert (await client.post("/api/incidents", json={"title": "x"}, headers=elsewhere)).status_code == 403


async def test_who_does_not_trust_the_root_is_refused_by_the_client_and_not_by_silence(site: SecureSite) -> None:
    stranger = yizhangtu("status", "--url", site.url)
    assert stranger.code == 1
    assert "证书不受信任" in stranger.said
    assert yizhangtu("status", "--url", site.url, YZT_CA=str(site.root)).code == 0


async def test_the_plain_port_hands_out_the_root_and_takes_nothing(site: SecureSite) -> None:
    async with httpx.AsyncClient(base_url=f"http://localhost:{site.plain_port}") as client:
        page = await client.get("/anything")
        assert f"https://localhost:{site.port}/" in page.text
        assert "银河麒麟" in page.text
        assert (await client.get("/ca.crt")).content == site.root.read_bytes()
        body = {"username": "admin", "password": ADMIN_PASSWORD}
        assert (await client.post("/api/session", json=body)).status_code == 403
        odd = await client.get("/", headers={"Host": 'x"><script>alert(1)</script>'})
        assert "<script>" not in odd.text
    async with httpx.AsyncClient(base_url=site.url, verify=trusting(site.root)) as client:
        assert (await client.get("/ca.crt")).content == site.root.read_bytes()
        assert "SHA-256" in (await client.get("/ca")).text


async def test_a_browser_that_trusts_the_root_gets_the_offline_page(
    site: SecureSite, tmp_path: Path, chromium_path: str
) -> None:
    home = tmp_path / "home"
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    new = ["certutil", "-d", f"sql:{store}", "-N", "--empty-password"]
    trust = ["certutil", "-d", f"sql:{store}", "-A", "-t", "C,,", "-n", "yizhangtu", "-i", str(site.root)]
    try:
        for command in (new, trust):
            await asyncio.to_thread(subprocess.run, command, check=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        missing("certutil", "apt-get install libnss3-tools", optional=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, headless=True, args=LAUNCH_ARGS, env={**os.environ, "HOME": str(home)}
        )
        page = await (await browser.new_context(locale="zh-CN")).new_page()
        await page.goto(site.url)
        assert await page.evaluate("() => isSecureContext && 'serviceWorker' in navigator")
        await page.get_by_label("用户名").fill("admin")
        await page.get_by_label("密码").fill(ADMIN_PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await page.wait_for_function("() => window.__yzt && window.__yzt.stat().linkState === 'connected'")
        await page.keyboard.press("F2")
        await page.locator("#intake-description").fill("加密网址上的第一起")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("status").filter(has_text="已登记")).to_be_visible()
        await page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        site.kill()
        await page.reload()
        await expect(page.get_by_role("alert").filter(has_text="离线")).to_be_visible(timeout=60_000)
        await browser.close()
