"""How texts are compared: folding, terms, grams; what the index says is what reading every text would say."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident_intake.domain.search.grams import grams, is_decided_by_grams, sought
from services.incident_intake.domain.search.incidents import type_words
from shared.i18n import catalogue
from shared.kernel.initials import initials
from shared.kernel.words import BETWEEN, fold, terms

FEW = st.text("旧宫火灾a1１Ａ-%_ 　Ⅲ", max_size=12)
ANY = st.text(max_size=40)


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("DX-20250129-0007", "dx202501290007"),
        ("ＤＸ－２０２５０１２９", "dx20250129"),
        ("旧宫镇 幸福路３号（院内）", "旧宫镇幸福路3号院内"),
        ("Ⅲ级", "iii级"),
        ("%_*\\'\"\0\ufeff", ""),
        ("STRASSE ß", "strassess"),
    ],
)
def test_one_spelling_for_wide_narrow_upper_lower_signs_and_spaces(said: str, folded: str) -> None:
    assert fold(said) == folded


def test_terms_are_what_stands_between_spaces_of_any_width_each_once() -> None:
    assert terms(" 旧宫　火灾 旧宫 - % ") == ("旧宫", "火灾")
    assert terms("%%% ***") == ()


@given(ANY)
def test_folding_again_changes_nothing_that_is_compared(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert BETWEEN not in fold(text)


@given(st.lists(FEW, max_size=4), FEW)
def test_grams_and_a_look_at_the_text_find_exactly_the_texts_that_contain_the_term(
    texts: list[str], asked: str
) -> None:
    folded, term = [fold(text) for text in texts], fold(asked)
    if not term:
        return
    contains = any(term in text for text in folded)
    has_grams = set(sought(term)) <= grams(folded)
    assert contains <= has_grams, "no hit may be missed"
    found = has_grams and (is_decided_by_grams(term) or term in BETWEEN.join(folded))
    assert found == contains


@given(ANY)
def test_grams_are_tokens_for_every_store(text: str) -> None:
    for gram in grams([fold(text)]):
        assert 1 <= len(gram) <= 2
        assert gram.isalnum()


@pytest.mark.parametrize(
    ("said", "letters"),
    [
        ("旧宫", ("jg",)),
        ("榆垡镇", ("yfz",)),
        ("瀛海", ("yh",)),
        ("长子营", ("czy", "zzy")),
        ("3号楼B座", ("3hlbz",)),
        ("！？　", ()),
        ("", ()),
    ],
)
def test_letters_are_those_in_which_a_name_is_typed(said: str, letters: tuple[str, ...]) -> None:
    assert initials(said) == letters


def test_every_township_is_found_by_its_letters() -> None:
    from shared.kernel.district import townships

    for township in townships():
        spelled = initials(township.name)
        assert spelled, township.name
        assert all(len(one) == len(township.name) for one in spelled), township.name


def test_the_table_of_types_says_the_same_letters() -> None:
    from shared.kernel.district import incident_types

    wrong = {
        kind.name: (kind.initials, initials(fold(kind.name)))
        for kind in incident_types()
        if fold(kind.initials) not in initials(fold(kind.name))
    }
    assert len(wrong) <= len(incident_types()) // 20, wrong


def test_a_kind_is_found_by_the_names_above_it() -> None:
    assert "火灾" in type_words("12G03")
    assert type_words("99Z99") == type_words(None) == ""


def test_every_kind_of_line_has_its_name_in_the_table_for_the_archive() -> None:
    folder = Path(__file__).parents[2] / "services" / "incident_intake"
    written = re.compile(r'write_line\(\s*connection,\s*[\w.\[\]]+,\s*"(\w+)"')
    kinds = {kind for path in folder.rglob("*.py") for kind in written.findall(path.read_text("utf-8"))}
    assert {"reported", "assignment", "closed"} <= kinds
    assert not [kind for kind in kinds if f"timeline_kind.{kind}" not in catalogue()]
