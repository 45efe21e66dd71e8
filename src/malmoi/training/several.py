"""Several tasks on one backbone, trained together: one run folder, and in it an artifact for each task, of the usual kind.

    OUT/nli   OUT/sts   each with weights, tokenizer, task, scores, report: `malmoi predict OUT/nli …`
    OUT/recipe.json   OUT/scores.json   OUT/checkpoints (while it trains)

An update belongs to one task; a seeded shuffle mixes them, each task as often as its data and its weight ask. The checkpoint is
chosen by the mean of the main scores on dev.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from malmoi.errors import ConfigError
from malmoi.evaluation.evaluate import Evaluation
from malmoi.inference.artifact import open_artifact
from malmoi.io import read_json, write_json, write_manifest
from malmoi.messages import say
from malmoi.models.device import Compute, choose_compute
from malmoi.models.tfidf import TFIDF
from malmoi.tasks import find_task
from malmoi.training.datasets import fingerprint_of, load_training_data
from malmoi.training.describe import describe_data
from malmoi.training.finish import train_and_finish
from malmoi.training.prepare import Job, configured, prepare
from malmoi.training.recipe import Recipe, TaskRecipe, recipe_to_dict
from malmoi.training.reporters import Reporter
from malmoi.training.run_folder import RUN_FILE, RunFolder, finished_note, locked, open_run_folder, traceless
from malmoi.training.scalars import describe_scalars, writes_scalars
from malmoi.training.seen import seen_of

ROOT_FILES = ("recipe.json", "scores.json")


@dataclass(frozen=True)
class PartResult:
    """One task of a finished run: its name, the folder of its artifact, its evaluation (None when it was finished before), scores."""

    name: str
    path: Path
    scores: dict[str, Any]
    evaluation: Evaluation | None


def fit_several(
    recipe: Recipe, out: str | Path, *, fresh: bool = False, reporter: Reporter | None = None
) -> list[PartResult]:
    """Train the tasks of a recipe together and leave an artifact of each in `out/NAME`; the same call resumes.

    Raises as `fit` does.
    """
    reporter = reporter or Reporter()
    if recipe.model.name == TFIDF:
        raise ConfigError(
            say(
                f"{TFIDF} 모델에는 함께 쓸 것이 없습니다. 과제마다 malmoi train TASK --model {TFIDF} 로 학습하세요.",
                f"{TFIDF} has nothing to share between tasks. Train each: malmoi train TASK --model {TFIDF}",
            )
        )
    folder = open_run_folder(Path(out))
    compute = choose_compute(recipe.train.device, recipe.train.precision, recipe.train.threads)
    has_scalars = writes_scalars(recipe.train.tensorboard)
    output = say(f"결과 폴더 {folder.path}", f"output {folder.path}")
    reporter.stage(1, [compute.reason, output, *([describe_scalars(folder.path)] if has_scalars else [])])
    jobs = [load_job(wish, recipe, folder) for wish in recipe.tasks]
    reporter.stage(2, [f"{job.name}: {line}" for job in jobs for line in describe_data(job.data)])
    return _fit_jobs(recipe, folder, compute, jobs, reporter, fresh=fresh)


def load_job(wish: TaskRecipe, recipe: Recipe, folder: RunFolder) -> Job:
    """Return a task of the recipe with its examples and its completed config."""
    assert wish.data is not None
    data = load_training_data(wish.data, kind=find_task(wish.name).example_kind)
    task_class, config = configured(wish, data)
    name = wish.head or wish.name
    return Job(name, task_class, config, data, RunFolder(folder.path / name), wish.weight)


def _fit_jobs(
    recipe: Recipe, folder: RunFolder, compute: Compute, jobs: Sequence[Job], reporter: Reporter, *, fresh: bool
) -> list[PartResult]:
    values, prints = recipe_to_dict(recipe), _fingerprints(jobs)
    undone_on_error = traceless(folder)
    with locked(folder):
        with undone_on_error():
            for note in folder.inspect(values, prints, fresh=fresh):
                reporter.note(note)
            if folder.is_finished and not fresh:
                reporter.note(finished_note(folder))
                return [_stored(job) for job in jobs]
            session = prepare(recipe, folder, compute, jobs, reporter)
        if fresh:
            _clear_parts(folder)
        folder.claim(values, prints, fresh=fresh)
        for job in jobs:
            job.folder.path.mkdir(exist_ok=True)
            seen = seen_of(job.data.train.examples, job.data.dev.examples)
            job.folder.claim(values, _fingerprints([job]), fresh=False, seen=seen)
        results = [
            PartResult(job.name, job.folder.path, scores, evaluation)
            for job, (evaluation, scores) in zip(jobs, train_and_finish(session), strict=True)
        ]
        write_json(folder.path / "recipe.json", values)
        write_json(folder.path / "scores.json", {result.name: result.scores for result in results})
        write_manifest(folder.path, ROOT_FILES)
        shutil.rmtree(folder.checkpoints, ignore_errors=True)
        return results


def _fingerprints(jobs: Sequence[Job]) -> dict[str, str]:
    """Return what identifies the data of all tasks."""
    parts = [
        (f"{job.name}/{name}", data)
        for job in jobs
        for name, data in (("train", job.data.train), ("dev", job.data.dev))
    ]
    return {name: fingerprint_of(data) for name, data in parts}


def _stored(job: Job) -> PartResult:
    artifact = open_artifact(job.folder.path)
    return PartResult(job.name, job.folder.path, artifact.scores, None)


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
