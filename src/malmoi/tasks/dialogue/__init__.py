"""Dialogue state tracking. The task itself (`task`), turns as one text (`context`), values said in it (`values`), and which one a slot takes (`reading`)."""

from __future__ import annotations

from malmoi.tasks.dialogue.task import Dialogue, DialogueConfig

__all__ = ["Dialogue", "DialogueConfig"]
