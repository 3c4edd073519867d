"""Options of commands that work on the data folder itself."""

from pathlib import Path
from typing import Annotated

import typer

from services.commands.speaking import settings_or_exit, told_in_chinese
from services.settings import Settings
from services.sites.joining import joined

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
