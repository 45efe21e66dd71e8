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
import functools
import json
import types
import typing
from collections.abc import Callable, Mapping, Sequence
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
    hints = _hints(cls)
    names = [field.name for field in dataclasses.fields(cls) if field.init]  # type: ignore[arg-type]
    for name in values:
        if name not in names:
            raise ConfigError(unknown_name(f"{where}{name}", name, [f"{where}{n}" for n in names]))
    built = {name: _convert(hints[name], value, f"{where}{name}") for name, value in values.items()}
    try:
        return cls(**built)
    except TypeError as error:
        raise ConfigError(f"{where or cls.__name__}: {error}") from error


_hints: Callable[[Any], dict[str, Any]] = functools.cache(typing.get_type_hints)


def parse_assignment(assignment: str) -> tuple[str, Any]:
    """Return path and value of `a.b=value`; raise `ConfigError` when there is no `=`.

    >>> parse_assignment("optim.lr=5e-5"), parse_assignment("model.name=klue/bert-base")
    (('optim.lr', 5e-05), ('model.name', 'klue/bert-base'))
    """
    path, separator, text = assignment.partition("=")
    if not separator or not path.strip():
        raise ConfigError(
            say(f"--set {assignment}: key=value 꼴이어야 합니다.", f"--set {assignment}: expected key=value.")
        )
    try:
        return path.strip(), json.loads(text)
    except json.JSONDecodeError:
        return path.strip(), text


Settings = Sequence[tuple[str, Any]]  # paths and values; of one path the last counts
_Steps = list[tuple[list[str], Any]]  # the same, the paths taken apart


def replace_at(config: T, settings: Settings, where: str = "") -> T:
    """Return `config` with fields replaced together: `optim.lr`, an item of a tuple (`tasks.0.name`), a key of a dict.

    What a dataclass demands of its fields is asked of the result only, in whatever order they stand. `where` stands before the
    paths in messages ("task."). Raises `ConfigError` for unknown names, with the nearest, and for values of a wrong type.
    """
    return _set(config, [(path.split("."), value) for path, value in settings], where)


def unknown_name(value: str, leaf: str, known: list[str]) -> str:
    """Return the message for a name that is not among `known`, with the nearest one."""
    leaves = {name.rpartition(".")[2]: name for name in known}
    close = difflib.get_close_matches(value, known, n=1, cutoff=0.4) or [
        leaves[name] for name in difflib.get_close_matches(leaf, leaves, n=1, cutoff=0.4)
    ]
    return _unknown(value, close[0] if close else None, known)


def _unknown(value: str, close: str | None, known: list[str]) -> str:
    hint_ko = f" 혹시 '{close}' 인가요?" if close else ""
    hint_en = f" Did you mean '{close}'?" if close else ""
    listing = ", ".join(known)
    return say(
        f"알 수 없는 이름 '{value}'.{hint_ko} (가능: {listing})",
        f"unknown name '{value}'.{hint_en} (known: {listing})",
    )


def _set(config: Any, steps: _Steps, where: str) -> Any:
    names = [field.name for field in dataclasses.fields(config)]
    inside: dict[str, _Steps] = {}
    for (head, *rest), value in steps:
        if head not in names:
            raise ConfigError(_unknown_field(config, head, where, names))
        inside.setdefault(head, []).append((rest, value))
    hints = _hints(type(config))
    new = {head: _set_inside(hints[head], getattr(config, head), own, f"{where}{head}") for head, own in inside.items()}
    return dataclasses.replace(config, **new)


def _set_inside(hint: Any, current: Any, steps: _Steps, where: str) -> Any:
    """Return `current`, which lies at `where`, with the values at the paths below it replaced."""
    below: _Steps = []
    for path, value in steps:
        if path:
            below.append((path, value))
        else:
            current, below = _convert(hint, value, where), []
    if below and dataclasses.is_dataclass(current):
        return _set(current, below, f"{where}.")
    if below and isinstance(current, tuple):
        return _set_items(hint, current, below, where)
    for (head, *rest), value in below:
        if not isinstance(current, dict) or rest:
            raise ConfigError(_nothing_inside(where, head))
        current = current | {head: _convert(typing.get_args(hint)[1], value, f"{where}.{head}")}
    return current


def _set_items(hint: Any, current: tuple[Any, ...], steps: _Steps, where: str) -> tuple[Any, ...]:
    inside: dict[int, _Steps] = {}
    for (head, *rest), value in steps:
        if not head.isdecimal() or int(head) >= len(current):
            raise ConfigError(_nothing_inside(where, head))
        inside.setdefault(int(head), []).append((rest, value))
    inner = typing.get_args(hint)[0]
    return tuple(_set_inside(inner, item, inside.get(i, []), f"{where}.{i}") for i, item in enumerate(current))


def _nothing_inside(where: str, head: str) -> str:
    return say(f"'{where}' 에는 '{head}' 항목이 없습니다.", f"'{where}' has no '{head}' inside.")


def _unknown_field(config: Any, head: str, where: str, names: list[str]) -> str:
    """Return the message for an unknown field; at the top, `lr` is told that it is called `optim.lr`."""
    deeper = [path for path in leaves(config) if path.rpartition(".")[2] == head]
    if not where and len(deeper) == 1:
        return _unknown(head, deeper[0], names)
    return unknown_name(f"{where}{head}", head, [f"{where}{name}" for name in names])


def leaves(config: Any, where: str = "") -> dict[str, Any]:
    """Return the fields of a dataclass tree that are not dataclasses themselves, by dotted path."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        value, path = getattr(config, field.name), f"{where}{field.name}"
        found |= leaves(value, f"{path}.") if dataclasses.is_dataclass(value) else {path: value}
    return found


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_dict(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
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
    if origin in (dict, Mapping):
        if not isinstance(value, dict):
            raise ConfigError(_wrong_type(where, value, "object"))
        inner = typing.get_args(hint)[1]
        return {str(key): _convert(inner, item, f"{where}.{key}") for key, item in value.items()}
    if dataclasses.is_dataclass(hint):
        kind: Any = hint
        return value if isinstance(value, kind) else from_dict(kind, value, f"{where}.")
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
        f"'{where}' 의 값은 {expected} 이어야 합니다: {value!r}",
        f"'{where}' is {value!r}, but must be {expected}.",
    )
