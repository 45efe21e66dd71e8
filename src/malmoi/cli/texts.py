"""Help in two languages: written side by side where a command is declared, chosen when the command line starts."""

from __future__ import annotations

from typing import Any

from malmoi.messages import say

_BETWEEN = "\x1f"


def both(ko: str, en: str) -> str:
    """Return a help text that holds both languages until `localise` chooses."""
    return ko + _BETWEEN + en


NO_VALUE = " "  # what a switch takes; typer would print "<bool>"


def localise(command: Any) -> Any:
    """Choose the language of all help texts of a command, its parameters and its subcommands; return it."""
    with command.make_context("malmoi", [], resilient_parsing=True) as context:
        help_option = command.get_help_option(context)
    if help_option is not None:
        help_option.help = say("이 도움말을 보여 줍니다", "show this help")
        help_option.metavar = NO_VALUE
    for param in command.params:
        if getattr(param, "is_flag", False):
            param.metavar = NO_VALUE
    for holder in (command, *command.params):
        for field in ("help", "short_help", "epilog", "metavar"):
            if isinstance(text := getattr(holder, field, None), str):
                setattr(holder, field, _chosen(text))
    for child in getattr(command, "commands", {}).values():
        localise(child)
    return command


def translate_headings() -> None:
    """Give typer's help its headings in the user's language, where this version of typer has them."""
    from typer import rich_utils

    headings = {
        "ARGUMENTS_PANEL_TITLE": ("인자", "Arguments"),
        "OPTIONS_PANEL_TITLE": ("옵션", "Options"),
        "COMMANDS_PANEL_TITLE": ("명령", "Commands"),
        "DEFAULT_STRING": ("[기본: {}]", "[default: {}]"),
        "REQUIRED_LONG_STRING": ("[필수]", "[required]"),
    }
    for name, (ko, en) in headings.items():
        if hasattr(rich_utils, name):
            setattr(rich_utils, name, say(ko, en))


def _chosen(text: str) -> str:
    ko, between, en = text.partition(_BETWEEN)
    return say(ko, en) if between else text
