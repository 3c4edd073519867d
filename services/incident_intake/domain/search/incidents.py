"""What of an incident or a call can be searched for, by name."""

from collections.abc import Mapping
from functools import cache

from services.incident_intake.domain.call import Call
from services.incident_intake.domain.incident import Incident, township_names
from shared.kernel.district import incident_types
from shared.kernel.initials import initials
from shared.kernel.words import BETWEEN, fold

INITIALS = "initials"


@cache
def type_words(code: str | None) -> str:
    """The name of a type and of those above it: a fire in a dwelling is found as a fire too."""
    kinds = {kind.code: kind for kind in incident_types()}
    names = []
    kind = kinds.get(code or "")
    while kind is not None and kind.level > 0:
        names.append(kind.name)
        kind = kinds.get(kind.parent)
    return " ".join(names)


def searched(incident: Incident) -> dict[str, str]:
    """The incident's texts as written, by field; nothing of the caller is among them."""
    return {
        "number": incident.number,
        "title": incident.title,
        "place": incident.place_text or "",
        "township": township_names().get(incident.township or "", ""),
        "type": f"{type_words(incident.type_code)} {incident.type_code or ''}",
        "description": incident.description or "",
    }


def searched_of_call(call: Call) -> dict[str, str]:
    """The same of a call: what was said and where; who called is found by the number only, at `/api/callers`."""
    return {
        "number": call.number,
        "place": call.place_text or "",
        "township": township_names().get(call.township or "", ""),
        "type": f"{type_words(call.type_code)} {call.type_code or ''}",
        "description": call.said or "",
    }


_NAMES = ("township", "type")
"""Of these there are few, and each is met again and again."""
_BY_INITIALS = ("title", "place", *_NAMES)


def _letters_of(part: str) -> tuple[str, ...]:
    return initials(fold(part))


_letters_of_name = cache(_letters_of)


def index_text(texts: Mapping[str, str]) -> str:
    """Everything by which a thing is found, folded; short texts by the letters of their pinyin too."""
    folded = [fold(word) for name, text in texts.items() for word in _parts(name, text)]
    for name in _BY_INITIALS:
        letters_of = _letters_of_name if name in _NAMES else _letters_of
        folded += [letters for part in _parts(name, texts.get(name, "")) for letters in letters_of(part)]
    return BETWEEN.join(dict.fromkeys(word for word in folded if word))


def _parts(name: str, text: str) -> list[str]:
    """Names of types are found one by one, everything else as a whole."""
    return text.split() if name == "type" else [text]


def found_in(texts: Mapping[str, str], wanted: tuple[str, ...]) -> list[str]:
    """The first field in which each term stands; `initials` when it is none as written."""
    folded: dict[str, str] = {}
    places: dict[str, None] = {}
    for term in wanted:
        for name, text in texts.items():
            if name not in folded:
                folded[name] = BETWEEN.join(fold(part) for part in _parts(name, text))
            if term in folded[name]:
                places[name] = None
                break
        else:
            places[INITIALS] = None
    return list(places)
