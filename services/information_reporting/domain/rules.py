"""Rules of reporting as data: who tells whom within how long, counted from when, and where that is written.

None of the defaults has been checked against the original by the bureau (`verified` is False everywhere): the page says
so beside every clock.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from shared.contracts.events.report import ClockChannel, ClockFrom, ReportLeg
from shared.contracts.events.roster import PeriodKind
from shared.contracts.levels import IncidentGrade
from shared.kernel.errors import FieldFault, Invalid

MAX_RULES: Final = 60
_RANK: Final = {None: 0, IncidentGrade.IV: 1, IncidentGrade.III: 2, IncidentGrade.II: 3, IncidentGrade.I: 4}
ONCE: Final = frozenset({ClockChannel.PHONE, ClockChannel.WRITTEN, ClockChannel.DETAIL})
"""Told once for the incident, and once more for each raise of its grade."""
SPECIAL_PERIODS: Final = frozenset({
    PeriodKind.STATUTORY_HOLIDAY, PeriodKind.SHIFTED_REST, PeriodKind.SENSITIVE, PeriodKind.RESPONSE,
})  # fmt: skip
"""法定节假日、重要会议、重大活动期间每日报告 (京办 §38); the days of a response besides."""


class Keeper(StrEnum):
    """Who keeps the clock: who tells, or who is told (and so knows how long it took)."""

    SENDER = "sender"
    RECEIVER = "receiver"


class Party(StrEnum):
    """Whom a site stands for."""

    UNIT = "unit"
    TOWNSHIP = "township"
    DISTRICT = "district"
    CITY = "city"


_ENDS: Final = {
    ReportLeg.UNIT_DISTRICT: (Party.UNIT, Party.DISTRICT),
    ReportLeg.TOWNSHIP_DISTRICT: (Party.TOWNSHIP, Party.DISTRICT),
    ReportLeg.DISTRICT_CITY: (Party.DISTRICT, Party.CITY),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Args:
        minutes: the deadline; of a daily rule, minutes after midnight of the civil day.
        remind_minutes: that long before the deadline the duty officer is called; 0 is never.
        grade_at_least, grade_below: for which severity; an incident without a grade counts as Ⅳ.
        types, sources: prefixes of type codes and channels of the report; empty is all.
    """

    id: str
    leg: ReportLeg
    channel: ClockChannel
    clock_from: ClockFrom
    minutes: int
    basis: str
    remind_minutes: int = 5
    kept_by: Keeper = Keeper.SENDER
    grade_at_least: IncidentGrade | None = None
    grade_below: IncidentGrade | None = None
    types: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    enabled: bool = True
    verified: bool = False

    def is_kept_by(self, party: Party) -> bool:
        """Whether a site that stands for this party keeps this rule's clocks."""
        sender, receiver = _ENDS[self.leg]
        return self.enabled and party is (sender if self.kept_by is Keeper.SENDER else receiver)

    def covers(self, grade: IncidentGrade | None, type_code: str | None, source: str | None) -> bool:
        """Whether it holds for such an incident."""
        severity = max(_RANK[grade], 1)
        is_graded = _RANK[self.grade_at_least] <= severity and (
            self.grade_below is None or severity < _RANK[self.grade_below]
        )
        is_typed = not self.types or any((type_code or "").startswith(prefix) for prefix in self.types)
        return is_graded and is_typed and (not self.sources or source in self.sources)


def worse(one: IncidentGrade | None, other: IncidentGrade | None) -> IncidentGrade | None:
    """The more severe of the two."""
    return one if _RANK[one] >= _RANK[other] else other


def is_raise(before: IncidentGrade | None, after: IncidentGrade | None) -> bool:
    """Whether superiors must be told anew: from Ⅲ on, each step up counts (S3: 每次升级再报市)."""
    return _RANK[after] > _RANK[before] and _RANK[after] >= _RANK[IncidentGrade.III]


