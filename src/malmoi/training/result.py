"""What a training returns: the folder of the artifact, its scores, and its dev evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.evaluation.evaluate import Evaluation
from malmoi.evaluation.notebook import framed
from malmoi.inference.artifact import REPORT_FILE


@dataclass(frozen=True)
class FitResult:
    """A finished run: its folder, its dev evaluation and its scores.

    The evaluation is None for a run finished before whose dev data have changed since, or that an older malmoi made.
    """

    path: Path
    scores: dict[str, Any]
    evaluation: Evaluation | None

    def _repr_html_(self) -> str:
        """Return the run's `report.html` as a notebook shows it."""
        return framed((self.path / REPORT_FILE).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class PartResult(FitResult):
    """One task of a finished run of several, with the name that the run calls it by."""

    name: str
