"""Every error a user can meet, as one tree.

    MalmoiError
    ├── InputError            exit 2   the user's input
    │   ├── DataError                  a file, a row, a column, a label
    │   ├── ConfigError                a recipe field, a flag, a value
    │   ├── ModelNotFound              a model name or folder that is not there
    │   ├── ArtifactError              a run folder that is damaged, foreign or too new
    │   └── MissingExtra               an optional dependency that is not installed
    ├── TrainingError         exit 3   training cannot go on
    │   └── NonFiniteLoss              the loss became NaN or infinite
    ├── DiskError             exit 4   no space, no permission
    └── Interrupted           exit 130 / 143   the user or the system asked to stop

A message says what is wrong, where, and the fix; it is already in the user's language (`messages.say`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from malmoi.messages import say


class MalmoiError(Exception):
    """Base of all errors meant for users."""

    exit_code = 1


class InputError(MalmoiError):
    """The user's input cannot be used as it is."""

    exit_code = 2


class DataError(InputError):
    """A data file, row, column or label is unusable."""


class ConfigError(InputError):
    """A recipe field, flag or value is unknown or out of range."""


class ModelNotFound(InputError):
    """A model name or folder leads nowhere."""


class ArtifactError(InputError):
    """A run folder is damaged, belongs to something else, or was written by a newer version."""


class MissingExtra(InputError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        command = f'pip install "malmoi[{extra}]"'
        super().__init__(
            say(
                f"이 기능에는 {package} 패키지가 필요합니다. 설치: {command}",
                f"this needs the package {package}. Install it with: {command}",
            )
        )


EXTRAS = {  # top-level module: (package, extra)
    "torch": ("torch", "train"),
    "transformers": ("transformers", "train"),
    "safetensors": ("safetensors", "train"),
    "pyarrow": ("pyarrow", "train"),
    "scipy": ("scipy", "train"),
    "sklearn": ("scikit-learn", "train"),
    "kiwipiepy": ("kiwipiepy", "kiwi"),
    "sacrebleu": ("sacrebleu", "metrics"),
    "rouge_score": ("rouge-score", "metrics"),
    "tensorboard": ("tensorboard", "tensorboard"),
    "fastapi": ("fastapi", "serve"),
    "uvicorn": ("uvicorn", "serve"),
    "prometheus_client": ("prometheus-client", "serve"),
    "fastapi_offline": ("fastapi-offline", "serve"),
    "onnxruntime": ("onnxruntime", "onnx"),
    "onnx": ("onnx", "export"),
    "onnxscript": ("onnxscript", "export"),
}


@contextmanager
def extras_named() -> Iterator[None]:
    """Turn "No module named 'torch'" into the `MissingExtra` that says what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRAS:
            raise
        raise MissingExtra(*EXTRAS[module]) from error


class TrainingError(MalmoiError):
    """Training cannot go on."""

    exit_code = 3


class NonFiniteLoss(TrainingError):
    """The loss or the gradient norm became NaN or infinite."""


class DiskError(MalmoiError):
    """The disk is full or may not be written."""

    exit_code = 4


class Interrupted(MalmoiError):
    """Training was stopped by a signal after saving a checkpoint."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number
