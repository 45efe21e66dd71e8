"""A dry run: everything a run would do before its first step, and how long it would take. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.data.checks import check_dataset
from malmoi.messages import say
from malmoi.training.describe import expected_seconds
from malmoi.training.fit import compute_of
from malmoi.training.jobs import load_job
from malmoi.training.prepare import prepare
from malmoi.training.recipe import Recipe, recipe_to_dict
from malmoi.training.reporters import Reporter, duration
from malmoi.training.stay import announce


@dataclass(frozen=True)
class Rehearsal:
    """What a run would be: sizes, steps and seconds (None for tf-idf, which takes seconds), and warnings about the data."""

    num_train: int
    num_dev: int
    num_steps: int | None
    seconds: float | None
    warnings: tuple[str, ...]


def rehearse(
    recipe: Recipe,
    out: str | Path,
    *,
    train_data: Any = None,
    dev_data: Any = None,
    fresh: bool = False,
    reporter: Reporter | None = None,
) -> Rehearsal:
    """Go through steps 1 to 6 of `fit` and estimate step 7; raises what `fit` would raise before its first step."""
    reporter = reporter or Reporter()
    compute = compute_of(recipe)
    folder = announce(out, recipe.train, compute, reporter)
    job = load_job(recipe, folder, reporter, train_data, dev_data)
    warnings = check_dataset(job.data.train).warnings
    for warning in warnings:
        reporter.note(warning)
    for note in folder.inspect(recipe_to_dict(recipe), job.fingerprints, fresh=fresh):
        reporter.note(note)
    sizes = len(job.data.train), len(job.data.dev)
    if compute is None:
        return Rehearsal(*sizes, None, None, tuple(warnings))
    session = prepare(recipe, folder, compute, [job], reporter)
    steps, seconds = session.course.num_steps, expected_seconds(session)
    reporter.stage(
        7,
        [
            say(
                f"{steps:,}단계, 예상 {duration(seconds)} (시험 실행: 아무것도 쓰지 않았습니다)",
                f"{steps:,} steps, about {duration(seconds)} (dry run: nothing was written)",
            )
        ],
    )
    return Rehearsal(*sizes, steps, round(seconds, 1), tuple(warnings))
