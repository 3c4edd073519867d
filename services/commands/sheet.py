"""`yizhangtu sheet`: the present state as PDF, to be printed before the power goes."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.commands.remote import UrlOption, UserOption, logged_in, password_of
from services.commands.speaking import account_or_exit, console, told_in_chinese
from services.settings import AccountSettings


def sheet(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="写到哪个文件")] = Path("态势单.pdf"),
    url: UrlOption = None,
    user: UserOption = None,
) -> None:
    """打印态势单:把当前态势存成 A4 的 PDF(未结束事件、力量、失联属地、值班、未应答)。"""
    account = account_or_exit(url, user)
    password = password_of(account)
    with told_in_chinese(account.url):
        content = asyncio.run(_download(account, password))
    output.write_bytes(content)
    console.print(f"已写出 {output}({len(content) / 1024:.0f} KB)", markup=False, soft_wrap=True)


async def _download(account: AccountSettings, password: str) -> bytes:
    async with logged_in(account, password) as site:
        return await site.download("/api/picture/sheet.pdf")
