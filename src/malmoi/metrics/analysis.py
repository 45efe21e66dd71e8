"""What can be shown of an evaluation besides its scores: confusions, classes, calibration, slices, errors, scatter, baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from malmoi.metrics.calibration import ReliabilityBin
from malmoi.metrics.classification import ClassRow
from malmoi.metrics.regression import Scatter
from malmoi.metrics.scores import Score, Scores
from malmoi.metrics.slices import LengthSlice, WrongAnswer


@dataclass(frozen=True)
class Baseline:
    """Another answerer on the same examples, to stand beside the model: `key` for machines, `name` ("항상 긍정") for people.

    `difference` is what the model has more than this one of the score that decides, with the interval of paired draws; None
    where that was not drawn, or no draw differs. `judged_by` names the score that decides where the main score cannot (a
    constant has no correlation).
    """

    key: str
    name: str
    scores: Scores
    difference: Score | None = None
    judged_by: str | None = None


@dataclass(frozen=True)
class Analysis:
    """The parts a task can give; whoever shows them leaves out what is empty.

    `labels` are called as answers call them, `english` has what stands for them where English is read; `confusion` counts int
    [labels, labels], gold in rows; `reliability` are the bins of the probabilities as shipped and `temperature` is what made
    them so; `slices` divide the score named `slice_score`; `errors_by` says in which order the errors stand; `notes` are
    sentences the reader should know first.
    """

    labels: Sequence[str] = ()
    english: Mapping[str, str] = field(default_factory=dict)
    baselines: Sequence[Baseline] = ()
    confusion: np.ndarray | None = None
    class_rows: Sequence[ClassRow] = ()
    reliability: Sequence[ReliabilityBin] = ()
    temperature: float | None = None
    slices: Sequence[LengthSlice] = ()
    slice_score: str = "accuracy"
    errors: Sequence[WrongAnswer] = ()
    errors_by: Literal["sureness", "mistakes"] = "sureness"
    scatter: Scatter | None = None
    notes: Sequence[str] = ()
