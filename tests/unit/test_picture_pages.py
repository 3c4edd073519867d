"""The built page: what may be kept, what must be asked for, and what is said when it is not there."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.operational_picture.pages import Pages

SCRIPT = "console.log(1);" * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>一张图</title>")
    (static / "sw.js").write_text("self.x = 1")
    (static / "assets" / "index-abc123.js").write_text(SCRIPT)
    (static / "icon.svg").write_text("<svg/>")
    (static / ".stamp").write_text("secret")
    (tmp_path / "outside.txt").write_text("outside")
    return static


@pytest.fixture
async def browser(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Pages(folder)), base_url="http://x") as client:
        client.headers["Accept-Encoding"] = "identity"
        yield client


async def test_the_page_and_its_worker_are_asked_for_each_time(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/index.html", "/sw.js", "/icon.svg"):
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-cache"
    assert (await browser.get("/sw.js")).headers["content-type"].startswith("text/javascript")


async def test_hashed_files_may_be_kept_for_ever(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/index-abc123.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.text == SCRIPT


async def test_what_a_browser_has_is_not_sent_again(browser: httpx.AsyncClient, folder: Path) -> None:
    first = await browser.get("/")
    again = await browser.get("/", headers={"If-None-Match": f"W/{first.headers['etag']}"})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"
    (folder / "index.html").write_text("<!doctype html><title>一张图 2</title>")
    assert (await browser.get("/", headers={"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_big_texts_are_pressed_for_who_takes_it(browser: httpx.AsyncClient) -> None:
    pressed = await browser.get("/assets/index-abc123.js", headers={"Accept-Encoding": "gzip, br"})
    assert pressed.headers["content-encoding"] == "gzip"
    assert int(pressed.headers["content-length"]) < len(SCRIPT)
    assert pressed.headers["vary"] == "Accept-Encoding"
    assert pressed.text == SCRIPT


async def test_head_tells_the_length_and_sends_nothing(browser: httpx.AsyncClient) -> None:
    answer = await browser.head("/assets/index-abc123.js")
    assert (answer.headers["content-length"], answer.content) == (str(len(SCRIPT)), b"")


async def test_addresses_of_the_page_itself_are_the_page(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/admin/people")
    assert answer.status_code == 200
    assert "一张图" in answer.text


@pytest.mark.parametrize(
    "path", ["/assets/gone-1.js", "/.stamp", "/../outside.txt", "/%2e%2e/outside.txt", "/assets/..%2f..%2foutside.txt"]
)
async def test_what_is_not_there_or_not_ours_is_not_found(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert "outside" not in answer.text.replace("outside.txt", "")
    assert "secret" not in answer.text
    assert answer.status_code == 404


async def test_an_unknown_api_path_never_answers_with_the_page(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_only_reading_is_allowed(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/")).status_code == 405


async def test_the_policy_lets_no_foreign_or_inline_script_run(browser: httpx.AsyncClient) -> None:
    policy = (await browser.get("/")).headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["script-src"] == "'self'"
    assert rules["worker-src"] == "'self' blob:"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["object-src"] == "'none'"


async def test_a_page_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(Pages(tmp_path / "static"))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get("/")
        assert answer.status_code == 503
        assert "make web" in answer.text
        (tmp_path / "static").mkdir()
        (tmp_path / "static" / "index.html").write_text("built")
        assert (await client.get("/")).text == "built"
