"""Being logged in at a running site, with a password that is never an argument others could read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from services.client import SiteClient
from services.settings import AccountSettings

UrlOption = Annotated[str | None, typer.Option("--url", help="站点网址,默认 http://127.0.0.1:8000,或 YZT_URL")]
UserOption = Annotated[
    str | None, typer.Option("--user", help="账号,默认 admin,或 YZT_USER;密码取自 YZT_PASSWORD,没有则询问")
]


def password_of(account: AccountSettings) -> str:
    """The given password, or what the person types."""
    if account.password is not None:
        return account.password.get_secret_value()
    return str(typer.prompt(f"{account.user} 的密码", hide_input=True, err=True))


@asynccontextmanager
async def logged_in(account: AccountSettings, password: str) -> AsyncIterator[SiteClient]:
    """A client that acts as this account, logged out at the end."""
    async with SiteClient(account.url, account.trusted_root) as site:
        await site.login(account.user, password)
        try:
            yield site
        finally:
            await site.logout()
