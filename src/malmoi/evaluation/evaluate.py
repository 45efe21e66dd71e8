"""Judge a trained run on labelled data: predictions, scores with intervals, and what the report needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from malmoi.data.examples import TextExample
from malmoi.inference.predictor import Predictor
from malmoi.metrics.scores import Scores


@dataclass(frozen=True)
class Evaluation:
    """Examples, their predictions in the same order, and the scores."""

    examples: Sequence[TextExample]
    predictions: list[Any]
    scores: Scores

    def to_dict(self) -> dict[str, Any]:
        """Return the scores in the form of `scores.json`."""
        return scores_to_dict(self.scores)


def scores_to_dict(scores: Scores) -> dict[str, dict[str, float | int]]:
    """Return `{name: {"value", "low", "high", "n"}}`, values rounded to six digits."""
    return {
        name: {"value": round(s.value, 6), "low": round(s.low, 6), "high": round(s.high, 6), "n": s.n}
        for name, s in scores.items()
    }


def evaluate(
    predictor: Predictor,
    examples: Sequence[TextExample],
    source: str = "memory",
    on_batch: Callable[[int], None] | None = None,
) -> Evaluation:
    """Predict all examples and score them; raise `DataError` for labels the model does not know.

    `on_batch(num_windows)` is called after each batch, for progress.
    """
    predictor.task.check(examples, source)
    predictions = list(predictor.stream(examples, on_batch))
    return Evaluation(examples, predictions, predictor.task.score(predictions, examples))
