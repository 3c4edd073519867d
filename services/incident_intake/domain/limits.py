"""Limits of intake: configuration with a source, never the law's unless somebody has checked it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.kernel.limits import Limit


@dataclass(frozen=True, slots=True)
class IntakeConfig:
    """What a bureau may decide about taking incidents.

    Args:
        prefix: start of every number, the district's letters.
        hub: name of the site whose numbers bear no site name.
        ahead: how far a reported time may lie after now.
        oldest: times before it are typing errors.
        caller_retention: how long after the end the caller's personal data are kept.
        retention_extension: the furthest that keeping them longer may reach from the decision.
        late_after: from which age on another site's fact is marked late (迟到) when it arrives.
        look_alike_span, look_alike_metres: what counts as perhaps the same incident.
        agency: three digits of the body that issues warnings here (GB/T 4657), part of every identifier.
        issuer: its name as it stands in a warning.
        most_people, most_loss_yuan, most_hectares: figures above these are refused as typing errors.
        doubtful_people: figures of people above this are taken, and asked about.
        verify_within: how soon a person checks a sensor's alarm by phone; it is only suspected until then.
        night_from, night_until: hours of the civil day between which it is night.
        reading_lasts: how long a temperature read at the scene says something of now.
        same_line_span: how far the scene times of two lines may differ for a person to be asked if they are one event.
    """

    prefix: str = "DX"
    hub: str = "hub"
    ahead: Limit[timedelta] = Limit(timedelta(minutes=10), "设备时钟误差的余量，自定")
    oldest: Limit[datetime] = Limit(datetime(1949, 10, 1, tzinfo=UTC), "更早的时间只能是录入错误，自定")
    caller_retention: Limit[timedelta] = Limit(
        timedelta(days=30),
        "突发事件应对法第85条要求处置结束后销毁；493号令第13条的30日补报期内可能还要联系，期限待局方确认",
    )
    retention_extension: Limit[timedelta] = Limit(
        timedelta(days=180), "突发事件应对法第85条允许评估后留存，未定期限；每次最长 180 天为自定，待局方确认"
    )
    late_after: Limit[timedelta] = Limit(timedelta(minutes=5), "晚于此时长到达的外站事实标「迟到」，自定")
    look_alike_span: Limit[timedelta] = Limit(timedelta(minutes=30), "判重建议值，待局方确认")
    look_alike_metres: Limit[float] = Limit(300.0, "判重建议值，待局方确认")
    agency: Limit[str] = Limit("000", "发布机构代码(GB/T 4657)没有查到,请局方填写")
    issuer: Limit[str] = Limit("大兴区应急管理局", "示例区的发布单位,请局方确认")
    verify_within: Limit[timedelta] = Limit(timedelta(minutes=1), "感知告警视为疑似，电话核实时限，自定，待局方确认")
    night_from: Limit[int] = Limit(18, "夜间自 18 时起，自定，待局方确认")
    night_until: Limit[int] = Limit(6, "夜间至次日 6 时止，自定，待局方确认")
    reading_lasts: Limit[timedelta] = Limit(timedelta(hours=6), "现场气温读数超过此时长不再作数，自定，待局方确认")
    same_line_span: Limit[timedelta] = Limit(timedelta(minutes=30), "代录报文提示核对的时间差，自定，待局方确认")
    most_people: Limit[int] = Limit(100_000, "区常住人口量级的二十分之一，更大只能是录入错误，自定")
    most_loss_yuan: Limit[int] = Limit(1_000_000_000_000, "一万亿元，更大只能是录入错误，自定")
    most_hectares: Limit[int] = Limit(103_600, "全区面积约 1036 平方公里，更大只能是录入错误")
    doubtful_people: Limit[int] = Limit(500, "一次事故伤亡少有超过此数，自定")
