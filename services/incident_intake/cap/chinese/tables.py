"""What the codes of each source mean. A code is weak evidence: where a name is given too, the name decides."""

import csv
from functools import cache
from importlib.resources import files

from services.incident_intake.cap.kinds import code_names
from shared.contracts.levels import WarningColor

LEVEL_CODES = {
    "01": WarningColor.BLUE,
    "02": WarningColor.YELLOW,
    "03": WarningColor.ORANGE,
    "04": WarningColor.RED,
}
"""The numbers of colours that these sources share; `00` stands for what their table lacks."""


@cache
def _codes() -> dict[tuple[str, str], str]:
    text = files(__package__).joinpath("type_codes.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {(row["source"], row["type_code"]): row["code"] for row in rows}


def national_code(source: str, type_code: str | None) -> str | None:
    """The national code behind a source's own; QWeather's `10NN` run parallel to `11BNN`."""
    if type_code is None:
        return None
    parallel = f"11B{type_code[2:]}" if source == "qweather" and type_code.startswith("10") else ""
    return _codes().get((source, type_code)) or (parallel if parallel in code_names() else None)
