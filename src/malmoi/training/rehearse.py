"""A dry run: everything a run would do before its first step, and how long it would take. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.messages import say
from malmoi.training import tfidf
from malmoi.training.estimate import expected_seconds
from malmoi.training.fit import compute_of
from malmoi.training.jobs import Job, load_job, load_jobs
from malmoi.training.prepare import prepare
from malmoi.training.recipe import Recipe, recipe_to_dict
from malmoi.training.reporters import Reporter, duration
from malmoi.training.several import fingerprints, refuse_tfidf
from malmoi.training.stay import announce


@dataclass(frozen=True)
class Rehearsal:
    """What a run would be: examples of all tasks, steps and seconds (None for tf-idf, which takes seconds), warnings about the data."""

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
    """Go through steps 1 to 6 of `fit`, or of `fit_several`, and estimate step 7; raises what they would raise before it."""
    reporter = reporter or Reporter()
    if recipe.is_joint:
        refuse_tfidf(recipe)
    compute = compute_of(recipe)
    folder = announce(out, recipe.train, compute, reporter)
    if recipe.is_joint:
        jobs = load_jobs(recipe, folder, reporter)
        prints = fingerprints(jobs)
    else:
        jobs = [load_job(recipe, folder, reporter, train_data, dev_data)]
        prints = jobs[0].fingerprints
    warnings = warnings_of(jobs)
    for note in folder.inspect(recipe_to_dict(recipe), prints, fresh=fresh):
        reporter.note(note)
    sizes = sum(len(job.data.train) for job in jobs), sum(len(job.data.dev) for job in jobs)
    ko, en = "시험 실행: 아무것도 쓰지 않았습니다", "dry run: nothing was written"
    if compute is None:
        tfidf.prepare(recipe, jobs[0], reporter)
        reporter.stage(7, [say(f"글 10만 개에 1분쯤 ({ko})", f"about a minute for 100,000 texts ({en})")])
        return Rehearsal(*sizes, None, None, warnings)
    session = prepare(recipe, folder, compute, jobs, reporter)
    steps, seconds = session.course.num_steps, expected_seconds(session)
    time = duration(seconds)
    reporter.stage(7, [say(f"{steps:,}단계, 예상 {time} ({ko})", f"{steps:,} steps, about {time} ({en})")])
    return Rehearsal(*sizes, steps, round(seconds, 1), warnings)


def warnings_of(jobs: Sequence[Job]) -> tuple[str, ...]:
    """Return what may hurt the run, as step 2 says it, with the name of the task where there are several."""
    return tuple(warning if len(jobs) == 1 else f"{job.name}: {warning}" for job in jobs for warning in job.warnings)
