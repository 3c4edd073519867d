"""The tags that a template may use, in Chinese, and the values behind them."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from services.information_reporting.domain.fields import NUMBERS, ORDER, Value
from services.information_reporting.domain.prefill import spoken_day, spoken_time
from shared.contracts.events.report import ReportKind
from shared.i18n import label
from shared.kernel.clock import parse_time

PLAIN: Final[Mapping[str, str]] = {
    "红头": "版头名称,例如:突发事件信息",
    "发文单位": "报送规则里的发文单位",
    "文号": "签发时给的文号或期号",
    "签发人": "签发人姓名",
    "签发日期": "签发日期",
    "标题": "报告标题",
    "主送": "主送单位",
    "抄送": "抄送单位;生产安全事故另加法定抄送单位",
    "值班电话": "联系电话",
    "编报人": "起草人姓名",
    "编报时间": "起草时间",
    "事件编号": "事件编号",
    "事件名称": "事件标题",
    "电话报告": "先行电话报告的时间和对象",
    "缺项": "尚不清楚的要素,顿号隔开",
    "版次": "第几版",
    "演练": "演练时为真",
}
LISTS: Final[Mapping[str, str]] = {
    "要素": "已知的要素:每项有 名称、内容、是数字",
    "变化": "续报的变化:每项有 名称、原报、现报、是数字",
    "数字变化": "变化中的数字",
    "文字变化": "变化中的文字",
    "段落": "正文逐段(专报、快报、日报)",
}
PARTS: Final = frozenset({"名称", "内容", "原报", "现报", "是数字"})
"""What an item of a list has."""
_HEADS: Final = {
    ReportKind.BULLETIN: "值班快报", ReportKind.DAILY: "每日情况报告", ReportKind.SPECIAL: "突发事件专报",
    ReportKind.SUPPORT: "请求支援",
}  # fmt: skip
_ASKED: Final = ("support_needed", "support_amount", "support_by", "support_reason")
_SENTENCES: Final = frozenset({"process", "measures", "next_steps"})
_UNPRINTABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element_tags() -> dict[str, str]:
    """Each element by its Chinese name, for templates that place them one by one."""
    return {label(f"report.field.{name}"): name for name in ORDER}


def known_tags() -> dict[str, str]:
    """Every tag with what it stands for."""
    return {**PLAIN, **LISTS, **dict.fromkeys(element_tags(), "报送要素")}


def values_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the tags for a report as it was put by (see `report_body`)."""
    kind, fields, heading = ReportKind(body["kind"]), body["fields"], body["heading"]
    is_accident = (body["type_code"] or "").startswith("12")
    copies = [heading["copy_to"], heading["copy_to_accident"] if is_accident else ""]
    signed = parse_time(body["signed_at"]) if body["signed_at"] else None
    made = parse_time(body["created_at"])
    plain: dict[str, Any] = {
        "红头": _HEADS.get(kind, "突发事件信息"),
        "发文单位": heading["issuer"],
        "文号": body["document_number"] or "",
        "签发人": body["signer_name"] or "",
        "签发日期": spoken_day(signed) if signed else "",
        "标题": body["title"],
        "主送": (kind is ReportKind.SUPPORT and fields.get("support_to")) or heading["main_to"],
        "抄送": "；".join(filter(None, copies)),
        "值班电话": heading["phone"],
        "编报人": body["created_by_name"],
        "编报时间": spoken_time(made),
        "事件编号": body["incident_number"] or "",
        "事件名称": body["incident_title"] or "",
        "电话报告": _phoned(body["phone"]),
        "缺项": "、".join(label(f"report.field.{name}") for name in body["gaps"]),
        "版次": "" if body["revision"] == 1 else f"第{body['revision']}版",
        "演练": bool(body["exercise"]),
    }
    texts = {name: spoken(name, fields.get(name)) for name in ORDER}
    told = [_change(one) for one in body["changes"]]
    lists = {
        "要素": [{"名称": name, "内容": text, "是数字": number} for name, text, number in _told(kind, fields, texts)],
        "变化": told,
        "数字变化": [one for one in told if one["是数字"]],
        "文字变化": [one for one in told if not one["是数字"]],
        "段落": _paragraphs(kind, texts),
    }
    elements = {tag: texts[name] for tag, name in element_tags().items()}
    cleaned: dict[str, Any] = _printable({**elements, **plain, **lists})
    return cleaned


