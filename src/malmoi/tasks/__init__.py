"""All tasks, in one visible tuple."""

from __future__ import annotations

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.tasks.base import Task, TaskConfig, Window
from malmoi.tasks.classification import Classification
from malmoi.tasks.dialogue import Dialogue
from malmoi.tasks.extraction import Extraction
from malmoi.tasks.multi_label import MultiLabel
from malmoi.tasks.parsing import Parsing
from malmoi.tasks.regression import Regression
from malmoi.tasks.relations import Relations
from malmoi.tasks.tagging import Tagging

TASKS: tuple[type[Task], ...] = (
    Classification,
    MultiLabel,
    Regression,
    Relations,
    Parsing,
    Tagging,
    Extraction,
    Dialogue,
)


def find_task(name: str) -> type[Task]:
    """Return the task class of a name; raise `ConfigError` with the nearest name."""
    for task in TASKS:
        if task.name == name:
            return task
    raise ConfigError(unknown_name(name, name, [task.name for task in TASKS]))


def several_labels_of(name: str) -> str:
    """Return the task that gives any number of labels where this one gives one: what `--multi-label` asks for.

    Raises `ConfigError` for a task that gives no labels.

    >>> several_labels_of("classification")
    'multi-label'
    """
    if find_task(name) not in (Classification, MultiLabel):
        raise ConfigError(
            say(
                f"--multi-label 은 {name} 에 쓸 수 없습니다. malmoi train {Classification.name} --multi-label",
                f"--multi-label does not go with {name}. malmoi train {Classification.name} --multi-label",
            )
        )
    return MultiLabel.name


__all__ = ["TASKS", "Task", "TaskConfig", "Window", "find_task", "several_labels_of"]
