"""What a cleaning step is: a function from text to edits, with a name and at most one parameter.

A step is spelled `name` or `name=value`: html, repeats=2, hanja=reading, stopwords=@words.txt. `str(step)` is the full spelling,
defaults and the words of a file included, so that a stored step means the same for good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.text.aligned import AlignedText, Edit, apply_edits
from malmoi.text.kiwi import require_kiwi
from malmoi.text.nfc import nfc

Argument = str | int | tuple[str, ...] | None
Edits = Callable[..., Iterable[Edit]]


@dataclass(frozen=True, slots=True)
class Step:
    """One cleaning step and the value of its parameter (None when it has none)."""

    name: str
    argument: Argument
    edits: Edits = field(compare=False, repr=False)

    def __call__(self, text: str) -> AlignedText:
        """Return the cleaned text with the span of every character in `text`."""
        return AlignedText.from_edits(text, self._edits(text))

    def clean(self, text: str) -> str:
        """Return `self(text).text` without building the map."""
        return apply_edits(text, self._edits(text))

    def __str__(self) -> str:
        if self.argument is None:
            return self.name
        return f"{self.name}={' '.join(self.argument) if isinstance(self.argument, tuple) else self.argument}"

    def _edits(self, text: str) -> Iterable[Edit]:
        return self.edits(text) if self.argument is None else self.edits(text, self.argument)


class Parameter(Protocol):
    """How the value of a step is read; `form` shows it to people: "drop|mask"."""

    @property
    def form(self) -> str: ...

    def read(self, step: str, value: str | None) -> Argument:
        """Return the value, the default for None; raise `ConfigError` naming the step."""


@dataclass(frozen=True)
class Choice:
    """One of some words, the first by default."""

    options: tuple[str, ...]

    @property
    def form(self) -> str:
        return "|".join(self.options)

    def read(self, step: str, value: str | None) -> str:
        if value is None:
            return self.options[0]
        if value not in self.options:
            raise ConfigError(unknown_name(f"{step}={value}", value, [f"{step}={option}" for option in self.options]))
        return value


@dataclass(frozen=True)
class Number:
    """A whole number within bounds."""

    default: int
    low: int
    high: int

    @property
    def form(self) -> str:
        return f"{self.low}~{self.high}"

    def read(self, step: str, value: str | None) -> int:
        if value is None:
            return self.default
        if not value.isdecimal() or len(value) > 9 or not self.low <= int(value) <= self.high:
            raise ConfigError(
                say(
                    f"{step}={value}: {self.low}에서 {self.high} 사이의 정수여야 합니다 (예: {step}={self.default}).",
                    f"{step}={value} must be a whole number from {self.low} to {self.high} (for example {step}={self.default}).",
                )
            )
        return int(value)


@dataclass(frozen=True)
class Words:
    """Words with spaces between them, or @FILE with words between spaces or line breaks (UTF-8)."""

    form: str = "WORDS|@FILE"

    def read(self, step: str, value: str | None) -> tuple[str, ...]:
        content = _words_of_file(step, value[1:]) if value and value.startswith("@") else value or ""
        words = tuple(dict.fromkeys(nfc(content).split()))
        if not words:
            raise ConfigError(
                say(
                    f"{step}: 낱말이 없습니다. {step}='그리고 하지만' 이나 {step}=@파일.txt 로 주세요.",
                    f"{step} has no words. Give {step}='그리고 하지만' or {step}=@FILE.txt.",
                )
            )
        if words[0].startswith("@"):
            raise ConfigError(
                say(f"{step}: 첫 낱말이 @ 로 시작할 수 없습니다: {words[0]}", f"{step}: the first word begins with @: {words[0]}")
            )  # fmt: skip
        return words


@dataclass(frozen=True)
class StepKind:
    """A step without its value: name, function, parameter, what it does in Korean and English."""

    name: str
    edits: Edits
    about: tuple[str, str]
    parameter: Parameter | None = None
    asks_kiwi: bool = False

    @property
    def form(self) -> str:
        """How the step is spelled: "repeats=1~10"."""
        return self.name if self.parameter is None else f"{self.name}={self.parameter.form}"

    def build(self, value: str | None) -> Step:
        """Return the step with this value, the default for None; raise `ConfigError` or, without Kiwi, `MissingExtra`."""
        if self.asks_kiwi:
            require_kiwi()
        if self.parameter is not None:
            return Step(self.name, self.parameter.read(self.name, value), self.edits)
        if value is not None:
            raise ConfigError(
                say(f"{self.name}={value}: '{self.name}' 단계는 값을 받지 않습니다.", f"{self.name}={value}: '{self.name}' takes no value.")
            )  # fmt: skip
        return Step(self.name, None, self.edits)


def _words_of_file(step: str, name: str) -> str:
    try:
        return Path(name).expanduser().read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise ConfigError(
            say(f"{step}=@{name}: 파일을 읽을 수 없습니다 ({reason}).", f"{step}=@{name}: cannot read the file ({reason}).")
        ) from error  # fmt: skip
