"""The adapters: how each source writes its warnings. Shapes were seen in public use; none is promised."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from services.incident_intake.cap.chinese.item import Item, entries, inner, moment, words
from services.incident_intake.cap.chinese.tables import national_code
from services.incident_intake.domain.cap_alert import Wrapper

_LEVEL_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Source:
    """One source: its entries in a document (None if the document is not its own), and how one is read."""

    name: Wrapper
    find: Callable[[object], list[dict[str, Any]] | None]
    read: Callable[[dict[str, Any], str], Item]


def _listed(value: object) -> list[dict[str, Any]] | None:
    return entries(value) if isinstance(value, list | dict) else None


def _weather_com_cn(root: object) -> list[dict[str, Any]] | None:
    found = entries(root) if isinstance(root, list) else [root] if isinstance(root, dict) else []
    return [entry for entry in found if "SIGNALTYPE" in entry or "ALERTID" in entry] or None


def _read_weather_com_cn(entry: dict[str, Any], pointer: str) -> Item:
    code = words(entry, "TYPECODE")
    place = "".join(filter(None, (words(entry, name) for name in ("PROVINCE", "CITY", "STATIONNAME"))))
    reference = words(entry, "references")
    return Item(
        pointer=pointer,
        sender="weather.com.cn",
        identifier=words(entry, "identifier", "ALERTID"),
        issued_at=moment(entry.get("ISSUETIME")),
        type_name=words(entry, "SIGNALTYPE"),
        type_code=code,
        national_code=national_code("weather_com_cn", code),
        level_words=(words(entry, "SIGNALLEVEL"), words(entry, "YJYC_EN"), words(entry, "head")),
        level_code=words(entry, "LEVELCODE"),
        issuer=words(entry, "STATIONNAME"),
        headline=words(entry, "head"),
        text=words(entry, "ISSUECONTENT"),
        ends_at=moment(entry.get("RELIEVETIME")),
        message=words(entry, "msgType"),
        references=(reference,) if reference else (),
        place=place or None,
    )


def _tencent(root: object) -> list[dict[str, Any]] | None:
    return _listed(inner(root, "alarm") or inner(root, "data", "alarm"))


def _read_tencent(entry: dict[str, Any], pointer: str) -> Item:
    code = words(entry, "type_code")
    place = "".join(filter(None, (words(entry, name) for name in ("province", "city", "county"))))
    return Item(
        pointer=pointer,
        sender="qq.com",
        issued_at=moment(entry.get("update_time")),
        type_name=words(entry, "type_name"),
        type_code=code,
        national_code=national_code("weather_com_cn", code),
        level_words=(words(entry, "level_name"),),
        level_code=words(entry, "level_code"),
        text=words(entry, "detail"),
        place=place or None,
    )


def _caiyun(root: object) -> list[dict[str, Any]] | None:
    return _listed(inner(root, "alert", "content") or inner(root, "result", "alert", "content"))


def _read_caiyun(entry: dict[str, Any], pointer: str) -> Item:
    """`code` is the type's two digits and the level's two digits."""
    code = words(entry, "code") or ""
    kind, level = (code[:-_LEVEL_DIGITS], code[-_LEVEL_DIGITS:]) if len(code) > _LEVEL_DIGITS else (None, None)
    parts = (words(entry, "province"), words(entry, "city"), words(entry, "county"))
    title = words(entry, "title")
    return Item(
        pointer=pointer,
        sender="caiyunapp.com",
        identifier=words(entry, "alertId"),
        issued_at=moment(entry.get("pubtimestamp")),
        type_code=kind,
        national_code=national_code("weather_com_cn", kind),
        level_words=(title,),
        level_code=level,
        issuer=words(entry, "source"),
        headline=title,
        text=words(entry, "description"),
        message=words(entry, "status"),
        place="".join(filter(None, parts)) or words(entry, "location"),
    )


def _qweather(root: object) -> list[dict[str, Any]] | None:
    return _listed(inner(root, "warning")) or _listed(inner(root, "alerts"))


def _read_qweather(entry: dict[str, Any], pointer: str) -> Item:
    """Both forms: the flat one, and the later one with objects for kind, colour and what happened to the message."""
    kind = inner(entry, "eventType")
    code = words(kind, "code") if isinstance(kind, dict) else words(entry, "type")
    name = words(kind, "name") if isinstance(kind, dict) else words(entry, "typeName")
    before = inner(entry, "messageType", "supersedes")
    message = inner(entry, "messageType", "code") or entry.get("status")
    color = inner(entry, "color", "code")
    return Item(
        pointer=pointer,
        sender="qweather.com",
        identifier=words(entry, "id"),
        issued_at=moment(entry.get("issuedTime") or entry.get("pubTime")),
        type_name=name,
        type_code=code,
        national_code=national_code("qweather", code),
        level_words=(
            words(entry, "severityColor", "level"),
            color if isinstance(color, str) else None,
            words(entry, "headline", "title"),
        ),
        issuer=words(entry, "senderName", "sender"),
        headline=words(entry, "headline", "title"),
        text=words(entry, "description", "text"),
        instruction=words(entry, "instruction"),
        starts_at=moment(entry.get("onsetTime") or entry.get("startTime")),
        ends_at=moment(entry.get("expireTime") or entry.get("endTime")),
        message=message if isinstance(message, str) else None,
        references=tuple(str(one) for one in before) if isinstance(before, list) else (),
    )


SOURCES = (
    Source("weather_com_cn", _weather_com_cn, _read_weather_com_cn),
    Source("tencent", _tencent, _read_tencent),
    Source("caiyun", _caiyun, _read_caiyun),
    Source("qweather", _qweather, _read_qweather),
)


def matching(root: object) -> Iterator[tuple[Source, list[dict[str, Any]]]]:
    """The sources whose shape the document has."""
    for source in SOURCES:
        found = source.find(root)
        if found is not None:
            yield source, found
