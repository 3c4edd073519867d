"""Options of commands that work on the data folder itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from services.commands.speaking import console, settings_or_exit, told_in_chinese
from services.operations.slips import leave_slip
from services.settings import Settings
from services.sites.joining import joined
from shared.contracts.events.acts import Act, Detail

DataOption = Annotated[
    Path | None, typer.Option("--data", help="数据目录(数据库、消息存储、密钥),默认 data,或 YZT_DATA")
]
SiteOption = Annotated[str | None, typer.Option("--site", help="站点名,例如 hub、yufa")]
ExerciseOption = Annotated[bool | None, typer.Option("--exercise", help="演练的数据,而不是真实的")]


def local_settings(data: Path | None, exercise: bool | None, site: str | None = None) -> Settings:
    """Settings of the site that lives on this folder."""
    settings = settings_or_exit(data=data, exercise=exercise, site=site)
    with told_in_chinese(str(settings.home)):
        return joined(settings)


def book(settings: Settings, act: Act, target: str | None = None, detail: Mapping[str, Detail] | None = None) -> None:
    """Tell the site's audit book what was just done here; where there is no site there is no book."""
    if not settings.home.is_dir():
        return
    try:
        leave_slip(settings, act, target, detail)
    except OSError as error:
        console.print(f"[yellow]已完成,但没能记入审计({error.strerror})。请手工登记这次操作。[/yellow]")
