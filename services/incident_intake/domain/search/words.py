"""Texts as they are compared, and their grams: a part of a text is found by the pieces that it is made of.

One spelling for the question and for what is asked about: full-width and half-width, upper and lower case are the same,
signs and spaces say nothing (so `%`, `_` and `*` are no wildcards, and `DX20250129` finds `DX-20250129-0007`).
"""

import unicodedata
from collections.abc import Iterable
from itertools import pairwise

BETWEEN = "\n"
"""Stands between the texts of one thing; no folded text has it, so nothing is found across two of them."""


def fold(text: str) -> str:
    """The letters and digits of the text, in the one spelling in which texts are compared."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def terms(question: str) -> tuple[str, ...]:
    """What is asked for: parts between spaces, folded, each once; all of them must be found."""
    words = unicodedata.normalize("NFKC", question).split()
    return tuple(dict.fromkeys(word for word in map(fold, words) if word))


def grams(texts: Iterable[str]) -> set[str]:
    """All single characters and all pairs of neighbours in folded texts."""
    found: set[str] = set()
    for text in texts:
        found.update(text)
        found.update(map("".join, pairwise(text)))
    return found


def sought(term: str) -> list[str]:
    """The grams that a text must have to contain the term; for one or two characters that is enough to know."""
    return [term] if len(term) <= 2 else list(dict.fromkeys(term[at : at + 2] for at in range(len(term) - 1)))


def is_decided_by_grams(term: str) -> bool:
    """Whether having the grams means containing the term; a longer one may have its pieces apart from each other."""
    return len(term) <= 2
