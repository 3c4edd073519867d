"""Looking without filing: the preview of lines, the lines taken so far, orders to be read out."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.short_line.codec import Reading, encode, read_fields
from services.incident_intake.domain.short_line.order import Order, render_order
from services.incident_intake.domain.short_line.voice import Spoken, render_for_voice
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.short_lines.plan import plan
from services.incident_intake.handlers.short_lines.take import readings_of
from services.incident_intake.handlers.short_lines.views import gaps_view, kept_view, line_view, reading_view
from services.incident_intake.schemas import OrderInput, ReadShortLines, RenderShortLine
from services.incident_intake.store.short_lines import recent_lines, units_heard
from shared.kernel.access import Actor
from shared.kernel.errors import FieldFault, Invalid

_SHOWN = 100


def preview_lines(connection: Connection, intake: Intake, cmd: ReadShortLines, now: datetime) -> dict[str, Any]:
    """Every line as read, with what would become of it; nothing is kept."""
    return {"lines": [_previewed(connection, intake, reading) for reading in readings_of(cmd, now)]}


def _previewed(connection: Connection, intake: Intake, reading: Reading) -> dict[str, Any]:
    if reading.report is None:
        return {**reading_view(reading), "outcome": None, "incident": None, "own_log": None, "candidates": []}
    return line_view(reading, plan(connection, intake, reading, reading.report, renumbered=False, separate=False))


def lines_page(connection: Connection, actor: Actor, unit: str | None) -> dict[str, Any]:
    """The last lines taken, newest first, and the numbers that never came."""
    bound = actor.bound_territory
    wanted = unit if bound is None else bound[-3:]
    units = units_heard(connection) if wanted is None else [wanted]
    items = [kept_view(line) for line in recent_lines(connection, wanted, _SHOWN)]
    return {"items": items, "next": None, "missing": gaps_view(connection, units)}


def render_line(cmd: RenderShortLine, now: datetime) -> dict[str, Any]:
    """A line with its check and the words in which it is read out.

    Raises:
        Invalid: `short_line.nothing_said`, or a field that does not fit.
    """
    if cmd.order is not None:
        line = render_order(_order(cmd.order))
        return {"text": line.text, "spoken": [_spoken(one) for one in line.spoken]}
    if not cmd.fields:
        raise Invalid("short_line.nothing_said", faults=(FieldFault("/order", "short_line.nothing_said"),))
    reading = read_fields(cmd.fields, now)
    if reading.report is None:
        faults = tuple(FieldFault(f"/fields{one.pointer}", one.code, **one.params) for one in reading.faults)
        raise Invalid("request.invalid", faults=faults)
    text = encode(reading.report)
    values = {**reading.values, "chk": reading.expected}
    return {"text": text, "spoken": [_spoken(one) for one in render_for_voice(values)]}


def _order(said: OrderInput) -> Order:
    return Order(
        number=said.number,
        ordered_at=said.ordered_at,
        unit=said.unit,
        event=said.event,
        place=said.place,
        task=said.task,
        by=said.by,
    )


def _spoken(one: Spoken) -> dict[str, str]:
    return {"name": one.name, "label": one.label, "text": one.text, "spoken": one.spoken}
