"""The words that the library for command lines says itself, in Chinese."""

from typing import Any

from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

_TITLES = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "命令写法有误",
    "DEFAULT_STRING": "[默认 {}]",
    "REQUIRED_LONG_STRING": "[必填]",
    "ABORTED_TEXT": "已取消。",
    "RICH_HELP": "用法见 [blue]'{command_path} {help_option}'[/]",
}
for _name, _text in _TITLES.items():
    setattr(rich_utils, _name, _text)


class ChineseCommand(TyperCommand):
    """A command whose `--help` explains itself in Chinese."""

    def get_help_option(self, ctx: Any) -> Any:
        return _explained(super().get_help_option(ctx))


class ChineseGroup(TyperGroup):
    """The same for the list of commands."""

    def get_help_option(self, ctx: Any) -> Any:
        return _explained(super().get_help_option(ctx))


def _explained(option: Any) -> Any:
    if option is not None:
        option.help = "显示这份说明"
    return option
