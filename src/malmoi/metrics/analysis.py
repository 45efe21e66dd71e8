"""What can be shown of an evaluation besides its scores: confusions, classes, calibration, slices, errors, baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from malmoi.metrics.calibration import ReliabilityBin
from malmoi.metrics.classification import ClassRow
from malmoi.metrics.scores import Scores
from malmoi.metrics.slices import LengthSlice, WrongAnswer


@dataclass(frozen=True)
class Baseline:
    """Another answerer on the same examples, to stand beside the model: `key` for machines, `name` ("항상 긍정") for people."""

    key: str
    name: str
    scores: Scores


@dataclass(frozen=True)
class Analysis:
    """The parts a task can give; whoever shows them leaves out what is empty.

    `confusion` counts int [labels, labels], gold in rows; `reliability` are the bins of the probabilities as shipped and
    `temperature` is what made them so.
    """

    labels: Sequence[str] = ()
    baselines: Sequence[Baseline] = ()
    confusion: np.ndarray | None = None
    class_rows: Sequence[ClassRow] = ()
    reliability: Sequence[ReliabilityBin] = ()
    temperature: float | None = None
    slices: Sequence[LengthSlice] = ()
    errors: Sequence[WrongAnswer] = ()
