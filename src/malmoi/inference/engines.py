"""What turns windows into windows with outputs: a network on torch or onnxruntime, or tf-idf and a linear model."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from malmoi.data.batching import sorted_batches
from malmoi.data.features import Batch, Features, padded_length
from malmoi.errors import ArtifactError, ConfigError
from malmoi.inference.artifact import ONNX, Artifact, load_model, load_tfidf
from malmoi.messages import say
from malmoi.models.tfidf import TFIDF, TfidfModel
from malmoi.tasks import Task, Window

if TYPE_CHECKING:
    from malmoi.models.device import Compute

Windows = Sequence[Sequence[Features]]  # of many examples
OnBatch = Callable[[int], None]
Forward = Callable[[Batch], dict[str, np.ndarray]]  # named outputs, a row for each window
MAX_TOKENS = 1536
ONNX_TOKENS = 384  # onnxruntime makes many passes over its activations: they should stay in the cache (docs/log.md)
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


class OnnxEngine(Engine):
    """An exported model on onnxruntime, on `threads` cores; no torch."""

    def __init__(self, file: Path, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        if os.environ.get("OMP_WAIT_POLICY", "").upper() == "PASSIVE":  # a busy machine: see `prepare_environment`
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises a dozen unrelated types for a file it cannot run
            raise ArtifactError(
                say(
                    f"{file} 파일을 onnxruntime {onnxruntime.__version__} 이 열지 못합니다: {str(error)[:200]}",
                    f"onnxruntime {onnxruntime.__version__} cannot open {file}: {str(error)[:200]}",
                )
            ) from error
        self.inputs = [node.name for node in self.session.get_inputs()]
        self.outputs = [node.name for node in self.session.get_outputs()]
        meant = self.session.get_modelmeta().custom_metadata_map.get("malmoi_weights", "fp32")
        cores = str(threads or say("모든", "all"))
        self.description = say(f"cpu, onnxruntime, {meant}, 코어 {cores}", f"cpu, onnxruntime, {meant}, {cores} cores")

    def run(self, task: Task, windows: Windows, on_batch: OnBatch | None = None) -> list[list[Window]]:
        return run_batches(self.forward, task, windows, ONNX_TOKENS, on_batch)

    def forward(self, batch: Batch) -> dict[str, np.ndarray]:
        """Return the named outputs of a batch."""
        values = self.session.run(self.outputs, {name: getattr(batch, name) for name in self.inputs})
        return dict(zip(self.outputs, values, strict=True))


def open_engine(artifact: Artifact, device: str = "auto", precision: str = "auto", threads: int = 0) -> Engine:
    """Return the engine of an artifact; device and precision are for torch, threads for all but tf-idf.

    Raises `ConfigError` for a device or precision that an exported model cannot have.
    """
    if artifact.config.get("model_type") == TFIDF:
        return TfidfEngine(load_tfidf(artifact))
    if artifact.is_onnx:
        for name, value, possible in (("device", device, ("auto", "cpu")), ("precision", precision, ("auto",))):
            if value not in possible:
                raise ConfigError(
                    say(
                        f"{name}={value}: 내보낸 모델은 cpu 에서, 내보낼 때의 정밀도로만 돕니다. {name} 설정을 빼세요.",
                        f"{name}={value}: an exported model runs on the cpu, as precise as it was exported. Drop {name}.",
                    )
                )
        return OnnxEngine(artifact.path / ONNX, threads)
    from malmoi.models.device import choose_compute

    return TorchEngine(load_model(artifact), choose_compute(device, precision, threads))


def with_logits(windows: Windows, logits: np.ndarray) -> list[list[Window]]:
    """Return windows with their rows of `logits` [num_windows, outputs]."""
    rows = iter(logits)
    return [[Window(feature, {"logits": next(rows)}) for feature in own] for own in windows]


def run_model(
    model: Any, task: Task, windows: Windows, device: Any, on_batch: OnBatch | None = None
) -> list[list[Window]]:
    """Run a `TaskModel` over the windows of many examples: `run_batches` on torch."""
    import torch

    from malmoi.models.task_model import batch_to_tensors

    def forward(batch: Batch) -> dict[str, np.ndarray]:
        result = model(task.name, batch_to_tensors(batch, device))
        return {name: value.float().cpu().numpy() for name, value in result.items()}

    model.eval()
    with torch.inference_mode():
        return run_batches(forward, task, windows, MAX_TOKENS, on_batch)


def run_batches(
    forward: Forward, task: Task, windows: Windows, max_tokens: int, on_batch: OnBatch | None = None
) -> list[list[Window]]:
    """Run a model over the windows of many examples, sorted by length; return each example's windows with outputs.

    A batch holds at most `max_tokens` tokens; `on_batch(num_windows)` is called after each, for progress.
    """
    flat = [feature for example in windows for feature in example]
    lengths = padded_length(np.array([len(feature) for feature in flat]), task.config.max_length)
    outputs: list[dict[str, np.ndarray]] = [{}] * len(flat)
    for rows in sorted_batches(lengths, max_tokens, MAX_ROWS):
        arrays = forward(task.collate([flat[i] for i in rows], np.random.default_rng(0)))
        for place, i in enumerate(rows):
            outputs[i] = {name: value[place] for name, value in arrays.items()}
        if on_batch:
            on_batch(len(rows))
    filled = iter(zip(flat, outputs, strict=True))
    return [[Window(*next(filled)) for _ in example] for example in windows]
