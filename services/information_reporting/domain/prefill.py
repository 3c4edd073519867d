"""What the facts of an incident say in the words of a report; only what is known, nothing is guessed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.information_reporting.domain.fields import Value, ordered
from services.information_reporting.domain.incident import Incident
from shared.contracts.levels import IncidentGrade
from shared.kernel.clock import SHANGHAI

GRADE_NAMES: Final = {
    IncidentGrade.I: "特别重大", IncidentGrade.II: "重大", IncidentGrade.III: "较大", IncidentGrade.IV: "一般",
}  # fmt: skip
"""As a report writes them; the scale is that of 突发事件应对法 §3."""


def spoken_time(at: datetime) -> str:
    """A time as official papers write it."""
    here = at.astimezone(SHANGHAI)
    return f"{here.year}年{here.month}月{here.day}日{here.hour}时{here.minute:02d}分"


def spoken_day(at: datetime) -> str:
    """A date as official papers write it."""
    here = at.astimezone(SHANGHAI)
    return f"{here.year}年{here.month}月{here.day}日"


def grade_words(incident: Incident) -> str:
    """The grade with what it may become: 较大(可能重大); an incident without one says so."""
    name = GRADE_NAMES.get(incident.grade) if incident.grade else None
    possible = GRADE_NAMES.get(incident.possible_grade) if incident.possible_grade else None
    words = name or "尚未定级"
    if possible is not None and possible != name:
        words += f"(可能{possible})"
    return f"{words}；敏感事件" if incident.sensitive else words


def from_facts(incident: Incident, source_name: str | None, forces: Iterable[str] = ()) -> dict[str, Value]:
    """The elements that the facts know.

    Args:
        source_name: the channel of the report in words.
        forces: what was sent there, one phrase a unit.
    """
    place = incident.place or ""
    township = incident.township_name or ""
    sent = "、".join(forces)
    known: dict[str, Value] = {
        "event_time": spoken_time(incident.occurred_at),
        "place": (place if township in place else f"{township}{place}") or None,
        "source": f"{source_name}，{spoken_time(incident.received_at)}接报" if source_name else None,
        "process": incident.description,
        **dict(incident.casualties),
        "loss": incident.loss_yuan,
        "impact": None if incident.burnt_hectares is None else f"受害面积 {incident.burnt_hectares:g} 公顷",
        "measures": f"已调派：{sent}。" if sent else None,
        "public_opinion": _opinion(incident),
        "grade_text": grade_words(incident),
    }
    return ordered(known)


def _opinion(incident: Incident) -> str | None:
    if incident.first_public_at is None:
        return None
    where = incident.first_public_where or "网络"
    return f"{spoken_time(incident.first_public_at)}首次见于{where}。"
