"""Nothing in the repository names a package registry or a path of one person's machine."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

_REGISTRIES = ("pypi.org", "pythonhosted.org", "registry.npmjs", "npmmirror", "tuna.tsinghua", "mirrors.aliyun")
_OPTIONS = ("--index-url", "--extra-index-url", "--find-links", "index-url =", "registry=http", "registry = http")
_PATHS = re.compile(r"(?<![\w.$}{/-])/(?:work|root|home/\w+|Users/\w+|tmp/plan)/")


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def _text(path: Path) -> str:
    """The text of a file; binary files have none."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def _offences(path: Path) -> list[str]:
    text = _text(path)
    found = [word for word in (*_REGISTRIES, *_OPTIONS) if word in text]
    return found + [match.group() for match in _PATHS.finditer(text)]


def test_no_tracked_file_names_a_registry_or_a_local_path() -> None:
    offences = {
        str(path.relative_to(ROOT)): found
        for path in _tracked()
        if path != Path(__file__).resolve() and (found := _offences(path))
    }
    assert not offences


@pytest.mark.parametrize("name", ["package-lock.json", "npm-shrinkwrap.json"])
def test_locks_of_the_page_pin_content_not_places(name: str) -> None:
    for path in _tracked():
        if path.name == name:
            packages = {key: value for key, value in json.loads(path.read_text())["packages"].items() if key}
            assert not [key for key, value in packages.items() if "resolved" in value]
            assert not [key for key, value in packages.items() if "integrity" not in value]


def test_every_locked_python_package_has_a_hash() -> None:
    entries = re.split(r"\n(?=[a-z])", (ROOT / "requirements.lock").read_text())
    assert len(entries) > 50
    assert not [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
