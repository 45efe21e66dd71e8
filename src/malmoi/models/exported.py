"""A model as one ONNX graph: tensors of a batch in, the head's named outputs out."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from malmoi.models.backbone import plain_hidden_states
from malmoi.models.int8 import quantise
from malmoi.models.task_model import TaskModel


class Graph(nn.Module):
    """A `TaskModel` with one head as a function of the tensors `names`, through Hugging Face's own modules."""

    def __init__(self, model: TaskModel, head: str, names: Sequence[str]) -> None:
        super().__init__()
        self.backbone, self.head, self.names = model.backbone, model.heads[head], tuple(names)

    def forward(self, *values: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.outputs(dict(zip(self.names, values, strict=True))).values())

    def outputs(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the head's outputs by name."""
        ids, types, mask = (tensors[name] for name in ("input_ids", "type_ids", "attention_mask"))
        hidden = plain_hidden_states(self.backbone, ids, types, mask)
        return self.head.logits(hidden, **tensors)  # type: ignore[operator]


def write_onnx(model: TaskModel, head: str, tensors: dict[str, Tensor], file: Path, *, int8: bool) -> None:
    """Write a model as ONNX for batches of any size; `tensors` are those of a sample batch of two rows or more.

    What the head does not read, such as targets, is no input. With `int8` the backbone is rewritten in place; the head stays fp32:
    it costs nothing and decides the answer. Raises whatever torch does for a head that is no function of tensors.
    """
    graph = Graph(model, head, list(tensors)).eval()
    with torch.no_grad():
        names = list(graph.outputs(tensors))
    if int8:
        quantise(model.backbone)
    free = tuple(dict.fromkeys(range(value.ndim), torch.export.Dim.AUTO) for value in tensors.values())
    with _quiet(), torch.no_grad():
        program: Any = torch.onnx.export(
            graph,
            tuple(tensors.values()),
            dynamo=True,
            dynamic_shapes=(free,),
            input_names=list(tensors),
            output_names=names,
            verbose=False,
        )
    graph_of = program.model.graph
    for value in [value for value in graph_of.inputs if not value.uses()]:
        graph_of.inputs.remove(value)
    nodes = list(graph_of)
    values = [*graph_of.inputs, *graph_of.initializers.values(), *(value for node in nodes for value in node.outputs)]
    for part in (program.model, graph_of, *nodes, *values):  # stack traces, with the paths of whoever exports
        part.metadata_props.clear()
    program.model.metadata_props["malmoi_weights"] = "int8" if int8 else "fp32"
    program.save(str(file))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what torch says about its own inside (packages we do not use, renamed axes) from users."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
