"""A command line that cannot be understood, said in the user's language: what is wrong, what was meant, where help is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from malmoi.messages import say

_PATTERNS = (
    (r"No such command '?(?P<name>[^']+)'?\.", "알 수 없는 명령 '{name}'.", "unknown command '{name}'."),
    (r"Missing command\.", "명령을 적어 주세요.", "name a command."),
    (r"Option '?(?P<name>--?[\w-]+)'? requires an argument\.", "{name} 뒤에 값이 필요합니다.", "{name} needs a value."),
    (r"Got unexpected extra arguments?(\(s\))? \((?P<name>.*)\)", "남는 인자: {name}", "unexpected argument: {name}"),
    (r"Option '?(?P<name>--?[\w-]+)'? does not take a value\.?", "{name} 옵션은 값을 받지 않습니다.", "{name} takes no value."),
    (r"Invalid value for (?P<name>.+?): (?P<rest>.*)", "{name} 의 값이 맞지 않습니다: {rest}", "bad value for {name}: {rest}"),
    (r"Input should be greater than or equal to (?P<least>\S+)", "{least} 이상이어야 합니다.", "it must be at least {least}."),
    (r"Input should be less than or equal to (?P<most>\S+)", "{most} 이하여야 합니다.", "it must be at most {most}."),
    (r"(?P<value>\S+) is not in the range x>=(?P<least>[^\s.]+)\.", "{least} 이상이어야 합니다.", "it must be at least {least}."),
    (r".*valid (int|integer)\b.*", "정수가 아닙니다.", "it is not an integer."),
    (r".*valid (float|number)\b.*", "수가 아닙니다.", "it is not a number."),
)  # fmt: skip


def usage_message(error: Any, arguments: Sequence[str] = ()) -> str:
    """Return the message of a usage error of typer: one sentence, the nearest name, and the help command.

    Where the error does not say whose it is, the first words of `arguments` do.
    """
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else _path_of(arguments)
    help_line = say(f"도움말: {path} --help", f"help: {path} --help")
    return f"{_sentence(error)}\n{help_line}"


def _path_of(arguments: Sequence[str]) -> str:
    verbs = [*takewhile(lambda word: not word.startswith("-"), arguments)]
    return " ".join(["malmoi", *verbs[: 2 if verbs[:1] in (["data"], ["models"], ["tokenizer"]) else 1]])


def _sentence(error: Any) -> str:
    kind = type(error).__name__
    if kind == "NoSuchOption":
        name = error.option_name
        return say(f"알 수 없는 옵션 {name}.", f"unknown option {name}.") + _nearest(name, _options(error))
    if kind == "MissingParameter" and getattr(error, "param", None) is not None:
        hint = error.param.get_error_hint(error.ctx) if _takes_context(error.param) else error.param.get_error_hint()
        name = str(hint).replace("'", "")
        return say(f"필요한 것이 빠졌습니다: {name}.", f"{name} is missing.")
    return _translated(error.format_message(), _commands(error))


def _translated(message: str, commands: list[str]) -> str:
    message = message.partition(" Did you mean")[0]
    for pattern, ko, en in _PATTERNS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            parts = {name: value.strip("'") for name, value in found.groupdict().items()}
            if "rest" in parts:
                parts["rest"] = _translated(found["rest"], [])
            hint = _nearest(parts.get("name", ""), commands) if "command" in pattern else ""
            return say(ko, en).format(**parts) + hint
    return message


def _nearest(name: str, known: list[str]) -> str:
    bare = {option.lstrip("-"): option for option in known}  # dashes are alike everywhere
    close = [bare[word] for word in difflib.get_close_matches(name.lstrip("-"), bare, n=1, cutoff=0.6)]
    return say(f" 혹시 '{close[0]}' 인가요?", f" Did you mean '{close[0]}'?") if close else ""


def _options(error: Any) -> list[str]:
    context = getattr(error, "ctx", None)
    params = context.command.params if context is not None else []
    return [name for param in params for name in getattr(param, "opts", []) if name.startswith("-")]


def _commands(error: Any) -> list[str]:
    context = getattr(error, "ctx", None)
    return list(getattr(context.command, "commands", {})) if context is not None else []


def _takes_context(param: Any) -> bool:
    """Whether this typer's `get_error_hint` wants the context (it did before 0.20)."""
    return "ctx" in param.get_error_hint.__code__.co_varnames[: param.get_error_hint.__code__.co_argcount]