_PRODUCTION: Final = ("12A", "12B", "12C", "12D", "12E", "12F", "12G01", "12G02", "12N", "12P13")
"""Where there is a unit that works there; of other types of accidents there may be none. The bureau edits it."""
_OWN = "自定默认值,上线前由局方签认"
_FOLLOW = f"及时续报直到处置结束(京办第 38 条);频次为{_OWN}"
_MAJOR = IncidentGrade.III
_DC, _TD = ReportLeg.DISTRICT_CITY, ReportLeg.TOWNSHIP_DISTRICT
DEFAULTS: Final = (
    Rule(
        "unit_arrival", ReportLeg.UNIT_DISTRICT, ClockChannel.PHONE, ClockFrom.OCCURRED, 60,
        "国务院令 493 号第 9 条:单位负责人 1 小时内报告", remind_minutes=0, kept_by=Keeper.RECEIVER,
        types=_PRODUCTION,
    ),
    Rule(
        "township_arrival", _TD, ClockChannel.PHONE, ClockFrom.OCCURRED, 15, f"属地报区,{_OWN}", remind_minutes=0,
        kept_by=Keeper.RECEIVER, sources=("territory",),
    ),
    Rule("township_phone", _TD, ClockChannel.PHONE, ClockFrom.RECEIVED, 15, f"属地报区,{_OWN}"),
    Rule("township_written", _TD, ClockChannel.WRITTEN, ClockFrom.RECEIVED, 30, f"属地报区,{_OWN}", remind_minutes=10),
    Rule(
        "city_phone", _DC, ClockChannel.PHONE, ClockFrom.RECEIVED, 15,
        f"较大以上或敏感事件立即报告(京办第 38 条);分钟数为{_OWN}", grade_at_least=_MAJOR,
    ),
    Rule(
        "city_written", _DC, ClockChannel.WRITTEN, ClockFrom.RECEIVED, 60,
        f"较大以上或敏感事件立即报告(京办第 38 条);分钟数为{_OWN}", remind_minutes=15, grade_at_least=_MAJOR,
    ),
    Rule(
        "city_detail", _DC, ClockChannel.DETAIL, ClockFrom.RECEIVED, 120,
        "国务院令 493 号第 11 条:每级不超过 2 小时;北京救灾口径详细情况 2 小时", remind_minutes=30,
        grade_at_least=_MAJOR,
    ),
    Rule(
        "city_written_general", _DC, ClockChannel.WRITTEN, ClockFrom.RECEIVED, 120,
        "国务院令 493 号第 11 条:每级不超过 2 小时", remind_minutes=30, grade_below=_MAJOR,
    ),
    Rule(
        "follow_up_major", _DC, ClockChannel.FOLLOW_UP, ClockFrom.RECEIVED, 60, _FOLLOW,
        remind_minutes=15, grade_at_least=_MAJOR,
    ),
    Rule(
        "follow_up_general", _DC, ClockChannel.FOLLOW_UP, ClockFrom.RECEIVED, 240, _FOLLOW,
        remind_minutes=30, grade_below=_MAJOR,
    ),
    Rule("final_report", _DC, ClockChannel.FINAL, ClockFrom.CLOSED, 1440, f"终报,{_OWN}", remind_minutes=120),
    Rule(
        "daily_zero", _TD, ClockChannel.DAILY, ClockFrom.DAILY, 17 * 60,
        f"节假日、重要会议、重大活动期间每日报告(京办第 38 条);17 时为{_OWN}", remind_minutes=30,
        kept_by=Keeper.RECEIVER,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands on every paper: who issues it, to whom it goes, whom to ask; the words before the number (文号)."""

    issuer: str = "区应急管理局"
    main_to: str = "市应急管理局、区委办公室、区政府办公室"
    copy_to: str = "区应急委各成员单位"
    copy_to_accident: str = "公安、人力资源社会保障、工会、检察机关(国务院令 493 号第 10 条)"
    phone: str = "010-0000-0000"
    number_words: str = "应急值报"


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules and the heading in force."""

    rules: tuple[Rule, ...]
    heading: Heading
    version: int = 1
    updated_at: datetime | None = None
    updated_by: str | None = None

    def kept_by(self, party: Party) -> tuple[Rule, ...]:
        """The rules whose clocks a site keeps."""
        return tuple(rule for rule in self.rules if rule.is_kept_by(party))


def check_rules(rules: tuple[Rule, ...]) -> None:
    """Refuse rules that could not be kept.

    Raises:
        Invalid: `report_rule.twice`, `report_rule.remind_too_early`, `report_rule.hour_invalid`.
    """
    faults: list[FieldFault] = []
    seen: set[str] = set()
    for place, rule in enumerate(rules):
        if rule.id in seen:
            faults.append(FieldFault(f"/rules/{place}/id", "report_rule.twice", id=rule.id))
        seen.add(rule.id)
        if rule.remind_minutes >= rule.minutes:
            faults.append(FieldFault(f"/rules/{place}/remind_minutes", "report_rule.remind_too_early"))
        if (rule.channel is ClockChannel.DAILY) != (rule.clock_from is ClockFrom.DAILY):
            faults.append(FieldFault(f"/rules/{place}/clock_from", "report_rule.from_unfit"))
        if rule.channel is ClockChannel.DAILY and rule.minutes > 24 * 60:
            faults.append(FieldFault(f"/rules/{place}/minutes", "report_rule.hour_invalid"))
        if (rule.channel is ClockChannel.FINAL) != (rule.clock_from is ClockFrom.CLOSED):
            faults.append(FieldFault(f"/rules/{place}/clock_from", "report_rule.from_unfit"))
    if faults:
        raise Invalid("request.invalid", faults=tuple(faults))
