"""What people and modems do to a text, undone: full width, spaces, line breaks, other bars."""

import unicodedata

BAR = "|"
_BARS = str.maketrans(dict.fromkeys("丨│┃¦∣ǀ", BAR))
_DROPPED = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"})
_ROUNDS = 8


def tidy(text: str) -> str:
    """The text in compatibility form, without blanks and invisible characters, every bar a `|`; idempotent."""
    for _ in range(_ROUNDS):
        plain = unicodedata.normalize("NFKC", text)
        plain = "".join(one for one in plain if unicodedata.category(one) not in _DROPPED).translate(_BARS)
        if plain == text:
            break
        text = plain
    return text
