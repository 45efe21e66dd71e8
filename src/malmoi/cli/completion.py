"""`malmoi completion`: what makes a shell complete commands and options with the Tab key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from malmoi.cli.texts import both
from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.messages import say

HELP = both(
    "Tab 으로 명령과 옵션을 채우는 셸 스크립트를 출력합니다.",
    "Print the script that lets your shell complete commands and options.",
)
EXAMPLES = both(
    "예:\n  malmoi completion bash >> ~/.bashrc\n  malmoi completion zsh > ~/.zfunc/_malmoi",
    "Examples:\n  malmoi completion bash >> ~/.bashrc\n  malmoi completion zsh > ~/.zfunc/_malmoi",
)
SHELLS = ("bash", "zsh", "fish", "powershell")
VARIABLE = "_MALMOI_COMPLETE"  # set by the script when it asks


def completion(
    shell: Annotated[
        str | None, typer.Argument(metavar="SHELL", help=both("셸 (기본: $SHELL)", "the shell (default: $SHELL)"))
    ] = None,
) -> None:
    """Print the completion script of a shell."""
    from typer.completion import get_completion_script

    name = shell or Path(os.environ.get("SHELL", "")).name
    if not name:
        shells = ", ".join(SHELLS)
        raise ConfigError(say(f"셸을 정해 주세요: {shells}", f"name the shell: {shells}"))
    if name not in SHELLS:
        raise ConfigError(unknown_name(name, name, list(SHELLS)))
    print(get_completion_script(prog_name="malmoi", complete_var=VARIABLE, shell=name))


def complete(command: Any) -> None:
    """Answer the script's question and end the process."""
    from typer._completion_classes import completion_init

    completion_init()
    command.main(prog_name="malmoi", complete_var=VARIABLE)
