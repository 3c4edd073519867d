"""What a follow-up says: only what differs from what the superiors already know (续报只写变化)."""

from dataclasses import dataclass

from services.information_reporting.domain.fields import NUMBERS, ORDER, Value, Values, is_empty


@dataclass(frozen=True, slots=True)
class Change:
    """One element that is told anew; `numeric` ones are marked in paper and page."""

    field: str
    before: Value
    after: Value

    @property
    def numeric(self) -> bool:
        """Whether it is a figure."""
        return self.field in NUMBERS or isinstance(self.after, int) or isinstance(self.before, int)


def changes(before: Values, after: Values) -> tuple[Change, ...]:
    """What is said anew, in the order of the elements; silence takes nothing back."""
    return tuple(
        Change(name, before.get(name), after.get(name))
        for name in ORDER
        if not is_empty(after.get(name)) and after.get(name) != before.get(name)
    )


def only_changed(before: Values, after: Values) -> dict[str, Value]:
    """The values of a follow-up."""
    return {change.field: change.after for change in changes(before, after)}


def overlaid(before: Values, after: Values) -> dict[str, Value]:
    """Everything that is known once `after` has been told too."""
    return {**before, **{name: value for name, value in after.items() if not is_empty(value)}}
