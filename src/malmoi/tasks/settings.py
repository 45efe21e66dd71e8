"""The settings of tasks: their ranges, and those that the data decide."""

from __future__ import annotations

import math
from decimal import Decimal

from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.text.josa import attach

_SLIVER, _ENDLESS = 1e-5, 1e12  # so near to 0 or 1, or so large, that a limit is not worth its digits


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise `ConfigError` unless low <= value <= high.

    >>> check_range("max_length", 256, 4, 8192)
    """
    if not low <= value <= high:
        raise ConfigError(
            say(
                f"{name} {plain(value)}: {range_words(value, low, high)}인 수여야 합니다.",
                f"{name} {plain(value)} must be {range_words(value, low, high)}.",
            )
        )


def plain(number: float) -> str:
    """Return a number as people write it, without exponent.

    >>> plain(1e-07), plain(1e12), plain(0.9)
    ('0.0000001', '1,000,000,000,000', '0.9')
    """
    if not math.isfinite(number):
        return str(number)
    return f"{Decimal(repr(number)).normalize():,f}"


def range_words(value: float, low: float, high: float) -> str:
    """Return `low` to `high` in words, for a `value` outside; a limit that means "above 0", "below 1" or none is called so.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> range_words(0, 1e-12, 10), range_words(1, 0, 1 - 1e-9), range_words(0, 1, 1e12), range_words(1e13, 1, 1e12)
    ('0 초과 10 이하', '0 이상 1 미만', '1 이상', '1 이상 1,000,000,000,000 이하')
    >>> set_language(None)
    """
    least = say(f"{plain(low)} 이상", f"at least {plain(low)}")
    if 0 < low < _SLIVER and not 0 < value < low:
        least = say("0 초과", "above 0")
    most = say(f" {plain(high)} 이하", f" and at most {plain(high)}")
    if high >= _ENDLESS and not value > high:
        most = ""
    elif 1 - _SLIVER < high < 1 and not high < value < 1:
        most = say(" 1 미만", " and below 1")
    return least + most


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
