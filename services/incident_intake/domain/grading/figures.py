"""Numbers side by side: what two sources say differently waits for a person, and nothing is ever thrown away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.events.grading import Figure
from shared.kernel.errors import Conflict, NotFound

CASUALTIES = ("dead", "missing", "serious", "injured", "trapped", "acute_poisoned")
"""People harmed; changes of these end with the window of 国务院令 493 号 §13."""
FIELDS = (*CASUALTIES, "loss_yuan", "burnt_hectares")

Value = int | float | None


@dataclass(frozen=True, slots=True)
class Told:
    """Figures after something was told or decided, and the value that is in force then."""

    figures: tuple[Figure, ...]
    value: Value


def in_dispute(figures: Iterable[Figure], field: str, value: Value) -> list[Figure]:
    """What nobody has decided about and differs from the value in force."""
    return [one for one in figures if one.field == field and not one.settled and one.value != value]


def worst(figures: Iterable[Figure], field: str, value: Value) -> Value:
    """The highest number that may be true as long as nobody has decided."""
    return max(
        [one.value for one in in_dispute(figures, field, value)] + ([] if value is None else [value]), default=None
    )


def tell(figures: tuple[Figure, ...], value: Value, new: Figure, present: Figure | None) -> Told:
    """A source tells a number. It is in force at once only if there was none, or if its source is the one in force.

    Args:
        value: in force now.
        present: the value in force as a figure of its own, for when no source of it is on record yet.
    """
    same = [one for one in figures if one.field == new.field]
    if not same and value is not None and present is not None:
        same, figures = [present], (*figures, present)
    earlier = next((one for one in same if _source(one) == _source(new)), None)
    kept = tuple(one for one in figures if one is not earlier)
    leads = value is None or (earlier is not None and earlier.value == value and not _others(same, earlier, value))
    if leads:
        return Told((*kept, replace_figure(new, settled=True, chosen=bool(earlier and earlier.chosen))), new.value)
    return Told((*kept, new), value)


def _source(one: Figure) -> tuple[str, str | None, str | None]:
    return one.source, one.source_name, one.from_incident


def _others(same: list[Figure], leading: Figure, value: Value) -> list[Figure]:
    """Undecided numbers of other sources; while there are some, not even the leading source goes on alone."""
    return [one for one in in_dispute(same, leading.field, value) if one is not leading]


def state(figures: tuple[Figure, ...], field: str, value: Value, by: str) -> tuple[Figure, ...]:
    """A person says what the number is: whatever stood beside it is decided."""
    return tuple(
        replace_figure(one, settled=True, chosen=one.value == value, chosen_by=by if one.value == value else None)
        if one.field == field else one
        for one in figures
    )  # fmt: skip


def choose(figures: tuple[Figure, ...], figure_id: str, by: str) -> tuple[str, Told]:
    """A person takes one of the numbers; returns its field too.

    Raises:
        NotFound: `figure.not_found`.
        Conflict: `figure.chosen_already`.
    """
    taken = next((one for one in figures if one.id == figure_id), None)
    if taken is None:
        raise NotFound("figure.not_found")
    if taken.chosen and not any(one.field == taken.field and not one.settled for one in figures):
        raise Conflict("figure.chosen_already")
    after = tuple(
        replace_figure(one, settled=True, chosen=one is taken, chosen_by=by if one is taken else None)
        if one.field == taken.field else one
        for one in figures
    )  # fmt: skip
    return taken.field, Told(after, taken.value)


def without_incident(figures: tuple[Figure, ...], incident_id: str, field: str, value: Value) -> Told:
    """What remains when a merge is taken back; a value that only the other incident gave goes with it."""
    gone = [one for one in figures if one.field == field and one.from_incident == incident_id]
    kept = tuple(one for one in figures if one not in gone)
    is_theirs = any(one.settled and not one.chosen and one.value == value for one in gone)
    has_own = any(one.field == field and one.settled and one.value == value for one in kept)
    return Told(kept, None if is_theirs and not has_own else value)


def replace_figure(one: Figure, **values: object) -> Figure:
    """The figure with other marks."""
    return one.model_copy(update=values)


@dataclass(frozen=True, slots=True)
class Late:
    """Numbers that came to be after the window, and those that a longer window counts after all."""

    kept: tuple[Figure, ...]
    values: dict[str, int | float]


def counted_now(late: Iterable[Figure], ends_at: datetime) -> Late:
    """A corrected type or time may lengthen the window: what lies within it then is counted, the latest last."""
    values: dict[str, int | float] = {}
    kept = []
    for one in sorted(
        late, key=lambda figure: (figure.occurred_at or figure.recorded_at, figure.recorded_at, figure.id)
    ):
        is_within = not one.counted and (one.occurred_at or one.recorded_at) < ends_at
        if is_within:
            values[one.field] = one.value
        kept.append(replace_figure(one, counted=True) if is_within else one)
    return Late(tuple(kept), values)
