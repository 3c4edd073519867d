"""`yizhangtu backup`: every store of a site, running or not, as one moment in one folder."""

from pathlib import Path
from typing import Annotated

import typer

from services.commands.archive import Manifest, write_archive
from services.commands.checks import file_of, stores_of
from services.commands.local import DataOption, ExerciseOption, SiteOption, book, local_settings
from services.commands.site_files import site_files
from services.commands.speaking import console, told_in_chinese
from services.composition import product_version
from services.settings import Settings
from shared.contracts.events.acts import Act
from shared.kernel.clock import SystemClock
from shared.kernel.errors import Conflict, NotFound


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="放备份的新目录,例如 /backup/2026-07-01")],
    data: DataOption = None,
    site: SiteOption = None,
    exercise: ExerciseOption = None,
) -> None:
    """备份全部数据库和站点身份(下级登记、接入文件、摆渡和证书密钥),站点不用停;各库取自同一时刻,带校验清单。"""
    settings = local_settings(data, exercise, site)
    with told_in_chinese(str(settings.home)):
        manifest = _back_up(settings, folder.absolute())
    book(settings, Act.BACKUP_MADE, str(folder.absolute()), {"stores": len(manifest.stores)})
    size = sum(copy.bytes for copy in manifest.stores.values())
    console.print(
        f"已备份 {len(manifest.stores)} 个数据库,共 {size / 1024**2:.1f} MB → {folder}", markup=False, soft_wrap=True
    )
    if manifest.files:
        console.print(f"另有站点身份文件 {len(manifest.files)} 个:恢复后下级不用重新登记,对方也认得本站的签名。")
    console.print("备份含来电人等个人信息和密钥,请放在只有管理员能读的地方。")


def _back_up(settings: Settings, folder: Path) -> Manifest:
    files = {}
    for store in stores_of(settings):
        file = file_of(settings, store)
        if file is None:
            raise Conflict("backup.not_here")
        if file.exists():
            files[store] = file
    if not files:
        raise NotFound("data.missing", folder=str(settings.home))
    now, version = SystemClock().now(), product_version()
    return write_archive(
        folder,
        files,
        site=settings.site,
        exercise=settings.exercise,
        version=version,
        now=now,
        beside=site_files(settings),
    )
