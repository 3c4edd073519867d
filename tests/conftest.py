"""Fixtures for real servers and browsers; marks what needs them, and says loudly what could not run."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.async_api import Browser, Page, async_playwright

from shared.telemetry.logs import configure_logs
from tests.harness.chromium import launch, require_chromium
from tests.harness.lanes import in_lanes
from tests.harness.nats import NatsServer
from tests.harness.ports import Ports
from tests.harness.postgres import Postgres
from tests.harness.postgres import postgres_server as run_postgres
from tests.harness.verdict import MARKS, WORDS

_TESTS = Path(__file__).parent
_NEEDS = {"nats_server": "nats", "postgres_url": "postgres", "chromium_path": "browser"}
"""Fixture to mark: whoever asks for the fixture, directly or not, carries the mark."""


def pytest_configure() -> None:
    # As in production: structlog's own default draws every local of every frame, which takes seconds.
    configure_logs("WARNING")
    # How long an example takes says how busy the machine is, nothing of the product.
    settings.register_profile("yizhangtu", deadline=None)
    settings.load_profile("yizhangtu")


@pytest.hookimpl(trylast=True)  # after pytest has put those together that share a server
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if mark := _NEEDS.get(fixture):
                item.add_marker(mark)
        if "degraded" in item.path.parts:
            item.add_marker("degraded")
        item.user_properties.extend(("needs", mark) for mark in MARKS if item.get_closest_marker(mark))
    if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
        items[:] = in_lanes([(_folder(item), item) for item in items], workers)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(_TESTS).parts[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if WORDS in reason:
            reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        terminalreporter.section("NOT EVERYTHING WAS TESTED", sep="!", red=True, bold=True)
        for reason, count in reasons.items():
            terminalreporter.line(f"{count} tests {reason.removeprefix('Skipped: ')}", red=True)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name what failed at once: a run that is cut off by its time limit still says which test it was."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ and (path := os.environ.get("YZT_TEST_FAILURES")):
        with Path(path).open("a") as named:
            named.write(f"{report.nodeid}\n")


@pytest.fixture
def ports() -> Iterator[Ports]:
    """Ports that are free and stay reserved for this test."""
    with Ports() as reserved:
        yield reserved


@pytest.fixture
async def nats_server(tmp_path: Path, ports: Ports) -> AsyncIterator[NatsServer]:
    """A running nats-server of one's own."""
    async with NatsServer(tmp_path / "nats", ports) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run."""
    with run_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """SQLAlchemy URL of a fresh empty database."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str | None:
    """`database_url` of a node, once per kind of store: the test runs on SQLite files, then on a real PostgreSQL."""
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of a Chromium."""
    return require_chromium()


@pytest.fixture
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """A headless browser, started for this test."""
    async with async_playwright() as playwright:
        running = await launch(playwright, chromium_path)
        yield running
        await running.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page of a Chinese officer's desk: 1920×1080, zh-CN, Beijing time."""
    context = await browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1920, "height": 1080}, ignore_https_errors=True
    )
    yield await context.new_page()
    await context.close()
