"""Several tasks on one backbone, trained together: one run folder, and in it an artifact for each task, of the usual kind.

    OUT/nli   OUT/sts   each with weights, tokenizer, task, scores, report: `malmoi predict OUT/nli …`
    OUT/recipe.json   OUT/scores.json   OUT/checkpoints (while it trains)

An update belongs to one task; a seeded shuffle mixes them, each task as often as its data and its weight ask. The checkpoint is
chosen by the mean of the main scores on dev.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from malmoi.errors import ConfigError
from malmoi.io import read_json, write_json, write_manifest
from malmoi.messages import say
from malmoi.models.device import choose_compute
from malmoi.models.tfidf import TFIDF
from malmoi.training.baseline import add_baseline, check_baseline, train_baseline
from malmoi.training.finish import train_and_finish
from malmoi.training.jobs import Job, load_jobs
from malmoi.training.prepare import prepare
from malmoi.training.recipe import Recipe, recipe_to_dict
from malmoi.training.reporters import Reporter
from malmoi.training.result import PartResult
from malmoi.training.run_folder import RUN_FILE, RunFolder
from malmoi.training.stay import Stay, announce, staying
from malmoi.training.stored import stored_result

ROOT_FILES = ("recipe.json", "scores.json")


def fit_several(
    recipe: Recipe, out: str | Path, *, fresh: bool = False, baseline: bool = False, reporter: Reporter | None = None
) -> list[PartResult]:
    """Train the tasks of a recipe together and leave an artifact of each in `out/NAME`; the same call resumes.

    `baseline`: train tf-idf on each task's data first, in `out/NAME/baseline`. Raises as `fit` does.
    """
    reporter = reporter or Reporter()
    refuse_tfidf(recipe)
    if baseline:
        check_baseline(recipe)
    compute = choose_compute(recipe.train.device, recipe.train.precision, recipe.train.threads)
    folder = announce(out, recipe.train, compute, reporter)  # 1
    jobs = load_jobs(recipe, folder, reporter)  # 2
    with staying(folder, recipe_to_dict(recipe), fingerprints(jobs), reporter, fresh=fresh) as stay:
        beside = [(single_recipe(recipe, number), job) for number, job in enumerate(jobs)] if baseline else []
        if stay.is_over:
            for own, job in beside:
                add_baseline(own, job, reporter)
            return [PartResult(**vars(stored_result(job)), name=job.name) for job in jobs]
        session = prepare(recipe, folder, compute, jobs, reporter)  # 3 to 6
        claim(stay, jobs)
        for own, job in beside:
            train_baseline(own, job, reporter)
        found = train_and_finish(session)  # 7
        results = [PartResult(**vars(result), name=job.name) for job, result in zip(jobs, found, strict=True)]
        write_root(stay, results)
    return results


def refuse_tfidf(recipe: Recipe) -> None:
    """Raise `ConfigError` for tf-idf, whose tasks would be trained side by side."""
    if recipe.model.name == TFIDF:
        raise ConfigError(
            say(
                f"{TFIDF} 모델에는 함께 쓸 것이 없습니다. 과제마다 malmoi train TASK --model {TFIDF} 로 학습하세요.",
                f"{TFIDF} has nothing to share between tasks. Train each: malmoi train TASK --model {TFIDF}",
            )
        )


def fingerprints(jobs: Sequence[Job]) -> dict[str, str]:
    """Return what identifies the data of all tasks."""
    return {f"{job.name}/{name}": value for job in jobs for name, value in job.fingerprints.items()}


def claim(stay: Stay, jobs: Sequence[Job]) -> None:
    """Claim the run's folder and that of every task."""
    if stay.fresh:
        _clear_parts(stay.folder)
    stay.claim()
    for job in jobs:
        job.folder.path.mkdir(exist_ok=True)
        job.folder.claim(stay.recipe, job.fingerprints, fresh=False, seen=job.seen)


def write_root(stay: Stay, results: Sequence[PartResult]) -> None:
    """Write what belongs to all tasks; with the manifest the run is finished."""
    folder = stay.folder
    write_json(folder.path / "recipe.json", stay.recipe)
    write_json(folder.path / "scores.json", {result.name: result.scores for result in results})
    write_manifest(folder.path, ROOT_FILES)
    shutil.rmtree(folder.checkpoints, ignore_errors=True)


def _clear_parts(folder: RunFolder) -> None:
    """Remove the artifacts of the run before, whose tasks may have been others."""
    stored = read_json(folder.path / RUN_FILE)["recipe"]["tasks"] if (folder.path / RUN_FILE).is_file() else []
    for wish in stored:
        part = RunFolder(folder.path / (wish["head"] or wish["name"]))
        if (part.path / RUN_FILE).is_file():
            part.clear()
            if not any(part.path.iterdir()):
                part.path.rmdir()


def single_recipe(recipe: Recipe, number: int) -> Recipe:
    """Return the recipe that trains one of the tasks alone, everything else the same: what the joint run is compared with."""
    wish = recipe.tasks[number]
    assert wish.data is not None
    epochs = recipe.train.epochs * wish.weight
    alone = replace(wish, head="", data=None, weight=1.0)
    return replace(recipe, tasks=(alone,), data=wish.data, train=replace(recipe.train, epochs=epochs))
