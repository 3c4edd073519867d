"""`yizhangtu status`: how a running site is, from the routes that need no login, so that scripts can ask too."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import orjson
import typer
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from rich.table import Table

from services.client import SiteClient
from services.commands.remote import UrlOption
from services.commands.speaking import REFUSED, account_or_exit, console, told_in_chinese
from services.settings import AccountSettings
from shared.i18n import label

_GIGABYTE = 1024**3
_CLOCK_TOLERANCE_SECONDS = 2.0
_STORE_FULL = 0.99


class Figures:
    """The samples of `/metrics` by name."""

    def __init__(self, text: str) -> None:
        families: Iterable[Metric] = text_string_to_metric_families(text)
        self._samples = [sample for family in families for sample in family.samples]

    def values(self, name: str) -> list[float]:
        """Of every label."""
        return [sample.value for sample in self._samples if sample.name == name]

    def labelled(self, name: str, key: str) -> dict[str, float]:
        """By the value of one label."""
        return {sample.labels[key]: sample.value for sample in self._samples if sample.name == name}

    def labels(self, name: str) -> dict[str, str]:
        """The labels of the first sample."""
        return next((dict(sample.labels) for sample in self._samples if sample.name == name), {})


def status(url: UrlOption = None) -> None:
    """查看站点状态:就绪、消息服务、待发事实、一张图、死信、磁盘、时钟。退出码:0 就绪,1 未就绪或连不上。"""
    account = account_or_exit(url, None)
    with told_in_chinese(account.url):
        ready = asyncio.run(_show(account))
    raise typer.Exit(0 if ready else REFUSED)


async def _show(account: AccountSettings) -> bool:
    async with SiteClient(account.url, account.trusted_root) as site:
        asked = datetime.now(UTC)
        code, body, headers = await site.operational("/readyz")
        _, exposition, _ = await site.operational("/metrics")
    reasons = _reasons(body) if code != 200 else []
    offset = _offset(headers.get("date"), asked)
    table = Table(show_header=False)
    for name, value in _rows(Figures(exposition), code, reasons, offset):
        table.add_row(name, value)
    console.print(account.url, markup=False)
    console.print(table)
    return code == 200


def _reasons(body: str) -> list[str]:
    try:
        return [str(reason) for reason in orjson.loads(body)["reasons"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return []


def _offset(date: str | None, asked: datetime) -> float | None:
    """Seconds by which the site's clock is ahead of ours; the header knows whole seconds only."""
    return None if date is None else (parsedate_to_datetime(date) - asked).total_seconds()


def _rows(figures: Figures, code: int, reasons: list[str], offset: float | None) -> Iterator[tuple[str, str]]:
    site = figures.labels("yzt_site_info")
    if site:
        mark = " 【演练】" if site["exercise"] == "true" else ""
        yield "站点", f"{site['site']}{mark},版本 {site['version']}"
    words = "、".join(label(f"unready.{reason.rpartition('.')[2]}") + f"({reason})" for reason in reasons)
    yield "就绪", "是" if code == 200 else f"否:{words or code}"
    yield "消息服务", _broker(figures)
    for service, depth in sorted(figures.labelled("yzt_outbox_depth", "service").items()):
        age = figures.labelled("yzt_outbox_oldest_seconds", "service").get(service, 0.0)
        if depth:
            yield f"待发事实 {service}", f"{depth:.0f} 条,最老的等了 {age:.0f} 秒"
    if not sum(figures.values("yzt_outbox_depth")):
        yield "待发事实", "无"
    for lag in figures.values("yzt_view_lag_seconds"):
        seq = max(figures.values("yzt_view_seq"), default=0.0)
        yield "一张图", f"到第 {seq:.0f} 条,落后 {lag:.1f} 秒"
    dead = sum(figures.values("yzt_dlq_depth"))
    yield "死信", f"{dead:.0f} 条,请在「管理 → 死信」处理" if dead else "无"
    for free in figures.values("yzt_disk_free_bytes"):
        yield "磁盘剩余", f"{free / _GIGABYTE:.1f} GB"
    if offset is not None:
        fits = abs(offset) <= _CLOCK_TOLERANCE_SECONDS
        yield "时钟", "与本机一致" if fits else f"与本机相差约 {offset:+.0f} 秒,请检查对时"


def _broker(figures: Figures) -> str:
    connected = figures.labelled("yzt_broker_connected", "user")
    away = sorted(user for user, up in connected.items() if not up)
    blocked = [service for service, value in figures.labelled("yzt_relay_blocked", "service").items() if value]
    if blocked:
        return f"拒绝了 {'、'.join(blocked)} 的事实,发送已停止,请看日志"
    stored, limit = (
        max(figures.values(f"yzt_broker_{name}_bytes"), default=0.0) for name in ("stored", "stored_limit")
    )
    if limit and stored >= limit * _STORE_FULL:
        return f"存储已满({stored / _GIGABYTE:.1f} GB);接报照常,请调大 YZT_NATS_MAX_FILE_MB 并重启"
    if not connected or len(away) == len(connected):
        return "未连接;接报照常,恢复后自动补发"
    return f"已连接,但 {'、'.join(away)} 断开" if away else "已连接"
