"""Grams: a part of a text is found by the pieces that it is made of."""

from collections.abc import Iterable
from operator import add


def grams(texts: Iterable[str]) -> set[str]:
    """All single characters and all pairs of neighbours in folded texts."""
    found: set[str] = set()
    for text in texts:
        found.update(text)
        found.update(map(add, text, text[1:]))
    return found


def sought(term: str) -> list[str]:
    """The grams that a text must have to contain the term; for one or two characters that is enough to know."""
    return [term] if len(term) <= 2 else list(dict.fromkeys(term[at : at + 2] for at in range(len(term) - 1)))


def is_decided_by_grams(term: str) -> bool:
    """Whether having the grams means containing the term; a longer one may have its pieces apart from each other."""
    return len(term) <= 2
