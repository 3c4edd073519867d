"""How commands speak: results to standard output, refusals in Chinese to standard error, three exit codes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import httpx
import typer
from pydantic import ValidationError
from rich.console import Console

from services.client import ApiProblem
from services.settings import AccountSettings, Settings, load_account, load_settings
from shared.i18n import label
from shared.kernel.errors import DomainError

T = TypeVar("T")
REFUSED = 1
USAGE = 2
errors = Console(stderr=True, highlight=False)
console = Console(highlight=False)


def refuse(message: str, code: int = REFUSED) -> NoReturn:
    """Say why not and what to do, and end with the exit code."""
    errors.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(code)


def settings_or_exit(**options: object) -> Settings:
    """Settings, or a message in Chinese and exit code 2."""
    return _valid(load_settings, options)


def account_or_exit(url: str | None, user: str | None) -> AccountSettings:
    """Where and as whom, or a message in Chinese and exit code 2."""
    return _valid(load_account, {"url": url, "user": user})


def _valid(load: Callable[..., T], options: dict[str, object]) -> T:
    try:
        return load(**options)
    except ValidationError as error:
        for item in error.errors():
            name = "YZT_" + "_".join(str(part) for part in item["loc"]).upper()
            errors.print(f"[red]设置有误[/red] {name}: {item['msg']}")
        raise typer.Exit(USAGE) from error
    except OSError as error:
        refuse(f"读不出密码等设置所在的文件 {error.filename}:{error.strerror}。请检查 YZT_…_FILE 的路径和权限。", USAGE)


@contextmanager
def told_in_chinese(url: str) -> Iterator[None]:
    """What goes wrong inside is said in Chinese and ends the command with exit code 1."""
    try:
        yield
    except ApiProblem as problem:
        refuse(f"未成功:{problem}")
    except httpx.TransportError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            refuse(f"{url} 的证书不受信任。请用 YZT_CA 指定该站点的根证书文件(数据目录的 tls/ca.pem)。")
        refuse(f"连不上 {url}({str(error) or type(error).__name__})。请确认系统已启动、网址正确,或用 --url 指定。")
    except DomainError as error:
        refuse(label(f"problem.{error.code}", **error.params))
