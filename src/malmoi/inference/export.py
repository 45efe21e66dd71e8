"""An artifact for onnxruntime: the same folder with `model.onnx` in place of `model.safetensors`. It only converts.

Whether the exported model answers as well is for `malmoi.experiments.export_parity` to say.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from malmoi.errors import ArtifactError
from malmoi.inference.artifact import CARD, FILES, ONNX, ONNX_FILES, WEIGHTS, Artifact, load_model, open_artifact
from malmoi.io import write_manifest, write_text
from malmoi.messages import say
from malmoi.models.tfidf import TFIDF
from malmoi.tasks import Task

_SAMPLES = 3  # rows of the batch that the graph is drawn from


def convert(artifact: Artifact, folder: Path, *, int8: bool = False) -> None:
    """Write an artifact's model and files into a new folder for onnxruntime; needs torch and onnxscript.

    Raises `ArtifactError` for a tf-idf model, which needs no conversion, for one that is converted already, and for a head that
    torch cannot export.
    """
    refuse_unconvertible(artifact)
    import onnxscript  # noqa: F401 (its absence is told before any work)

    from malmoi.models.exported import write_onnx

    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        if name != WEIGHTS:
            shutil.copy(artifact.path / name, folder / name)
    tensors = sample_batch(artifact.task)
    try:
        write_onnx(load_model(artifact), artifact.task.name, tensors, folder / ONNX, int8=int8)
    except Exception as error:  # torch raises many types; all mean that this network is no plain function of tensors
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise ArtifactError(
            say(
                f"{artifact.path} ({artifact.task.name}): 이 모델은 ONNX 로 내보낼 수 없습니다: {reason}",
                f"{artifact.path} ({artifact.task.name}): this model cannot be exported to ONNX: {reason}",
            )
        ) from error


def finish(artifact: Artifact, folder: Path, notes: str) -> None:
    """Write the card, with `notes` in Markdown below the original's, and last the manifest."""
    own = artifact.path / CARD
    text = own.read_text(encoding="utf-8") if own.is_file() else f"# {artifact.task.name}\n"
    write_text(folder / CARD, f"{text.rstrip()}\n\n{notes.strip()}\n")
    write_manifest(folder, ONNX_FILES)


def sample_batch(task: Task) -> dict[str, Any]:
    """Return a batch of what one might ask the task, as tensors by name."""
    import torch

    from malmoi.inference.predictor import as_example
    from malmoi.models.task_model import batch_to_tensors

    windows = [window for own in task.encode([as_example(task, task.sample)] * _SAMPLES) for window in own]
    return batch_to_tensors(task.collate(windows, np.random.default_rng(0)), torch.device("cpu"))


def refuse_unconvertible(artifact: Artifact | str) -> None:
    """Raise `ArtifactError` for an artifact, or the folder of one, that needs no conversion."""
    artifact = open_artifact(artifact) if isinstance(artifact, str) else artifact
    if artifact.is_onnx:
        raise ArtifactError(
            say(
                f"{artifact.path} 는 이미 내보낸 모델입니다. 학습 결과 폴더를 주세요.",
                f"{artifact.path} is an exported model already. Give the folder of the run.",
            )
        )
    if artifact.config.get("model_type") == TFIDF:
        raise ArtifactError(
            say(
                f"{artifact.path} 는 tf-idf 모델이라 이미 torch 없이 돕니다. 내보낼 것이 없습니다.",
                f"{artifact.path} is a tf-idf model: it needs no torch as it is, and there is nothing to export.",
            )
        )
