"""`yizhangtu restore`: a backup becomes the data of a stopped site.

The stores are brought back, and the files that make the site itself for others. The outboxes hold every fact, so the
streams are made anew from them: the relays begin at the first row, and the new stream's epoch tells every screen and
follower to begin anew too.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from services.commands.answered import carry_answers, still_open
from services.commands.archive import Manifest, positions, read_archive
from services.commands.beyond import raise_numbers, raise_versions
from services.commands.checks import check_url, file_of, stores_of
from services.commands.local import DataOption, ExerciseOption, SiteOption, book, local_settings
from services.commands.site_files import bring_back, differing
from services.commands.speaking import console, told_in_chinese
from services.occupancy import alone
from services.settings import Settings
from shared.contracts.events.acts import Act
from shared.kernel.clock import SHANGHAI, Clock, SystemClock, civil_date, wire_time
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
        done = restore_archive(settings, folder.absolute(), SystemClock(), force=force)
    console.print(f"已从 {folder} 恢复到 {settings.home}。", markup=False, soft_wrap=True)
    if done.replaced is not None:
        console.print(f"旧数据在 {done.replaced},确认无误后请删除。", markup=False, soft_wrap=True)
    for line in _told(done):
        console.print(line, markup=False, soft_wrap=True)
    console.print("现在可以启动;启动后一张图会自动重建。")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    Args:
        replaced: where the former data is now, if there was any.
        taken_at: the moment of the backup.
        serials: the first free incident serial of each day that may have been in use after it.
        answered: call-outs whose end was found in the former data.
        ringing: call-outs that go on ringing after the start.
    """

    replaced: Path | None
    taken_at: datetime
    serials: dict[str, int] = field(default_factory=dict)
    answered: int = 0
    ringing: int = 0


def _told(done: Restored) -> Iterator[str]:
    """What is not as it was, said aloud."""
    yield (
        f"备份取自 {done.taken_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}。此后登记的内容不在备份里:"
        "别的站点和打印件上有的,请对照补录;那些事件在别的站点的图上会一直停在当时的样子。"
    )
    for day, serial in done.serials.items():
        yield f"{day} 的事件编号从 {serial:04d} 接着编,避开备份以后可能用过的号。"
    yield "任务编号按事件内的顺序编,可能与备份以后派出的任务重复;以系统内的记录为准。"
    if done.answered:
        yield f"{done.answered} 起叫应在备份以后已经应答或撤销,按旧数据里的记录办结,不会再响。"
    if done.ringing:
        yield f"{done.ringing} 起叫应在备份时还没有应答,启动后会接着叫;已经应答过的请在启动后立即撤销。"


def restore_archive(settings: Settings, folder: Path, clock: Clock, *, force: bool) -> Restored:
    """Put the backup in place; returns what was done.

    Raises:
        Conflict: `data.in_use`, `restore.would_lose`, `backup.not_here`, `backup.other_site`, `restore.outside_broker`.
        Malformed: `backup.unreadable`, `backup.altered`.
    """
    _require_fitting(settings)
    manifest = read_archive(folder)
    settings = _as_the_site(settings, manifest)
    if (manifest.site, manifest.exercise) != (settings.site, settings.exercise):
        code = "backup.other_site" if manifest.site != settings.site else "backup.other_mode"
        raise Conflict(code, found=manifest.site, site=settings.site)
    with alone(settings):
        lost = [*_present(settings), *differing(settings, folder, manifest.files)]
        if lost and not force:
            raise Conflict("restore.would_lose", folder=str(settings.home), lost="、".join(lost))
        staged, found = _stage(settings, folder, manifest, clock)
        done = replace(found, replaced=_swap(settings, folder, manifest, staged, clock))
        taken = wire_time(manifest.taken_at)
        book(settings, Act.BACKUP_RESTORED, str(folder), {"taken_at": taken, "former_kept": bool(done.replaced)})
        return done


def _as_the_site(settings: Settings, manifest: Manifest) -> Settings:
    """On an empty folder the backup says whose it is."""
    if "site" in settings.model_fields_set or _present(settings):
        return settings
    return settings.model_copy(update={"site": manifest.site})


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


def _stage(settings: Settings, folder: Path, manifest: Manifest, clock: Clock) -> tuple[Path, Restored]:
    """Copies beside the place where they will lie, made ready and checked; the backup itself is not touched."""
    staged = settings.home / "db.restoring"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True, mode=0o700)
    found = Restored(None, manifest.taken_at)
    for store, copy in manifest.stores.items():
        file = staged / f"{Path(store).name}.db"
        shutil.copyfile(folder / Path(copy.file).name, file)
        file.chmod(0o600)
        found = _make_ready(settings, store, file, found, clock)
        faults = [finding for finding in check_url(f"sqlite:///{file}", store) if not finding.ok]
        if faults:
            raise Malformed("backup.unreadable", folder=str(folder), reason=f"{store}: {faults[0].detail}")
    return staged, found


def _make_ready(settings: Settings, store: str, file: Path, found: Restored, clock: Clock) -> Restored:
    former = file_of(settings, store)
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE outbox_cursor SET position = 0")  # every fact goes into the new stream
        match store:
            case "identity":
                # A session that was ended after the backup must not live again.
                connection.execute(
                    "UPDATE session SET ended_at = ?, end_reason = 'restored' WHERE ended_at IS NULL",
                    (wire_time(clock.now()),),
                )
            case "notification":
                answered = carry_answers(connection, former) if former else 0
                found = replace(found, answered=answered, ringing=still_open(connection))
            case "incident_intake":
                days = (civil_date(found.taken_at), civil_date(clock.now()))
                with _readable(former) as known:
                    found = replace(found, serials=raise_numbers(connection, known, days))
        raise_versions(connection, store, settings.site)
    return found


@contextlib.contextmanager
def _readable(file: Path | None) -> Iterator[sqlite3.Connection | None]:
    """The former store, if there is one; whether it can be read shows only when it is."""
    if file is None or not file.exists():
        yield None
        return
    with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def _swap(settings: Settings, folder: Path, manifest: Manifest, staged: Path, clock: Clock) -> Path | None:
    stamp = clock.now().strftime("%Y%m%dT%H%M%S")
    replaced = settings.home / f"replaced-{stamp}-{os.getpid()}"
    moved = False
    for former in (settings.home / "db", settings.home / "nats" / "js"):
        if former.exists():
            replaced.mkdir(mode=0o700, exist_ok=True)
            former.rename(replaced / former.name)
            moved = True
    staged.rename(settings.home / "db")
    moved = bring_back(settings, folder, manifest.files, replaced) or moved
    return replaced if moved else None
