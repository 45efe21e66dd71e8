"""What turns windows into windows with outputs: a network on torch, or tf-idf and a linear model without it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from malmoi.data.batching import sorted_batches
from malmoi.data.features import Features, padded_length
from malmoi.inference.artifact import Artifact, load_model, load_tfidf
from malmoi.models.tfidf import TFIDF, TfidfModel
from malmoi.tasks import Task, Window

if TYPE_CHECKING:
    from malmoi.models.device import Compute

Windows = Sequence[Sequence[Features]]  # of many examples
OnBatch = Callable[[int], None]
MAX_TOKENS = 1536
MAX_ROWS = 64
TFIDF_ROWS = 2048


class Engine(ABC):
    """A model that answers; `description` says what on and why."""

    description: str

    @abstractmethod
    def run(self, task: Task, windows: Windows, on_batch: OnBatch | None = None) -> list[list[Window]]:
        """Return each example's windows with the outputs; `on_batch(num_windows)` is called after each batch."""


class TorchEngine(Engine):
    """A `TaskModel` on the device and in the precision of `compute`."""

    def __init__(self, model: Any, compute: Compute) -> None:
        from malmoi.models.packed import pack

        self.compute = compute
        self.description = compute.reason
        self.model = model.to(compute.device, compute.dtype).eval()
        pack(self.model.backbone)

    def run(self, task: Task, windows: Windows, on_batch: OnBatch | None = None) -> list[list[Window]]:
        return run_model(self.model, task, windows, self.compute.device, on_batch)


class TfidfEngine(Engine):
    """A `TfidfModel`, on one core."""

    description = "cpu, tf-idf"

    def __init__(self, model: TfidfModel) -> None:
        self.model = model

    def run(self, task: Task, windows: Windows, on_batch: OnBatch | None = None) -> list[list[Window]]:
        answered: list[list[Window]] = []
        for start in range(0, len(windows), TFIDF_ROWS):
            rows = windows[start : start + TFIDF_ROWS]
            features = [feature for own in rows for feature in own]
            answered += with_logits(rows, self.model.logits(features))
            if on_batch:
                on_batch(len(features))
        return answered


def open_engine(artifact: Artifact, device: str = "auto", precision: str = "auto", threads: int = 0) -> Engine:
    """Return the engine of an artifact; device, precision and threads are for torch."""
    if artifact.config.get("model_type") == TFIDF:
        return TfidfEngine(load_tfidf(artifact))
    from malmoi.models.device import choose_compute

    return TorchEngine(load_model(artifact), choose_compute(device, precision, threads))


def with_logits(windows: Windows, logits: np.ndarray) -> list[list[Window]]:
    """Return windows with their rows of `logits` [num_windows, outputs]."""
    rows = iter(logits)
    return [[Window(feature, {"logits": next(rows)}) for feature in own] for own in windows]


def run_model(
    model: Any, task: Task, windows: Windows, device: Any, on_batch: OnBatch | None = None
) -> list[list[Window]]:
    """Run a `TaskModel` over the windows of many examples, sorted by length; return each example's windows with outputs.

    `on_batch(num_windows)` is called after each batch, for progress.
    """
    import torch

    from malmoi.models.task_model import batch_to_tensors

    flat = [feature for example in windows for feature in example]
    lengths = padded_length(np.array([len(feature) for feature in flat]), task.config.max_length)
    outputs: list[dict[str, np.ndarray]] = [{}] * len(flat)
    model.eval()
    with torch.inference_mode():
        for rows in sorted_batches(lengths, MAX_TOKENS, MAX_ROWS):
            batch = task.collate([flat[i] for i in rows], np.random.default_rng(0))
            result = model(task.name, batch_to_tensors(batch, device))
            arrays = {name: value.float().cpu().numpy() for name, value in result.items()}
            for place, i in enumerate(rows):
                outputs[i] = {name: value[place] for name, value in arrays.items()}
            if on_batch:
                on_batch(len(rows))
    filled = iter(zip(flat, outputs, strict=True))
    return [[Window(*next(filled)) for _ in example] for example in windows]
