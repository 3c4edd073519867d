"""The verdict of a CI run: a test that could not run is no success."""

from pathlib import Path

import pytest

from tests.harness.verdict import not_run

_SKIPPED = '<skipped message="only on Tuesdays">x.py:1</skipped>'
_NO_TOOL = '<skipped message="collection skipped">Skipped: NOT RUN: Node is missing</skipped>'


def _report(folder: Path, *cases: str) -> Path:
    path = folder / "report.xml"
    path.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    return path


def _case(needs: str, inner: str) -> str:
    properties = f'<properties><property name="needs" value="{needs}"/></properties>'
    return f'<testcase classname="t" name="x">{properties}{inner}</testcase>'


def test_a_skipped_browser_test_is_named(tmp_path: Path) -> None:
    assert not_run(_report(tmp_path, _case("browser", _SKIPPED))) == ["t.x: only on Tuesdays x.py:1"]


def test_a_whole_module_that_could_not_run_is_named(tmp_path: Path) -> None:
    assert len(not_run(_report(tmp_path, f'<testcase classname="" name="tests.x">{_NO_TOOL}</testcase>'))) == 1


def test_a_skipped_test_without_a_tool_and_a_run_one_with_are_fine(tmp_path: Path) -> None:
    assert not_run(_report(tmp_path, _case("other", _SKIPPED), _case("browser", ""))) == []


def test_an_empty_report_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no tests"):
        not_run(_report(tmp_path))
