"""Figures and the table they are shown in."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median
from unicodedata import east_asian_width

from shared.messaging.nats_process import find_binary


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of the ordered values lies; not a number when there are none."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")


def p50(millis: Sequence[float]) -> float:
    return percentile(sorted(millis), 0.5)


def p99(millis: Sequence[float]) -> float:
    return percentile(sorted(millis), 0.99)


def middle(values: Sequence[float]) -> float:
    """The median of the rounds."""
    return median(values)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `met` is empty where nothing is promised."""

    what: str
    floor: str
    product: str
    ratio: str = ""
    goal: str = ""
    met: str = ""


def verdict(met: bool) -> str:  # noqa: FBT001 — reads as its argument does
    return "yes" if met else "NO"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, padded so that it reads in a terminal too."""
    head = ("what", "floor", "product", "ratio", "goal", "met?")
    lines = [head, *(astuple(row) for row in rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(head))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "| " + " | ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in (head, rule, *lines[1:])
    )


def machine() -> str:
    """One line about where it was measured; the load tells how quiet it was."""
    model = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    nats = subprocess.run([find_binary(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores {model} · {platform.system()} {platform.release()} · "
        f"Python {platform.python_version()} · {nats} · load {load}"
    )


def _cpuinfo() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text().splitlines() if file.exists() else []