def _order(kind: ReportKind) -> list[str]:
    """The elements as they are told; a request for support ends with what is asked for."""
    if kind is not ReportKind.SUPPORT:
        return list(ORDER)
    return [name for name in ORDER if name not in _ASKED] + list(_ASKED)


def _told(kind: ReportKind, fields: Mapping[str, Value], texts: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """Name and words of each element that is known; the people are one line, as one says it."""
    people = "，".join(
        f"{label(f'report.field.{name}')}{texts[name]}" for name in ORDER if name in NUMBERS and texts[name]
    )
    for name in _order(kind):
        if name in NUMBERS:
            if people:
                yield label("report.people"), people, True
            people = ""
        elif texts[name] and name != "support_to":
            yield label(f"report.field.{name}"), texts[name], isinstance(fields.get(name), int)


def _paragraphs(kind: ReportKind, texts: Mapping[str, str]) -> list[str]:
    """What is told in sentences stands as it is; figures and places say what they are."""
    without = {"event_time"} if kind is ReportKind.BULLETIN else set()
    told = _told(kind, {}, {name: "" if name in without else text for name, text in texts.items()})
    sentences = {label(f"report.field.{name}") for name in _SENTENCES}
    return [line for name, text, _ in told for line in (text if name in sentences else f"{name}：{text}").split("\n")]


def _change(one: Mapping[str, Any]) -> dict[str, Any]:
    name = one["field"]
    return {
        "名称": label(f"report.field.{name}"),
        "原报": spoken(name, one["before"]) or "未报",
        "现报": spoken(name, one["after"]),
        "内容": spoken(name, one["after"]),
        "是数字": one["numeric"],
    }


def spoken(name: str, value: Value) -> str:
    """A value as the paper says it."""
    if value is None:
        return ""
    if not isinstance(value, int):
        return str(value)
    if name != "loss":
        return f"{value}人"
    if value >= 100_000_000:
        return f"{value / 100_000_000:g}亿元"
    return f"{value / 10_000:g}万元" if value >= 10_000 else f"{value}元"


def _phoned(phone: Mapping[str, Any] | None) -> str:
    if not phone:
        return ""
    at: datetime = parse_time(phone["at"])
    return f"{spoken_time(at)}已电话报告{phone['to']}"


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        # The library makes a new paragraph of a bell, formed like the one it stands in.
        return _UNPRINTABLE.sub("", value).replace("\n", "\a")
    if isinstance(value, dict):
        return {name: _printable(inner) for name, inner in value.items()}
    return [_printable(inner) for inner in value] if isinstance(value, list) else value


def sample_body(kind: ReportKind) -> dict[str, Any]:
    """A report with everything in it, on which a new template is tried."""
    fields: dict[str, Value] = {name: f"{label(f'report.field.{name}')}示例。\n第二行。" for name in ORDER}
    fields |= {"dead": 2, "missing": 1, "serious": 0, "injured": 5, "trapped": 0, "loss": 1_200_000}
    return {
        "id": "sample", "kind": kind.value, "serial": 1, "revision": 2, "title": "关于示例事件的报告",
        "document_number": "应急值报〔2026〕1号", "signer_name": "张三", "incident_number": "DX-20261123-0001",
        "incident_title": "示例事件", "type_code": "12D02", "township_name": "示例镇", "day": "2026-11-23",
        "created_by_name": "李四", "exercise": True, "supersedes": None,
        "created_at": "2026-11-23T01:00:00.000Z", "signed_at": "2026-11-23T02:00:00.000Z", "fields": fields,
        "gaps": ["cause", "loss"],
        "changes": [
            {"field": "dead", "before": 1, "after": 2, "numeric": True},
            {"field": "trend", "before": None, "after": "示例", "numeric": False},
        ],
        "heading": {
            "issuer": "示例局", "main_to": "示例主送", "copy_to": "示例抄送", "copy_to_accident": "示例抄送",
            "phone": "010-0000-0000", "number_words": "应急值报",
        },
        "phone": {"at": "2026-11-23T01:05:00.000Z", "to": "示例值班室", "by_name": "李四"},
    }  # fmt: skip
