"""`yizhangtu restore`: a backup becomes the data of a stopped site.

Only the stores are brought back. Their outboxes hold every fact, so the streams are made anew from them: the relays
begin at the first row, and the new stream's epoch tells every screen and follower to begin anew too.
"""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from services.commands.archive import Manifest, positions, read_archive
from services.commands.checks import check_url, file_of, stores_of
from services.commands.local import DataOption, ExerciseOption, SiteOption, local_settings
from services.commands.speaking import console, told_in_chinese
from services.occupancy import alone
from services.settings import Settings
from shared.kernel.clock import Clock, SystemClock, wire_time
from shared.kernel.errors import Conflict, Malformed


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="yizhangtu backup 做出的目录")],
    data: DataOption = None,
    site: SiteOption = None,
    exercise: ExerciseOption = None,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有数据;旧数据移到旁边的 replaced-… 目录")] = False,
) -> None:
    """用备份恢复已停止的站点。消息流由恢复的数据重新生成;所有人需要重新登录。"""
    settings = local_settings(data, exercise, site)
    with told_in_chinese(str(settings.home)):
        replaced = restore_archive(settings, folder.absolute(), SystemClock(), force=force)
    console.print(f"已从 {folder} 恢复到 {settings.home}。", markup=False, soft_wrap=True)
    if replaced is not None:
        console.print(f"旧数据在 {replaced},确认无误后请删除。", markup=False, soft_wrap=True)
    console.print("现在可以启动;启动后一张图会自动重建,请核对最近的事件和未应答的叫应。")


def restore_archive(settings: Settings, folder: Path, clock: Clock, *, force: bool) -> Path | None:
    """Put the backup in place; returns where the former data is now, if there was any.

    Raises:
        Conflict: `data.in_use`, `restore.would_lose`, `backup.not_here`, `backup.other_site`, `restore.outside_broker`.
        Malformed: `backup.unreadable`, `backup.altered`.
    """
    _require_fitting(settings)
    manifest = read_archive(folder)
    if (manifest.site, manifest.exercise) != (settings.site, settings.exercise):
        code = "backup.other_site" if manifest.site != settings.site else "backup.other_mode"
        raise Conflict(code, found=manifest.site, site=settings.site)
    with alone(settings):
        lost = _present(settings)
        if lost and not force:
            raise Conflict("restore.would_lose", folder=str(settings.home), lost="、".join(lost))
        staged = _stage(settings, folder, manifest, clock)
        return _swap(settings, staged, clock)


def _require_fitting(settings: Settings) -> None:
    if settings.database_url is not None:
        raise Conflict("backup.not_here")
    if settings.nats_url is not None:
        raise Conflict("restore.outside_broker", url=settings.nats_url.rpartition("@")[2])


def _present(settings: Settings) -> list[str]:
    """What is there now, in words."""
    found = []
    for store in stores_of(settings):
        file = file_of(settings, store)
        if file is not None and file.exists():
            found.append(f"{store}({_size(file)})")
    return found


def _size(file: Path) -> str:
    try:
        with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            return f"{positions(connection)[0]} 条事实"
    except sqlite3.Error:
        return "读不出"


def _stage(settings: Settings, folder: Path, manifest: Manifest, clock: Clock) -> Path:
    """Copies beside the place where they will lie, made ready and checked; the backup itself is not touched."""
    staged = settings.home / "db.restoring"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True, mode=0o700)
    for store, copy in manifest.stores.items():
        file = staged / f"{Path(store).name}.db"
        shutil.copyfile(folder / Path(copy.file).name, file)
        file.chmod(0o600)
        _make_ready(store, file, clock)
        faults = [finding for finding in check_url(f"sqlite:///{file}", store) if not finding.ok]
        if faults:
            raise Malformed("backup.unreadable", folder=str(folder), reason=f"{store}: {faults[0].detail}")
    return staged


def _make_ready(store: str, file: Path, clock: Clock) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE outbox_cursor SET position = 0")  # every fact goes into the new stream
        if store == "identity":
            # A session that was ended after the backup must not live again.
            connection.execute(
                "UPDATE session SET ended_at = ?, end_reason = 'restored' WHERE ended_at IS NULL",
                (wire_time(clock.now()),),
            )


def _swap(settings: Settings, staged: Path, clock: Clock) -> Path | None:
    stamp = clock.now().strftime("%Y%m%dT%H%M%S")
    replaced = settings.home / f"replaced-{stamp}-{os.getpid()}"
    moved = False
    for former in (settings.home / "db", settings.home / "nats" / "js"):
        if former.exists():
            replaced.mkdir(mode=0o700, exist_ok=True)
            former.rename(replaced / former.name)
            moved = True
    staged.rename(settings.home / "db")
    return replaced if moved else None
