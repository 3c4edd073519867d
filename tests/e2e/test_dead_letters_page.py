"""The page of what a service could not take: in words, not in names of classes, and retried from there."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from services.settings import SERVICES
from shared.storage.system import append_facts
from tests.e2e.test_walking_platform import PHONE
from tests.harness.hosting import hosted
from tests.harness.ports import Ports
from tests.harness.site_pages import a_page, served
from tests.integration.test_dead_letters import CONSUMER, a_broken_fact, letters

expect.set_options(timeout=30_000)


@pytest.mark.timeout(240)
async def test_a_dead_letter_says_in_words_why_it_waits_and_is_retried(
    tmp_path: Path, browser: Browser, ports: Ports
) -> None:
    async with hosted(tmp_path, services=SERVICES, broker=True) as node, served(node, ports.take()) as url:
        poison = a_broken_fact()
        await node.node.databases["resource_dispatch"].write(lambda connection: append_facts(connection, poison))
        await letters(await node.admin(), 1)
        page = await a_page(browser, url, PHONE)
        await page.get_by_role("button", name="菜单").click()
        await page.get_by_role("button", name="管理", exact=True).click()
        await page.get_by_role("navigation", name="管理").get_by_role("button", name="死信", exact=True).click()
        row = page.get_by_role("row").filter(has_text=CONSUMER)
        await expect(row).to_contain_text("接报与预警")
        await expect(row).to_contain_text("处理这条事实时程序出错")
        await row.get_by_role("button", name="重试").click()
        await expect(row).to_contain_text("已送回重试")
