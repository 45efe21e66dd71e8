"""Dependency parsing. The task itself (`task`), words and their pieces (`word_pieces`), gold trees (`treebank`), best trees (`spanning_tree`, `projective_tree`)."""

from __future__ import annotations

from malmoi.tasks.parsing.task import Parsing, ParsingConfig

__all__ = ["Parsing", "ParsingConfig"]
