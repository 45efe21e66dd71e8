"""The Python door: `malmoi.train` and `malmoi.evaluate`, the same functions that the command line calls.

malmoi.train(data="리뷰.csv", out="runs/reviews", epochs=2)
malmoi.evaluate("runs/reviews", "시험.csv").scores["accuracy"]
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from malmoi.data.columns import Columns
from malmoi.data.examples import Dataset
from malmoi.recipes.resolve import MEMORY, resolve_recipe
from malmoi.training.datasets import load_dataset, named_corpus

if TYPE_CHECKING:
    from malmoi.evaluation.evaluate import Evaluation
    from malmoi.inference.predictor import Predictor
    from malmoi.training.fit import FitResult

JUDGED_SPLITS = ("final", "test", "dev")  # of a corpus whose split is not named, the first there is


def train(
    task: str = "classification",
    data: Any = None,
    *,
    out: str | os.PathLike[str],
    dev: Any = None,
    recipe: str | None = None,
    fresh: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> FitResult:
    """Train and leave an artifact in `out`; the same call resumes what was interrupted.

    `data` and `dev` are a path, a corpus name, a list of examples, tuples or dicts, or a data frame. `settings` are the
    command line's flags (`model`, `epochs`, `lr`, `text`, `label` …) or dotted recipe fields: `**{"optim.warmup": 0.2}`.
    Raises `InputError` before any work is spent, `TrainingError` when training cannot go on.
    """
    from malmoi.training.fit import fit
    from malmoi.training.reporters import Reporter

    named_dev = _name_of(dev)
    resolved = resolve_recipe(task, MEMORY if _is_memory(data) else _name_of(data), recipe, dev=named_dev, **settings)
    return fit(
        resolved,
        os.fspath(out),
        train_data=data if _is_memory(data) else None,
        dev_data=dev if _is_memory(dev) else None,
        fresh=fresh,
        reporter=Reporter(quiet=quiet),
    )


def evaluate(
    run: str | os.PathLike[str] | Predictor,
    data: Any,
    *,
    text: str | None = None,
    pair: str | None = None,
    label: str | None = None,
    skip_bad: bool = False,
) -> Evaluation:
    """Judge a run (a folder or a `Predictor`) on labelled data; of a corpus, on its `final` or `test` split.

    Raises `ArtifactError` for a folder that is no finished run and `DataError` for data that cannot be scored.
    """
    from malmoi.inference.predictor import Predictor, load

    predictor = run if isinstance(run, Predictor) else load(os.fspath(run))
    return judge(predictor, judged_data(data, Columns(text, pair, label), skip_bad=skip_bad))


def judge(predictor: Predictor, dataset: Dataset, on_batch: Callable[[int], None] | None = None) -> Evaluation:
    """Return the evaluation of a loaded model on a dataset."""
    from malmoi.evaluation import evaluate as evaluation

    return evaluation.evaluate(predictor, dataset.examples, dataset.source, on_batch)


def judged_data(data: Any, columns: Columns, *, skip_bad: bool = False) -> Dataset:
    """Return labelled data to judge a model on: a file, data in memory, or a corpus split."""
    found = named_corpus(data)
    split = next((name for name in JUDGED_SPLITS if found and name in found[0].splits), "train")
    return load_dataset(data, columns, split=split, skip_bad=skip_bad)


def _is_memory(data: Any) -> bool:
    return data is not None and not isinstance(data, (str, os.PathLike))


def _name_of(data: Any) -> str | None:
    """Return the path or corpus name that data is, None for data in memory."""
    return None if data is None or _is_memory(data) else os.fspath(data)
