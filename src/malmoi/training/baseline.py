"""tf-idf as a run of its own, or in the folder of another model as the baseline on the same examples."""

from __future__ import annotations

import time
from dataclasses import replace

from malmoi.errors import ConfigError, DataError
from malmoi.evaluation.names import format_score, score_name
from malmoi.inference.artifact import REPORT_FILE, open_artifact
from malmoi.messages import say
from malmoi.metrics.scores import Score
from malmoi.models.device import release_unused_memory
from malmoi.models.tfidf import TFIDF
from malmoi.tasks import find_task
from malmoi.training import tfidf
from malmoi.training.jobs import Job
from malmoi.training.recipe import ModelRecipe, Recipe, TrainRecipe, recipe_to_dict
from malmoi.training.reporters import Reporter, duration
from malmoi.training.result import FitResult
from malmoi.training.save_run import save_run
from malmoi.training.stay import staying
from malmoi.training.stored import stored_result


def fit_tfidf(recipe: Recipe, job: Job, reporter: Reporter, *, fresh: bool = False) -> FitResult:
    """Steps 3 to 7 of `fit` for tf-idf, in the job's folder; raise `DataError` where there is too little text for it."""
    with staying(job.folder, recipe_to_dict(recipe), job.fingerprints, reporter, fresh=fresh) as stay:
        if stay.is_over:
            return stored_result(job)
        session = tfidf.prepare(recipe, job, reporter)
        stay.claim(job.seen)
        return save_run(tfidf.train(session))


def check_baseline(recipe: Recipe) -> None:
    """Raise `ConfigError` for a baseline beside itself, and for a task that has none."""
    for wish in recipe.tasks:
        tfidf.refuse_task(find_task(wish.name))
    if recipe.model.name == TFIDF:
        raise ConfigError(
            say(
                f"--model {TFIDF} 자체가 기준선입니다. --baseline 을 빼세요.",
                f"--model {TFIDF} is the baseline itself. Drop --baseline.",
            )
        )


def baseline_recipe(recipe: Recipe) -> Recipe:
    """Return the recipe of tf-idf on the same task and data: of the run's other settings it knows the seed and the calibration."""
    own = TrainRecipe(seed=recipe.train.seed, calibrate=recipe.train.calibrate)
    return Recipe(recipe.tasks, recipe.data, ModelRecipe(TFIDF), train=own)


def add_baseline(recipe: Recipe, job: Job, reporter: Reporter) -> None:
    """Train the baseline of a finished run; raise `ConfigError` if the data are no longer those of the run."""
    folder = job.folder
    if folder.has_baseline:
        return train_baseline(recipe, job, reporter)
    stored = folder.stored()
    if stored is None or stored["fingerprints"] != job.fingerprints:
        raise ConfigError(
            say(
                f"{folder.path} 의 학습 뒤에 데이터가 바뀌어 같은 자료로 기준선을 학습할 수 없습니다. 그때의 데이터를 주거나, --baseline 을 빼거나, "
                "--fresh 로 처음부터 하세요.",
                f"the data has changed since the run in {folder.path}: a baseline would learn from other data. Give the data of "
                "the run, drop --baseline, or use --fresh to start over.",
            )
        )
    train_baseline(recipe, job, reporter)
    if folder.has_baseline:
        reporter.note(
            say(
                f"끝난 학습의 scores.json 과 {REPORT_FILE} 파일은 그대로입니다. 견주려면: malmoi evaluate {folder.path} --data 파일",
                f"scores.json and {REPORT_FILE} of the finished run stay as they are. To compare: malmoi evaluate {folder.path} --data FILE",
            )
        )


def train_baseline(recipe: Recipe, job: Job, reporter: Reporter) -> None:
    """Train tf-idf on the run's own examples, in its folder `baseline`, unless that is done; say what it scores on dev.

    Where there is too little text for one, that is said instead.
    """
    began = time.monotonic()
    try:
        result = fit_tfidf(baseline_recipe(recipe), replace(job, folder=job.folder.baseline), Reporter(quiet=True))
    except DataError as error:  # the run's own checks have passed: only tf-idf has too little
        reporter.note(say(f"기준선 없이 계속합니다: {error}", f"going on without a baseline: {error}"))
        return
    release_unused_memory()
    whose = "" if job.name == job.task_class.name else f" ({job.name})"
    name = open_artifact(result.path).task.main_score
    score, seconds = Score(**result.scores["dev"][name]), duration(time.monotonic() - began)
    reporter.note(
        say(
            f"기준선 tf-idf{whose}: dev {score_name(name)} {format_score(name, score)} ({seconds})",
            f"baseline tf-idf{whose}: dev {score_name(name)} {format_score(name, score)} ({seconds})",
        )
    )
