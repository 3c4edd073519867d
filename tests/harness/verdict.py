"""Reads a JUnit report and refuses a run in which a test was skipped for want of a tool.

python tests/harness/verdict.py report.xml
"""

import sys
from pathlib import Path

from defusedxml.ElementTree import parse

WORDS = "NOT RUN"
"""First words of the reason of every test that could not run."""
MARKS = ("nats", "postgres", "browser", "degraded")
"""Marks of tests that need a real tool; the report carries them as properties of each test."""


def not_run(report: Path) -> list[str]:
    """Tests that need a real tool and were skipped, with the reason.

    Raises:
        ValueError: the report has no test at all.
    """
    cases = list(parse(report).iter("testcase"))
    if not cases:
        raise ValueError("the report has no tests")
    found = []
    for case in cases:
        marks = {entry.get("value") for entry in case.iter("property") if entry.get("name") == "needs"}
        skipped = case.find("skipped")
        if skipped is None:
            continue
        message = f"{skipped.get('message')} {skipped.text}"
        if marks.intersection(MARKS) or WORDS in message:
            found.append(f"{case.get('classname')}.{case.get('name')}: {message}")
    return found


def main() -> int:
    """Prints the verdict; 0 when everything was run."""
    report = Path(sys.argv[1])
    try:
        missing = not_run(report)
    except (OSError, ValueError) as error:
        print(f"no verdict: {error}")
        return 1
    for line in missing:
        print(f"NOT RUN {line}")
    print(f"{len(missing)} tests that need a real tool were not run")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
