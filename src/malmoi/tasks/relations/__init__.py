"""The relation of two entities of a text. The task itself (`task`), and the window around its entities (`windows`)."""

from __future__ import annotations

from malmoi.tasks.relations.task import Relations, RelationsConfig

__all__ = ["Relations", "RelationsConfig"]
