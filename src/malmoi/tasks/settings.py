"""The settings of tasks: their ranges, and those that the data decide."""

from __future__ import annotations

from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.text.josa import attach


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise `ConfigError` unless low <= value <= high.

    >>> check_range("max_length", 256, 4, 8192)
    """
    if not low <= value <= high:
        raise ConfigError(
            say(f"{name} {value}: {low}~{high} 이어야 합니다.", f"{name} {value} must be {low} to {high}.")
        )


def check_share(name: str, value: float) -> None:
    """Raise `ConfigError` unless 0 <= value < 1."""
    if not 0 <= value < 1:
        raise ConfigError(say(f"{name} {value:g}: 0 이상 1 미만이어야 합니다.", f"{name} {value:g} must be in [0, 1)."))


def refuse_learned(**given: bool) -> None:
    """Raise `ConfigError` for the first setting that was given although the data decide it."""
    for name, was_given in given.items():
        if was_given:
            raise ConfigError(
                say(
                    f"{attach(name, '은/는')} 자료에서 정해지므로 줄 수 없습니다. 빼세요.",
                    f"{name} is learned from the data and cannot be set: drop it.",
                )
            )
