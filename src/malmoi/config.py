"""Frozen dataclasses to JSON and back, strictly: an unknown field is an error that names the nearest one.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Optim:
    ...     lr: float = 1e-4
    >>> from_dict(Optim, {"lr": 2e-5})
    Optim(lr=2e-05)
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import types
import typing
from typing import Any, TypeVar

from malmoi.errors import ConfigError
from malmoi.messages import say

T = TypeVar("T")


def to_dict(config: Any) -> dict[str, Any]:
    """Return a dataclass tree as plain JSON values (tuples become lists)."""
    return {field.name: _plain(getattr(config, field.name)) for field in dataclasses.fields(config)}


def from_dict(cls: type[T], values: dict[str, Any], where: str = "") -> T:
    """Build `cls` from JSON values; raise `ConfigError` for unknown fields and wrong types."""
    if not isinstance(values, dict):
        raise ConfigError(_wrong_type(where or cls.__name__, values, "object"))
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls) if field.init]
    for name in values:
        if name not in names:
            raise ConfigError(unknown_name(f"{where}{name}", name, [f"{where}{n}" for n in names]))
    built = {name: _convert(hints[name], value, f"{where}{name}") for name, value in values.items()}
    try:
        return cls(**built)
    except TypeError as error:
        raise ConfigError(f"{where or cls.__name__}: {error}") from error


def override(config: T, assignments: list[str] | tuple[str, ...]) -> T:
    """Return `config` with `a.b=value` assignments applied; values are JSON, else plain strings.

    >>> from dataclasses import dataclass, field
    >>> @dataclass(frozen=True)
    ... class Optim:
    ...     lr: float = 1e-4
    >>> @dataclass(frozen=True)
    ... class Recipe:
    ...     optim: Optim = Optim()
    >>> override(Recipe(), ["optim.lr=5e-5"])
    Recipe(optim=Optim(lr=5e-05))
    """
    for assignment in assignments:
        path, separator, text = assignment.partition("=")
        if not separator:
            raise ConfigError(
                say(f"--set {assignment}: key=value 꼴이어야 합니다.", f"--set {assignment}: expected key=value.")
            )
        try:
            value = json.loads(text)
        except json.JSONDecodeError:
            value = text
        config = _set(config, path.strip().split("."), value, "")
    return config


def unknown_name(value: str, leaf: str, known: list[str]) -> str:
    """Return the message for a name that is not among `known`, with the nearest one."""
    close = difflib.get_close_matches(value, known, n=1, cutoff=0.4) or difflib.get_close_matches(
        leaf, [name.rpartition(".")[2] for name in known], n=1, cutoff=0.4
    )
    hint_ko = f" 혹시 '{close[0]}' 인가요?" if close else ""
    hint_en = f" Did you mean '{close[0]}'?" if close else ""
    listing = ", ".join(known)
    return say(f"알 수 없는 이름 '{value}'.{hint_ko} (가능: {listing})", f"unknown name '{value}'.{hint_en} (known: {listing})")


def _set(config: Any, path: list[str], value: Any, where: str) -> Any:
    head, *rest = path
    names = [field.name for field in dataclasses.fields(config)]
    if head not in names:
        raise ConfigError(unknown_name(f"{where}{head}", head, [f"{where}{name}" for name in names]))
    if rest:
        current = getattr(config, head)
        if not dataclasses.is_dataclass(current):
            raise ConfigError(
                say(f"'{where}{head}' 에는 하위 항목이 없습니다.", f"'{where}{head}' has no fields inside.")
            )
        new = _set(current, rest, value, f"{where}{head}.")
    else:
        new = _convert(typing.get_type_hints(type(config))[head], value, f"{where}{head}")
    return dataclasses.replace(config, **{head: new})


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_dict(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def _convert(hint: Any, value: Any, where: str) -> Any:
    """Check `value` against a type hint and return it as that type."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _convert_union(hint, value, where)
    if origin is typing.Literal:
        if value not in typing.get_args(hint):
            raise ConfigError(unknown_name(f"{where}={value}", str(value), [str(a) for a in typing.get_args(hint)]))
        return value
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise ConfigError(_wrong_type(where, value, "list"))
        inner = typing.get_args(hint)[0]
        return tuple(_convert(inner, item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            raise ConfigError(_wrong_type(where, value, "object"))
        inner = typing.get_args(hint)[1]
        return {str(key): _convert(inner, item, f"{where}.{key}") for key, item in value.items()}
    if dataclasses.is_dataclass(hint):
        return value if isinstance(value, hint) else from_dict(hint, value, f"{where}.")
    return _convert_scalar(hint, value, where)


def _convert_union(hint: Any, value: Any, where: str) -> Any:
    options = typing.get_args(hint)
    if value is None and type(None) in options:
        return None
    errors = []
    for option in options:
        if option is type(None):
            continue
        try:
            return _convert(option, value, where)
        except ConfigError as error:
            errors.append(error)
    raise errors[0]


def _convert_scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is Any:
        return value
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    if hint is str and isinstance(value, (int, float)):
        return str(value)
    raise ConfigError(_wrong_type(where, value, hint.__name__))


def _wrong_type(where: str, value: Any, expected: str) -> str:
    return say(
        f"'{where}' 의 값 {value!r} 은(는) {expected} 이어야 합니다.", f"'{where}' is {value!r}, but must be {expected}."
    )
