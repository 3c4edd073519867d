"""The words of a call: which sentence, filled with what; the sentences themselves are in the catalogue."""

from dataclasses import dataclass

from shared.contracts.events.notify import NotificationKind
from shared.i18n import label

_LONGEST = 200
"""A title is cut behind that many characters: what is spoken or sent as a short message must stay short."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a sentence is filled with."""

    kind: NotificationKind
    title: str
    number: str | None
    place: str | None
    step: int
    steps_total: int
    exercise: bool
    site_name: str


def render(words: Words) -> str:
    """The text of a call in Chinese; in an exercise it says so first, or somebody would believe it."""
    title = words.title if len(words.title) <= _LONGEST else words.title[: _LONGEST - 1] + "…"
    text = label(
        f"notification_text.{words.kind.value}",
        title=title,
        number=words.number or label("notification_text.no_number"),
        place=words.place or label("notification_text.no_place"),
        round=words.step + 1,
        rounds=words.steps_total,
        site=words.site_name,
    )
    return label("notification_text.exercise") + text if words.exercise else text
