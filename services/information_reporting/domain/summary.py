"""The words of the bulletin (值班快报) and of a township's daily report (日报、零报告)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from services.information_reporting.domain.fields import Value
from services.information_reporting.domain.incident import Incident
from services.information_reporting.domain.prefill import grade_words, spoken_time
from services.information_reporting.domain.rules import SPECIAL_PERIODS, is_raise
from shared.contracts.events.roster import PeriodKind
from shared.kernel.clock import SHANGHAI
from shared.kernel.holidays import statutory_days

_LISTED: Final = 50
"""More would not be read; the rest is counted."""
_HARM: Final = (("dead", "死亡"), ("missing", "失联"), ("serious", "重伤"), ("injured", "受伤"), ("trapped", "被困"))


@dataclass(frozen=True, slots=True)
class RollCallFigures:
    """点名: how many roll calls, and how the units called in them answered; `missed` counts the undecided."""

    roll_calls: int = 0
    called: int = 0
    answered: int = 0
    stand_in: int = 0
    late: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Night:
    """What the duty day brought, in figures."""

    start: datetime
    end: datetime
    incidents: Sequence[Incident]
    standing: Sequence[Incident]
    calls: int
    answered: int
    delays: int
    roll_calls: RollCallFigures = RollCallFigures()
    daily_due: int = 0
    daily_missing: Sequence[str] = ()


def duty_day(day: date, hour: int) -> tuple[datetime, datetime]:
    """The duty day that ends on this civil day at the hour."""
    end = datetime.combine(day, time(hour), SHANGHAI)
    return end - timedelta(days=1), end


def is_special(day: date, said: PeriodKind | None) -> bool:
    """Whether every township reports on this day: what people said wins, then the statutory holidays."""
    return said in SPECIAL_PERIODS if said is not None else day in statutory_days(day.year)


def bulletin(night: Night) -> dict[str, Value]:
    """The elements of the bulletin."""
    serious = [one for one in night.incidents if is_raise(None, one.severity)]
    kinds = Counter(one.type_name or "类型待核" for one in night.incidents)
    sorts = "、".join(f"{name} {count} 起" for name, count in kinds.most_common(10))
    head = f"{spoken_time(night.start)}至{spoken_time(night.end)}，共接报突发事件 {len(night.incidents)} 起"
    head += f"，其中较大以上或敏感 {len(serious)} 起。" if night.incidents else "。"
    lines = [head, *([f"类型：{sorts}。"] if sorts else []), *_lines(night.incidents)]
    return {
        "event_time": f"{spoken_time(night.start)}至{spoken_time(night.end)}",
        "process": "\n".join(lines),
        "measures": "\n".join(_work(night)),
        "next_steps": "\n".join([f"未结事件 {len(night.standing)} 起。", *_lines(night.standing)]),
    }


def _work(night: Night) -> Iterable[str]:
    rate = f"应答率 {night.answered * 100 / night.calls:.0f}%" if night.calls else "无叫应"
    yield f"叫应 {night.calls} 次，应答 {night.answered} 次，{rate}。"
    yield _roll_calls(night.roll_calls)
    yield f"信息报送超时 {night.delays} 项。"
    if night.daily_due:
        missing = "、".join(night.daily_missing)
        received = night.daily_due - len(night.daily_missing)
        yield f"零报告应报 {night.daily_due} 家，已报 {received} 家" + (f"，未报：{missing}。" if missing else "。")


def _roll_calls(found: RollCallFigures) -> str:
    """点名率 stands on a line of its own: it is no call-out for an incident."""
    if not found.called:
        return "未点名。"
    in_time = found.answered + found.stand_in
    counts = f"按时应答 {in_time} 家次（其中代答 {found.stand_in}），超时 {found.late}，未应答 {found.missed}"
    return (
        f"点名 {found.roll_calls} 次，抽点 {found.called} 家次，{counts}，点名率 {in_time * 100 / found.called:.0f}%。"
    )


def _lines(incidents: Sequence[Incident]) -> list[str]:
    lines = [f"{place}.{incident_line(one)}" for place, one in enumerate(incidents[:_LISTED], 1)]
    more = len(incidents) - _LISTED
    return [*lines, f"另有 {more} 起，见事件列表。"] if more > 0 else lines


def incident_line(incident: Incident) -> str:
    """One incident in a line."""
    harm = "、".join(f"{word} {incident.casualties[name]} 人" for name, word in _HARM if incident.casualties.get(name))
    place = incident.place or incident.township_name or "地点待核"
    return f"{incident.number} {incident.title}，{place}，{grade_words(incident)}{'，' + harm if harm else ''}。"


def daily(incidents: Sequence[Incident]) -> dict[str, Value]:
    """The elements of a township's daily report: 无事也报."""
    if not incidents:
        return {"process": "今日平安，无突发事件。"}
    return {"process": "\n".join([f"今日接报突发事件 {len(incidents)} 起。", *_lines(incidents)])}
