"""`yizhangtu verify`: whether the data of a stopped site is whole."""

import typer
from rich.table import Table

from services.commands.checks import Finding, check_store, file_of, stores_of
from services.commands.local import DataOption, ExerciseOption, local_settings
from services.commands.speaking import REFUSED, console, told_in_chinese
from services.occupancy import alone
from services.settings import Settings
from shared.kernel.errors import NotFound


def verify(data: DataOption = None, exercise: ExerciseOption = None) -> None:
    """检查已停止的站点:数据库完整性、每条事实、发送位置、审计链。退出码:0 全部完好,1 有问题。"""
    settings = local_settings(data, exercise)
    with told_in_chinese(str(settings.home)):
        findings = _check(settings)
    table = Table("数据库", "检查", "结果", "说明")
    for finding in findings:
        mark = "[green]正常[/green]" if finding.ok else "[red]有问题[/red]"
        table.add_row(finding.store, finding.check, mark, finding.detail)
    console.print(str(settings.home), markup=False)
    console.print(table)
    faulty = sum(not finding.ok for finding in findings)
    console.print(f"{faulty} 项有问题。请不要启动,先保留现场,再用最近的备份恢复。" if faulty else "全部完好。")
    raise typer.Exit(REFUSED if faulty else 0)


def _check(settings: Settings) -> list[Finding]:
    files = {store: file_of(settings, store) for store in stores_of(settings)}
    if not any(file is None or file.exists() for file in files.values()):
        raise NotFound("data.missing", folder=str(settings.home))
    with alone(settings):
        findings: list[Finding] = []
        for store, file in files.items():
            if file is None or file.exists():
                findings += check_store(settings, store)
            else:
                findings.append(Finding(store, "存在", ok=False, detail=f"缺少 {file.name}"))
        return findings
