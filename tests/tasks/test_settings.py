"""Settings of tasks: what is out of range is refused, with the range."""

from __future__ import annotations

import pytest

from malmoi.errors import ConfigError
from malmoi.tasks import TASKS, Task
from malmoi.tasks.settings import check_range, refuse_learned


@pytest.mark.parametrize("task_class", TASKS, ids=[task.name for task in TASKS])
def test_every_task_has_a_length_in_range(task_class: type[Task]) -> None:
    config_class = task_class.config_class
    assert config_class().max_length in (256, 384, 512)
    for length in (config_class.min_length - 1, 8193):
        with pytest.raises(ConfigError, match=rf"max_length {length}: {config_class.min_length}~8192"):
            config_class(max_length=length)


def test_the_ends_of_a_range_are_in_it() -> None:
    check_range("n_best", 1, 1, 20)
    check_range("n_best", 20, 1, 20)
    for value in (0, 21, float("nan")):
        with pytest.raises(ConfigError, match="n_best"):
            check_range("n_best", value, 1, 20)


def test_the_first_learned_setting_that_was_given_is_named() -> None:
    refuse_learned(mean=False, std=False)
    with pytest.raises(ConfigError, match="std"):
        refuse_learned(mean=False, std=True)
