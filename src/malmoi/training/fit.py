"""The whole story of a training run, in seven steps: 설정 → 데이터 → 모델 → 토크나이저 → 로더 → 태스크 → 학습."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from malmoi.models.device import Compute, choose_compute
from malmoi.models.tfidf import TFIDF
from malmoi.training.baseline import add_baseline, check_baseline, fit_tfidf, train_baseline
from malmoi.training.finish import train_and_finish
from malmoi.training.jobs import load_job
from malmoi.training.prepare import prepare
from malmoi.training.recipe import Recipe, recipe_to_dict
from malmoi.training.reporters import Reporter
from malmoi.training.result import FitResult
from malmoi.training.stay import announce, staying
from malmoi.training.stored import stored_result


def fit(
    recipe: Recipe,
    out: str | Path,
    *,
    train_data: Any = None,
    dev_data: Any = None,
    fresh: bool = False,
    baseline: bool = False,
    reporter: Reporter | None = None,
) -> FitResult:
    """Train as the recipe says and leave an artifact in `out`; the same call resumes what was interrupted.

    `train_data`, `dev_data`: data in memory instead of the recipe's names. `baseline`: train tf-idf on the same data first, in
    `out/baseline`, and judge it beside the model. Raises `InputError` before any work is spent, `TrainingError` when training
    cannot go on, `Interrupted` after saving a checkpoint on SIGINT or SIGTERM.
    """
    reporter = reporter or Reporter()
    assert len(recipe.tasks) == 1, "several tasks: training.several"
    if baseline:
        check_baseline(recipe)
    compute = compute_of(recipe)
    folder = announce(out, recipe.train, compute, reporter)  # 1
    job = load_job(recipe, folder, reporter, train_data, dev_data)  # 2
    if compute is None:
        return fit_tfidf(recipe, job, reporter, fresh=fresh)  # the same steps with another model
    with staying(folder, recipe_to_dict(recipe), job.fingerprints, reporter, fresh=fresh) as stay:
        if stay.is_over:
            if baseline:
                add_baseline(recipe, job, reporter)
            return stored_result(job)
        session = prepare(recipe, folder, compute, [job], reporter)  # 3 to 6
        stay.claim(job.seen)
        if baseline:
            train_baseline(recipe, job, reporter)
        [result] = train_and_finish(session)  # 7
    return result


def compute_of(recipe: Recipe) -> Compute | None:
    """Return what the recipe's model is trained on; None for tf-idf, which needs no choice."""
    if recipe.model.name == TFIDF:
        return None
    return choose_compute(recipe.train.device, recipe.train.precision, recipe.train.threads)
