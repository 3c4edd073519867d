"""`yizhangtu import`: files into a running site, with every fault named by its row."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from services.client import ApiProblem, SiteClient
from services.commands.cap_trial import try_cap
from services.commands.ferry import import_bundle
from services.commands.local import DataOption, ExerciseOption, local_settings
from services.commands.remote import UrlOption, UserOption, logged_in, password_of
from services.commands.speaking import REFUSED, USAGE, account_or_exit, console, refuse, told_in_chinese

_TABLES = {
    "units": "/api/units/import",
    "people": "/api/people/import",
    "roster": "/api/roster/import",
    "facilities": "/api/facilities/import",
}
BUNDLE = "bundle"
KINDS = {
    "cap": "预警(CAP 的 XML)",
    "units": "力量",
    "people": "人员",
    "roster": "班次",
    "facilities": "危险源和设施",
    BUNDLE: "摆渡包",
}
_FIELDS = {"row": "行", "column": "列", "alert": "预警", "pointer": "位置", "line": "行", "detail": "问题和处理办法"}


@dataclass(slots=True)
class Outcome:
    """How one file went.

    Args:
        refused: nothing of it was taken.
        faults: as the API tells them.
    """

    summary: str
    refused: bool = False
    faults: list[Mapping[str, Any]] = field(default_factory=list)


def import_files(
    kind: Annotated[
        str, typer.Argument(help="导入什么:" + "、".join(f"{name} {text}" for name, text in KINDS.items()))
    ],
    files: Annotated[list[Path], typer.Argument(help="文件,可以多个;表格用 CSV 或 XLSX")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查,不写入")] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="有错的行跳过,其余照常导入;不加则有一行错就全部不导入")
    ] = False,
    url: UrlOption = None,
    user: UserOption = None,
    data: DataOption = None,
    exercise: ExerciseOption = None,
) -> None:
    """把文件导入正在运行的站点;有错时逐行列出。退出码:0 全部成功,1 有内容未导入,2 用法有误。"""
    if kind not in KINDS:
        refuse(f"不能导入 {kind};可以导入:{'、'.join(KINDS)}", USAGE)
    if kind == BUNDLE:
        for file in files:
            import_bundle(local_settings(data, exercise), file)
        return
    contents = {file: _read(file) for file in files}
    account = account_or_exit(url, user)
    password = password_of(account)
    with told_in_chinese(account.url):
        clean = asyncio.run(_import_all(account, password, kind, contents, dry_run=dry_run, partial=partial))
    raise typer.Exit(0 if clean else REFUSED)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        refuse(f"读不出文件 {file}:{error.strerror}。请检查路径和权限。", USAGE)


async def _import_all(
    account: Any, password: str, kind: str, contents: Mapping[Path, bytes], *, dry_run: bool, partial: bool
) -> bool:
    """Import one file after the other, a refused one does not keep the next; whether everything was taken."""
    clean = True
    async with logged_in(account, password) as site:
        take = _taker(site, kind, dry_run=dry_run, partial=partial)
        for file, content in contents.items():
            outcome = await take(file.name, content)
            _show(file, outcome)
            clean = clean and not outcome.refused and not outcome.faults
    return clean


def _taker(site: SiteClient, kind: str, *, dry_run: bool, partial: bool) -> Callable[[str, bytes], Awaitable[Outcome]]:
    async def table(name: str, content: bytes) -> Outcome:
        query = {"dry_run": dry_run, "partial": partial}
        return _told(await site.upload(_TABLES[kind], name, content, **query), dry_run=dry_run)

    async def cap(_name: str, content: bytes) -> Outcome:
        if dry_run:
            alerts, faults = await try_cap(content)
            return Outcome(f"检查完毕,未写入:{alerts} 条预警可导入", refused=not alerts, faults=faults)
        answer = await site.post_xml("/api/warnings", content)
        counts = f"新增 {len(answer['imported'])} 更新 {answer['updated']} 无变化 {answer['unchanged']}"
        return Outcome(f"已导入:{counts}", faults=answer["faults"])

    async def guarded(name: str, content: bytes) -> Outcome:
        try:
            return await (cap if kind == "cap" else table)(name, content)
        except ApiProblem as problem:
            return Outcome(f"未导入:{problem}", refused=True, faults=list(problem.body.get("errors", ())))

    return guarded


def _told(answer: Mapping[str, Any], *, dry_run: bool) -> Outcome:
    head = "检查完毕,未写入" if dry_run else "已导入"
    counts = f"新增 {answer['created']} 更新 {answer['updated']} 无变化 {answer['unchanged']}"
    ignored = answer.get("ignored_columns") or ()
    left = f";没有用到的列:{'、'.join(ignored)}" if ignored else ""
    return Outcome(
        f"{head}:共 {answer['rows']} 行,{counts},有错 {len(answer['errors'])} 处{left}", faults=answer["errors"]
    )


def _show(file: Path, outcome: Outcome) -> None:
    console.print(f"{file}: {outcome.summary}", markup=False, soft_wrap=True, style="red" if outcome.refused else None)
    if not outcome.faults:
        return
    columns = [name for name in _FIELDS if any(fault.get(name) is not None for fault in outcome.faults)]
    if "row" in columns:
        columns = [name for name in columns if name not in {"pointer", "line"}]
    table = Table(show_lines=False)
    for name in columns:
        table.add_column(_FIELDS[name], overflow="fold", no_wrap=name in {"row", "line", "alert"})
    for fault in outcome.faults:
        table.add_row(*("" if fault.get(name) is None else str(fault[name]) for name in columns))
    console.print(table)
