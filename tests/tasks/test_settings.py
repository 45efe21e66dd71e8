"""Settings of tasks: what is out of range is refused, with the range."""

from __future__ import annotations

import pytest

from malmoi.errors import ConfigError
from malmoi.messages import set_language
from malmoi.tasks import TASKS, Task
from malmoi.tasks.settings import check_range, range_words, refuse_learned


@pytest.mark.parametrize("task_class", TASKS, ids=[task.name for task in TASKS])
def test_every_task_has_a_length_in_range(task_class: type[Task]) -> None:
    config_class = task_class.config_class
    assert config_class().max_length in (256, 384, 512)
    for length in (config_class.min_length - 1, 8193):
        with pytest.raises(ConfigError, match=rf"max_length {length:,}: {config_class.min_length} 이상 8,192 이하"):
            config_class(max_length=length)


def test_the_ends_of_a_range_are_in_it() -> None:
    check_range("n_best", 1, 1, 20)
    check_range("n_best", 20, 1, 20)
    for value in (0, 21, float("nan")):
        with pytest.raises(ConfigError, match="n_best"):
            check_range("n_best", value, 1, 20)


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0, 1e-12, 10, "above 0 and at most 10"),
        (1e-13, 1e-12, 10, "at least 0.000000000001 and at most 10"),
        (1.0, 0, 1 - 1e-9, "at least 0 and below 1"),
        (1 - 1e-10, 0, 1 - 1e-9, "at least 0 and at most 0.999999999"),
        (-1, 0, 1e12, "at least 0"),
        (float("inf"), 1, 1e12, "at least 1 and at most 1,000,000,000,000"),
        (float("nan"), 1, 1e12, "at least 1"),
        (1e20, 0, 1 << 53, "at least 0 and at most 9,007,199,254,740,992"),
        (0.99, 1e-6, 0.9, "above 0 and at most 0.9"),
    ],
)
def test_ranges_are_said_in_words_that_hold_for_the_value(value: float, low: float, high: float, words: str) -> None:
    set_language("en")
    assert range_words(value, low, high) == words
    set_language(None)


def test_the_first_learned_setting_that_was_given_is_named() -> None:
    refuse_learned(mean=False, std=False)
    with pytest.raises(ConfigError, match="std"):
        refuse_learned(mean=False, std=True)
