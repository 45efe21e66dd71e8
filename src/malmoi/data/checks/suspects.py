"""Rows whose label a simple model, trained without them, contradicts with confidence: candidates for annotation errors.

A row is a candidate when the model is surer of another label than of its own, and surer than it is on average of the
rows that carry that other label: confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating
Uncertainty in Dataset Labels", equation 1). With several labels to a text each one is a question by itself: has it, or not.

Candidates are rows to look at, not errors; `accuracy` beside `majority` says how far to trust the model that named them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from malmoi.config import to_dict
from malmoi.data.checks.keys import row_of
from malmoi.data.checks.out_of_fold import FoldConfig, out_of_fold
from malmoi.data.examples import NO_LABEL, TextExample
from malmoi.data.labels import label_set, labels_of
from malmoi.errors import DataError
from malmoi.messages import say

MIN_RECALL = 0.1  # of a label's rows that the model must find before it may doubt any of them
MIN_GAIN = 0.1


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row whose label may be wrong, with the probabilities of the label it has and of the one suggested.

    `position` is the 0-based place among the examples. With several labels to a text `given` and `suggested` are all of
    them, before and after one is added or taken away.
    """

    row: int
    text: str
    given: str
    suggested: str
    given_probability: float
    suggested_probability: float
    position: int

    @property
    def margin(self) -> float:
        """How much surer the model is of the suggested label."""
        return self.suggested_probability - self.given_probability


@dataclass(frozen=True, slots=True)
class SuspectReport:
    """All candidates, strongest first; the model's out-of-fold accuracy, and that of always giving the commonest answer.

    `has_several` says that texts carry any number of labels; the accuracies are then means over the labels.
    """

    num_rows: int
    accuracy: float
    majority: float
    has_several: bool
    suspects: tuple[Suspect, ...]

    @property
    def is_trustworthy(self) -> bool:
        """Whether the model avoids a tenth or more of the errors that the commonest answer alone makes."""
        return self.accuracy - self.majority >= MIN_GAIN * (1 - self.majority)

    def to_dict(self, limit: int) -> dict[str, Any]:
        """Return JSON values with the `limit` strongest candidates and the number of all."""
        strongest = [to_dict(suspect) | {"margin": round(suspect.margin, 4)} for suspect in self.suspects[:limit]]
        return to_dict(self) | {"num_suspects": len(self.suspects), "suspects": strongest}


def find_suspects(
    examples: Sequence[TextExample],
    config: FoldConfig = FoldConfig(),  # noqa: B008 (frozen)
    advance: Callable[[int], None] = lambda count: None,
) -> SuspectReport:
    """Return the candidates among labelled examples; `advance` hears 1 for each of `num_fits` steps.

    Raises `MissingExtra` without scikit-learn, and `DataError` when there are not two labels to confuse.
    """
    labels = label_set(examples)
    if len(labels) < 2:
        raise _nothing_to_confuse(labels)
    positions = [i for i, example in enumerate(examples) if example.label is not None or example.labels is not None]
    chosen = [examples[i] for i in positions]
    number = {label: j for j, label in enumerate(labels)}
    gold = np.zeros((len(chosen), len(labels)), dtype=bool)
    for i, example in enumerate(chosen):
        gold[i, [number[label] for label in labels_of(example)]] = True
    probabilities = out_of_fold(chosen, gold, config, advance)
    is_single = all(example.labels is None for example in chosen)
    questions = [_which(labels, gold, probabilities)] if is_single else list(_whether(labels, gold, probabilities))
    suspects = [
        _suspect(examples, positions[i], question, i, answer)
        for question in questions
        for i, answer in disagreements(question.probabilities, question.given)
    ]
    suspects.sort(key=lambda suspect: (-suspect.margin, suspect.position))
    return SuspectReport(
        num_rows=len(chosen),
        accuracy=float(np.mean([question.accuracy for question in questions])),
        majority=float(np.mean([question.majority for question in questions])),
        has_several=not is_single,
        suspects=tuple(suspects),
    )


