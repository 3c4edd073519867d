"""The Chinese catalogue and how sentences are found in it."""

import pytest

from shared import i18n


def test_a_sentence_is_found_by_its_dotted_key() -> None:
    assert i18n.label("problem.session.required").startswith("尚未登录")


def test_a_missing_key_shows_itself() -> None:
    assert i18n.label("problem.no.such_thing", minutes=3) == "problem.no.such_thing"


def test_parameters_are_filled_in_and_a_missing_one_stays_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_catalogue", lambda: {"k": "{unit} 在 {minutes} 分钟内"})
    assert i18n.label("k", minutes=3) == "{unit} 在 3 分钟内"


def test_nested_tables_and_dotted_keys_are_the_same() -> None:
    nested = i18n.merge({"a.toml": '[problem.x]\ny = "文"'})
    assert nested == i18n.merge({"a.toml": '"problem.x.y" = "文"'}) == {"problem.x.y": "文"}


def test_a_key_defined_in_two_files_is_an_error_that_names_both() -> None:
    with pytest.raises(i18n.BrokenCatalogue, match=r"a\.b: in one\.toml and in two\.toml"):
        i18n.merge({"one.toml": 'a.b = "1"', "two.toml": '[a]\nb = "2"'})


def test_a_value_that_is_no_text_is_an_error() -> None:
    with pytest.raises(i18n.BrokenCatalogue, match="a"):
        i18n.merge({"one.toml": "a = 1"})


def test_a_broken_file_is_named() -> None:
    with pytest.raises(i18n.BrokenCatalogue, match=r"one\.toml"):
        i18n.merge({"one.toml": "a ="})


def test_the_caller_cannot_change_the_catalogue() -> None:
    i18n.catalogue()["problem.session.required"] = "x"
    assert i18n.label("problem.session.required") != "x"


def test_a_list_in_a_sentence_is_written_as_a_person_would() -> None:
    assert "名称、类型。" in i18n.label("problem.import.header_missing", missing=["名称", "类型"])
