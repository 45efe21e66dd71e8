"""A run's numbers for TensorBoard: `train/loss`, `train/learning_rate`, `train/grad_norm` and `dev/<score>` over the steps.

What is written is what a checkpoint remembers. A run that resumes writes its past anew before it goes on: whatever the kill
left behind, nothing stands twice and nothing is missing.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from malmoi.errors import MissingExtra
from malmoi.io import disk_errors
from malmoi.messages import say

PACKAGE = "tensorboard"  # and the extra, and the folder
TRAIN_SCALARS = ("loss", "learning_rate", "grad_norm")
_FLUSH_SECONDS = 10
_EVENT_FILES = "events.out.tfevents.*"


class ScalarLog:
    """Takes the entries of a run's progress; without a folder it writes nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._writer: Any = None
        if folder is not None:
            from torch.utils.tensorboard import SummaryWriter

            with disk_errors(folder):
                self._writer = SummaryWriter(str(folder), flush_secs=_FLUSH_SECONDS)

    def train(self, entry: Mapping[str, float]) -> None:
        """Write the mean of the steps since the last entry."""
        self._write({f"train/{name}": entry[name] for name in TRAIN_SCALARS if name in entry}, entry)

    def dev(self, entry: Mapping[str, Any]) -> None:
        """Write the scores of one evaluation."""
        self._write({f"dev/{name}": score["value"] for name, score in entry["scores"].items()}, entry)

    def close(self) -> None:
        """Write what is left."""
        if self._writer is not None:
            with disk_errors(self._folder):
                self._writer.close()

    def _write(self, values: Mapping[str, float], entry: Mapping[str, Any]) -> None:
        if self._writer is None:
            return
        with disk_errors(self._folder):
            for name, value in values.items():
                self._writer.add_scalar(name, value, int(entry["step"]), walltime=entry.get("time"))

    @property
    def _folder(self) -> Path:
        assert self.folder is not None
        return self.folder


@contextmanager
def open_scalars(
    folder: Path | None, train: Sequence[Mapping[str, float]], dev: Sequence[Mapping[str, Any]]
) -> Iterator[ScalarLog]:
    """Yield a log in `folder` that begins with the entries a run has already; `folder` None: one that writes nothing."""
    if folder is not None:
        remove_scalars(folder)
    log = ScalarLog(folder)
    try:
        for entry in train:
            log.train(entry)
        for entry in dev:
            log.dev(entry)
        yield log
    finally:
        log.close()


def remove_scalars(folder: Path) -> None:
    """Remove the event files of a run, and the folder when nothing else is in it."""
    with disk_errors(folder):
        for file in folder.glob(_EVENT_FILES):
            file.unlink(missing_ok=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def writes_scalars(wished: bool | None) -> bool:
    """Whether a run writes scalars: as wished, by default (None) when the package is there; `MissingExtra` when it lacks."""
    is_installed = find_spec(PACKAGE) is not None
    if wished and not is_installed:
        raise MissingExtra(PACKAGE, PACKAGE)
    return is_installed if wished is None else wished


def describe_scalars(run: Path) -> str:
    """One line on how to look at what is written."""
    command = f"tensorboard --logdir {shlex.quote(str(run))}"
    return say(f"TensorBoard 기록을 씁니다. 보기: {command}", f"writes TensorBoard scalars. To look: {command}")
