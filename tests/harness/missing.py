"""What happens when a test's tool is not on this machine: it is said loudly, it never passes for a success."""

import os
from typing import NoReturn

import pytest

from tests.harness.verdict import WORDS


def on_ci() -> bool:
    """Whether this run has to prove everything (`CI=true`)."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def missing(tool: str, remedy: str, *, optional: bool = False) -> NoReturn:
    """Ends the present test because a tool is not there.

    It fails on CI. Elsewhere it is skipped with a banner if the tool is optional or `YZT_ALLOW_MISSING=1` allows it.
    """
    reason = f"{WORDS}: {tool} is missing; {remedy}"
    if on_ci() or not (optional or os.environ.get("YZT_ALLOW_MISSING") == "1"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
