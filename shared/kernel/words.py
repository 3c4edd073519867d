"""Texts as they are compared in searches: one spelling for the question and for what is asked about.

Full-width and half-width, upper and lower case are the same; signs and spaces say nothing, so `%`, `_` and `*` are no
wildcards, and `DX20250129` finds `DX-20250129-0007`.
"""

import unicodedata

BETWEEN = "\n"
"""Stands between the texts of one thing; no folded text has it, so nothing is found across two of them."""


def fold(text: str) -> str:
    """The letters and digits of the text, in the one spelling in which texts are compared."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def terms(question: str) -> tuple[str, ...]:
    """What is asked for: parts between spaces, folded, each once; all of them must be found."""
    words = unicodedata.normalize("NFKC", question).split()
    return tuple(dict.fromkeys(word for word in map(fold, words) if word))
