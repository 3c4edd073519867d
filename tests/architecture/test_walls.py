"""The walls of docs/architecture: who may import whom."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.settings import SERVICES
from tests.architecture.source import ROOT, imports, modules

_BANNER = set("╔╗╚╝║╩")
"""The linter draws its name before it says anything."""
_BROKER_ROOMS = {"service.py", "subscribers.py", "jobs.py"}
_OFFERED = tuple(f"shared.messaging.{name}." for name in ("subscriptions", "feed", "follow", "telemetry"))
"""What a service may name: its subscriptions, and for the picture the feed it folds. Never the bus or a connection."""


def test_every_contract_of_the_import_linter_is_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        report = [line for line in done.stdout.splitlines() if not _BANNER.intersection(line)]
        pytest.fail("\n".join([*report, done.stderr]), pytrace=False)


def _rooms() -> list[Path]:
    """Modules inside a service, not the ones that put services together."""
    return list(modules(*(f"services/{name}" for name in SERVICES)))


@pytest.mark.parametrize("path", _rooms(), ids=str)
def test_a_service_sees_of_messaging_only_what_is_offered_to_it(path: Path) -> None:
    seen = [name for name in imports(path) if name.startswith("shared.messaging")]
    refused = [name for name in seen if path.name not in _BROKER_ROOMS or not f"{name}.".startswith(_OFFERED)]
    assert not refused
