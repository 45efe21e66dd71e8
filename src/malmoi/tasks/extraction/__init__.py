"""Extraction: the answer to a question, as a span of a context. The task itself (`task`), its settings (`config`), windows of long contexts (`windows`), best spans (`spans`)."""

from __future__ import annotations

from malmoi.tasks.extraction.config import ExtractionConfig
from malmoi.tasks.extraction.task import Extraction

__all__ = ["Extraction", "ExtractionConfig"]
