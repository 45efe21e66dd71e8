"""The shapes of examples that no single column holds, and how each is read: one file a shape, one visible table."""

from __future__ import annotations

from collections.abc import Mapping

from malmoi.data.examples import ExampleKind
from malmoi.data.shapes.answers import ANSWERS
from malmoi.data.shapes.base import LineFormat, Shape, is_annotated, read_shape, shape_from_memory
from malmoi.data.shapes.dialogue import DIALOGUE
from malmoi.data.shapes.relation import RELATION
from malmoi.data.shapes.spans import SPANS
from malmoi.data.shapes.trees import TREES

_ALL: tuple[Shape, ...] = (RELATION, SPANS, TREES, ANSWERS, DIALOGUE)
SHAPES: Mapping[ExampleKind, Shape] = {shape.kind: shape for shape in _ALL}

__all__ = ["SHAPES", "LineFormat", "Shape", "is_annotated", "read_shape", "shape_from_memory"]
