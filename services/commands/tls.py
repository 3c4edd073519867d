"""`yizhangtu tls`: HTTPS with a root of the site's own, made without any outside service."""

from typing import Annotated

import typer

from services.commands.local import DataOption, book, local_settings
from services.commands.speaking import console, told_in_chinese
from services.commands.wording import ChineseCommand, ChineseGroup
from services.tls.authority import TlsFiles, ends_at, files_of, fingerprint, initialise, renew
from shared.contracts.events.acts import Act
from shared.kernel.clock import SystemClock

tls = typer.Typer(cls=ChineseGroup, no_args_is_help=True, help="加密网址(HTTPS):本地根证书和服务器证书")
HostOption = Annotated[
    list[str] | None, typer.Option("--host", help="电脑上输入的域名或 IP,可重复;本机名、本机地址会自动加入")
]


@tls.command("init", cls=ChineseCommand)
def init(data: DataOption = None, host: HostOption = None) -> None:
    """生成本地根证书(10 年)和服务器证书(397 天),以后 up 即以 HTTPS 启动。"""
    settings = local_settings(data, None)
    files = files_of(settings.data.resolve())
    with told_in_chinese(str(files.folder)):
        names = initialise(files, host or (), SystemClock().now())
        book(settings, Act.CERTIFICATE_MADE, "、".join(names), {"root": fingerprint(files.root)})
    _tell(files, names)
    console.print("请把 ca.key 另存一份到保险的地方:丢了它,到期后要在每台电脑重装根证书;泄露了它,别人能冒充本站。")
    console.print(
        "用 yizhangtu up 启动后,在各电脑打开 /ca 页面安装根证书;加 --http-port 可在另一端口用 http 打开该页。"
    )


@tls.command("renew", cls=ChineseCommand)
def renew_certificate(data: DataOption = None, host: HostOption = None) -> None:
    """用原来的根证书换发服务器证书,保留原有名称,可再加;各电脑不用重装。重启 up 后生效。"""
    settings = local_settings(data, None)
    files = files_of(settings.data.resolve())
    with told_in_chinese(str(files.folder)):
        names = renew(files, host or (), SystemClock().now())
        book(settings, Act.CERTIFICATE_MADE, "、".join(names), {"root": fingerprint(files.root)})
    _tell(files, names)


def _tell(files: TlsFiles, names: tuple[str, ...]) -> None:
    for line in (
        f"证书在 {files.folder},有效期至 {ends_at(files):%Y-%m-%d},用于:{'、'.join(names)}",
        f"根证书指纹(SHA-256):{fingerprint(files.root)}",
    ):
        console.print(line, markup=False, soft_wrap=True)
