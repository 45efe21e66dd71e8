"""Tagging: labelled stretches of a text. The task itself (`task`), units to tag (`units`), sequences of tags (`paths`), data (`checks`), reports (`analysis`, `kiwi`)."""

from __future__ import annotations

from malmoi.tasks.tagging.task import Tagging, TaggingConfig

__all__ = ["Tagging", "TaggingConfig"]
