"""What a person says the figures are: counted, or kept apart when they became so after the window (493 号令 §13)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.incident_intake.domain.checks import Hint
from services.incident_intake.domain.grading.figures import CASUALTIES, FIELDS, Value, replace_figure, state
from services.incident_intake.domain.incident import Incident
from services.incident_intake.domain.limits import IntakeConfig
from shared.contracts.events.grading import Figure
from shared.kernel.errors import FieldFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Who says it and from where it is known.

    Args:
        occurred_at: when it became so; by this the window counts.
        new_id: makes the ids of figures that are kept.
    """

    by: str
    now: datetime
    new_id: Callable[[], str]
    occurred_at: datetime | None = None
    source: str | None = None
    source_name: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The incident with the figures that count, and those that came too late to count."""

    incident: Incident
    late: tuple[Figure, ...] = ()


def take_figures(incident: Incident, values: Mapping[str, Value], said: Statement) -> Taken:
    """A person states figures. The window of the incident must be known (`regraded`)."""
    new = {name: value for name, value in values.items() if getattr(incident, name) != value}
    is_past = is_after_window(incident, said.occurred_at or said.now)
    late = tuple(_late(incident, new, said)) if is_past else ()
    counted = {name: value for name, value in new.items() if not is_past or name not in CASUALTIES}
    figures = incident.figures
    for name in values:
        if name in counted or name not in new:
            figures = _stated(figures, name, values[name], said)
    window = incident.casualty_window
    if late and window is not None:
        window = window.model_copy(update={"late": [*window.late, *late]})
    return Taken(replace(incident, **counted, figures=figures, casualty_window=window), late)  # type: ignore[arg-type]


def is_after_window(incident: Incident, moment: datetime) -> bool:
    """Whether what became so at this moment is counted no more."""
    return incident.casualty_window is not None and moment >= incident.casualty_window.ends_at


def _late(incident: Incident, new: Mapping[str, Value], said: Statement) -> Iterator[Figure]:
    known = {one.field: one.value for one in (incident.casualty_window.late if incident.casualty_window else [])}
    for name, value in new.items():
        if name in CASUALTIES and value is not None and known.get(name) != value:
            yield replace_figure(figure_of(name, value, said, incident.source.value), counted=False, settled=True)


def figure_of(name: str, value: float, said: Statement, own_source: str) -> Figure:
    """The number as a figure with its source; without one it is the incident's own."""
    return Figure(
        id=said.new_id(),
        field=name,
        value=value,
        source=said.source or own_source,
        source_name=said.source_name,
        reported_at=said.now,
        recorded_at=said.now,
        occurred_at=said.occurred_at,
        note=said.note,
        recorded_by=said.by,
    )


def _stated(figures: tuple[Figure, ...], name: str, value: Value, said: Statement) -> tuple[Figure, ...]:
    """What stood beside it is decided; a named source is kept with its number."""
    after = state(figures, name, value, said.by)
    if said.source is None or value is None:
        return after
    kept = tuple(
        replace_figure(one, chosen=False, chosen_by=None) if one.field == name else one
        for one in after
        if (one.field, one.source, one.source_name, one.from_incident) != (name, said.source, said.source_name, None)
    )
    own = replace_figure(figure_of(name, value, said, said.source), chosen=True, chosen_by=said.by, settled=True)
    return (*kept, own)


def absurd(values: Mapping[str, Value], config: IntakeConfig) -> list[FieldFault]:
    """Numbers that cannot be true of a district."""
    return [
        FieldFault(_pointer(name), "figure.absurd", value=value, at_most=at_most)
        for name, value in values.items()
        if value is not None and value > (at_most := _at_most(name, config))
    ]


def doubtful(values: Mapping[str, Value], config: IntakeConfig) -> list[Hint]:
    """Numbers that are rather a slip of the finger."""
    return [
        Hint(_pointer(name), "figure.doubtful", {"value": value})
        for name, value in values.items()
        if name in CASUALTIES and value is not None and value > config.doubtful_people.value
    ]


def _at_most(name: str, config: IntakeConfig) -> int:
    if name == "loss_yuan":
        return config.most_loss_yuan.value
    return config.most_hectares.value if name == "burnt_hectares" else config.most_people.value


def _pointer(name: str) -> str:
    return f"/{name}" if name in FIELDS[5:] else f"/casualties/{name}"
