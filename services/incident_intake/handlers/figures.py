"""Figures from people and from sources: stated, told side by side, chosen; late ones are kept apart (493 号令 §13)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.casualties import (
    Statement,
    absurd,
    doubtful,
    figure_of,
    is_after_window,
    take_figures,
)
from services.incident_intake.domain.checks import Hint, refuse, time_fault
from services.incident_intake.domain.grading.figures import (
    CASUALTIES,
    FIELDS,
    Value,
    choose,
    in_dispute,
    replace_figure,
)
from services.incident_intake.domain.grading.figures import tell as tell_figure
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.context import Intake, write_line
from services.incident_intake.handlers.grades import answer_with, grade_hints, grade_now, keep_change, to_change
from services.incident_intake.schemas.grading import StateCasualties, TellFigure
from shared.contracts.events.grading import Figure
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.ids import new_id


def state_casualties(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: StateCasualties, now: datetime
) -> Answer:
    """A person says what the figures are, of an open or an ended incident; it is graded anew.

    Raises:
        NotFound, Conflict: as of `to_change`.
        Invalid: `figure.absurd`, `figure.nothing_said`, or a time cannot be true.
    """
    values = {name: getattr(cmd, name) for name in FIELDS if name in cmd.model_fields_set}
    if not values:
        raise Invalid("figure.nothing_said")
    check_figures(intake, values, now, occurred_at=cmd.occurred_at)
    before = to_change(connection, intake, actor, incident_id, cmd.version)
    said = Statement(
        by=actor.name, now=now, new_id=new_id, occurred_at=cmd.occurred_at,
        source=cmd.source.value if cmd.source else None, source_name=cmd.source_name or None, note=cmd.note or None,
    )  # fmt: skip
    stated, hints = stated_figures(connection, intake, before, values, said)
    after = keep_change(connection, intake, before, stated, now, actor=actor, remark=cmd.note)
    return answer_with(connection, intake, after, [*hints, *grade_hints(before, after), *disputes(after)])


def check_figures(
    intake: Intake, values: Mapping[str, Value], now: datetime, *, occurred_at: datetime | None = None
) -> None:
    """Refuse numbers and times that cannot be true.

    Raises:
        Invalid: `figure.absurd`, `time.in_future`, `time.too_old`.
    """
    fault = time_fault("/occurred_at", occurred_at, now, intake.config)
    refuse([*absurd(values, intake.config), *([fault] if fault else [])])


def stated_figures(
    connection: Connection, intake: Intake, before: Incident, values: Mapping[str, Value], said: Statement
) -> tuple[Incident, list[Hint]]:
    """The incident with what a person says the figures are; what came too late is written and hinted at."""
    known = grade_now(connection, intake, before, said.now)
    taken = take_figures(known, values, said)
    hints = doubtful(values, intake.config)
    if taken.late:
        _late_line(connection, taken.incident, taken.late, said)
        hints.append(after_window(taken.incident))
    return taken.incident, hints


def after_window(incident: Incident) -> Hint:
    """「已超 7 日口径」."""
    assert incident.casualty_window is not None
    window = incident.casualty_window
    return Hint("/casualties", "casualty.after_window", {"days": window.days, "basis": window.basis})


def _late_line(connection: Connection, incident: Incident, late: tuple[Figure, ...], said: Statement) -> None:
    window = incident.casualty_window
    write_line(
        connection, incident.id, "updated", code="timeline.figures_late", now=said.now, at=said.occurred_at,
        actor_name=said.by, days=window.days if window else None, figures="、".join(map(spoken, late)),
        basis=window.basis if window else None, remark=said.note,
    )  # fmt: skip


def spoken(figure: Figure) -> str:
    """「死亡 14」."""
    return f"{label(f'figure.{figure.field}')} {figure.value:,}"


def source_text(figure: Figure) -> str:
    """Who gave the number."""
    source = label(f"incident_source.{figure.source}")
    return f"{source}({figure.source_name})" if figure.source_name else source


def disputes(incident: Incident) -> list[Hint]:
    """Numbers that wait for a person to choose."""
    fields = dict.fromkeys(one.field for one in incident.figures)
    return [
        Hint(f"/figures/{name}", "figure.disputed", {"field": name, "field_name": label(f"figure.{name}")})
        for name in fields
        if in_dispute(incident.figures, name, getattr(incident, name))
    ]


def tell_one(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: TellFigure, now: datetime
) -> Answer:
    """A source gives a number; where another has given a different one, both stand until a person chooses.

    Raises:
        NotFound, Conflict: as of `to_change`.
        Invalid: `figure.absurd`, `figure.not_whole`, or a time cannot be true.
    """
    value = _number(cmd)
    check_figures(intake, {cmd.field: value}, now, occurred_at=cmd.occurred_at or cmd.reported_at)
    before = to_change(connection, intake, actor, incident_id)
    said = Statement(
        by=actor.name, now=now, new_id=new_id, occurred_at=cmd.occurred_at, source=cmd.source.value,
        source_name=cmd.source_name or None, note=cmd.note or None,
    )  # fmt: skip
    new = replace_figure(figure_of(cmd.field, value, said, cmd.source.value), reported_at=cmd.reported_at or now)
    known = grade_now(connection, intake, before, now)
    became_so = cmd.occurred_at or new.reported_at
    if cmd.field in CASUALTIES and is_after_window(known, became_so):
        said = replace(said, occurred_at=became_so)
        late, hints = stated_figures(connection, intake, before, {cmd.field: value}, said)
        after = keep_change(connection, intake, before, late, now, actor=actor, remark=cmd.note)
        return answer_with(connection, intake, after, hints, status=201)
    told = told_figure(known, new)
    write_line(
        connection, before.id, "updated", code="timeline.figure_told", now=now, at=new.reported_at,
        actor_name=actor.name, source=source_text(new), figure=spoken(new), remark=cmd.note,
    )  # fmt: skip
    after = keep_change(connection, intake, before, told, now, actor=actor, remark=cmd.note)
    hints = [*doubtful({cmd.field: value}, intake.config), *grade_hints(before, after), *disputes(after)]
    return answer_with(connection, intake, after, hints, status=201)


def _number(cmd: TellFigure) -> int | float:
    if cmd.field == "burnt_hectares":
        return cmd.value
    if not cmd.value.is_integer():
        raise Invalid("figure.not_whole", faults=(FieldFault("/value", "figure.not_whole"),))
    return int(cmd.value)


def told_figure(incident: Incident, new: Figure) -> Incident:
    """The incident after a source has given a number."""
    value = getattr(incident, new.field)
    present = None
    if value is not None:
        present = Figure(
            id=new_id(), field=new.field, value=value, source=incident.source.value, reported_at=incident.updated_at,
            recorded_at=incident.updated_at, settled=False,
        )  # fmt: skip
    told = tell_figure(incident.figures, value, new, present)
    return replace(incident, figures=told.figures, **{new.field: told.value})  # type: ignore[arg-type]


def choose_figure(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, figure_id: str, now: datetime
) -> Answer:
    """A person takes one of the numbers that stand side by side; the others stay on record.

    Raises:
        NotFound, Conflict: as of `to_change`; `figure.not_found`, `figure.chosen_already`.
    """
    before = to_change(connection, intake, actor, incident_id)
    field, chosen = choose(before.figures, figure_id, actor.name)
    taken = next(one for one in chosen.figures if one.id == figure_id)
    write_line(
        connection, before.id, "updated", code="timeline.figure_chosen", now=now, actor_name=actor.name,
        source=source_text(taken), figure=spoken(taken),
    )  # fmt: skip
    decided = replace(before, figures=chosen.figures, **{field: chosen.value})  # type: ignore[arg-type]
    after = keep_change(connection, intake, before, decided, now, actor=actor)
    return answer_with(connection, intake, after, [*grade_hints(before, after), *disputes(after)])