def num_fits(examples: Sequence[TextExample], config: FoldConfig = FoldConfig()) -> int:  # noqa: B008 (frozen)
    """Return how many regressions `find_suspects` fits, for progress."""
    return config.num_folds * len(label_set(examples))


def disagreements(probabilities: np.ndarray, given: np.ndarray) -> list[tuple[int, int]]:
    """Return (position, other answer) where the probabilities `[n, answers]` confidently speak against `given` `[n]`.

    An answer that the model finds for less than `MIN_RECALL` of its rows is one it does not know: nothing is said of those.

    >>> disagreements(np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.9, 0.1]]), np.array([0, 0, 1, 1]))
    [(3, 0)]
    """
    answers = range(probabilities.shape[1])
    thresholds = [probabilities[given == j, j].mean() if (given == j).any() else np.inf for j in answers]
    confident = np.where(probabilities >= thresholds, probabilities, -1.0)
    other = confident.argmax(axis=1)
    found = probabilities.argmax(axis=1) == given
    is_known = np.array([(given == j).any() and found[given == j].mean() >= MIN_RECALL for j in answers])
    own = probabilities[np.arange(len(given)), given]
    doubtful = (other != given) & (confident.max(axis=1) > own) & is_known[given]
    return [(int(i), int(other[i])) for i in np.flatnonzero(doubtful)]


@dataclass(frozen=True)
class _Question:
    """One thing that was annotated: probabilities `[n, answers]`, the answers given `[n]`, and what another one would make."""

    probabilities: np.ndarray
    given: np.ndarray
    suggestion: Callable[[TextExample, int], str]

    @property
    def accuracy(self) -> float:
        return float((self.probabilities.argmax(axis=1) == self.given).mean())

    @property
    def majority(self) -> float:
        return float(np.bincount(self.given).max() / len(self.given))


def _which(labels: Sequence[str], gold: np.ndarray, probabilities: np.ndarray) -> _Question:
    """Which label it is: one answer of several, whose probabilities sum to one."""
    total = np.maximum(probabilities.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return _Question(probabilities / total, gold.argmax(axis=1), lambda example, answer: labels[answer])


def _whether(labels: Sequence[str], gold: np.ndarray, probabilities: np.ndarray) -> Iterator[_Question]:
    """Whether each label applies: the answers are no (0) and yes (1)."""
    for j, label in enumerate(labels):
        yes = probabilities[:, j]
        yield _Question(np.stack([1 - yes, yes], axis=1), gold[:, j].astype(np.int64), partial(_changed, label))


def _changed(label: str, example: TextExample, answer: int) -> str:
    """Return the target of an example with a label added or taken away."""
    rest = tuple(other for other in example.labels or () if other != label)
    return replace(example, labels=(*rest, label) if answer else rest).target or NO_LABEL


def _suspect(examples: Sequence[TextExample], position: int, question: _Question, i: int, answer: int) -> Suspect:
    example = examples[position]
    return Suspect(
        row=row_of(example, position),
        text=example.text if example.pair is None else f"{example.text} / {example.pair}",
        given=example.target or NO_LABEL,
        suggested=question.suggestion(example, answer),
        given_probability=round(float(question.probabilities[i, question.given[i]]), 4),
        suggested_probability=round(float(question.probabilities[i, answer]), 4),
        position=position,
    )


def _nothing_to_confuse(labels: Sequence[str]) -> DataError:
    found = ", ".join(f"'{label}'" for label in labels)
    return DataError(
        say(
            f"잘못 붙은 라벨을 찾으려면 라벨이 두 종류 이상 있어야 합니다 (있는 라벨: {found or '없음'}). "
            "라벨 열이 맞는지 확인하거나 (--label) 이 검사를 빼세요.",
            f"looking for wrong labels needs two labels or more (found: {found or 'none'}). "
            "Check that this is the label column (--label), or leave this check out.",
        )
    )
