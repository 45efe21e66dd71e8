"""All tasks, in one visible tuple."""

from __future__ import annotations

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.tasks.base import Task, Window
from malmoi.tasks.classification import Classification

TASKS: tuple[type[Task], ...] = (Classification,)


def find_task(name: str) -> type[Task]:
    """Return the task class of a name; raise `ConfigError` with the nearest name."""
    for task in TASKS:
        if task.name == name:
            return task
    raise ConfigError(unknown_name(name, name, [task.name for task in TASKS]))


__all__ = ["TASKS", "Task", "Window", "find_task"]
