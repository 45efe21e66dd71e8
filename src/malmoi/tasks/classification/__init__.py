"""Classification: one label for a text or a pair. The task itself (`task`), and when it answers that none of its labels fits (`rejection`)."""

from __future__ import annotations

from malmoi.tasks.classification.task import Classification, ClassificationConfig

__all__ = ["Classification", "ClassificationConfig"]
