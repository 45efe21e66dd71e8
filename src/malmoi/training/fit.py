"""The whole story of a training run, in seven steps: 설정 → 데이터 → 모델 → 토크나이저 → 로더 → 태스크 → 학습."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from malmoi.config import from_dict
from malmoi.errors import ConfigError, DataError
from malmoi.evaluation.evaluate import Evaluation
from malmoi.evaluation.names import format_interval, format_value, score_name
from malmoi.evaluation.notebook import framed
from malmoi.inference.artifact import open_artifact
from malmoi.messages import say
from malmoi.metrics.scores import Score
from malmoi.models.device import Compute, choose_compute, release_unused_memory
from malmoi.models.tfidf import TFIDF
from malmoi.tasks import find_task
from malmoi.training import tfidf
from malmoi.training.datasets import TrainingData, fingerprint_of, load_training_data
from malmoi.training.describe import (
    describe_data,
)
from malmoi.training.finish import train_and_finish
from malmoi.training.prepare import Job, configured, prepare
from malmoi.training.recipe import ModelRecipe, OptimRecipe, Recipe, TrainRecipe, recipe_to_dict
from malmoi.training.reporters import Reporter, duration
from malmoi.training.run_folder import (
    REPORT_FILE,
    RunFolder,
    finished_note,
    locked,
    open_run_folder,
    traceless,
)
from malmoi.training.save_run import save_run
from malmoi.training.scalars import describe_scalars, writes_scalars
from malmoi.training.seen import seen_of


@dataclass(frozen=True)
class FitResult:
    """A finished run: its folder, its dev evaluation (None when the folder was finished before) and its scores."""

    path: Path
    scores: dict[str, Any]
    evaluation: Evaluation | None

    def _repr_html_(self) -> str:
        """Return the run's `report.html` as a notebook shows it."""
        return framed((self.path / REPORT_FILE).read_text(encoding="utf-8"))


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
    folder, compute, data = begin(recipe, out, train_data, dev_data, reporter)
    return fit_examples(recipe, folder, data, compute, reporter, fresh=fresh, baseline=baseline)


def begin(
    recipe: Recipe, out: str | Path, train_data: Any, dev_data: Any, reporter: Reporter
) -> tuple[RunFolder, Compute | None, TrainingData]:
    """Steps 1 and 2: the output folder, what it is computed on (None for tf-idf), and the examples."""
    folder, compute = open_run_folder(Path(out)), _compute(recipe)
    task_class = find_task(recipe.tasks[0].name)
    from_dict(task_class.config_class, recipe.tasks[0].config, "task.")
    device = compute.reason if compute else "cpu, scikit-learn"
    has_scalars = compute is not None and writes_scalars(recipe.train.tensorboard)
    output = say(f"결과 폴더 {folder.path}", f"output {folder.path}")
    reporter.stage(1, [device, output, *([describe_scalars(folder.path)] if has_scalars else [])])

    data = load_training_data(recipe.data, train_data, dev_data, kind=task_class.example_kind)
    reporter.stage(2, describe_data(data))
    return folder, compute, data


def fit_examples(
    recipe: Recipe,
    folder: RunFolder,
    data: TrainingData,
    compute: Compute | None,
    reporter: Reporter,
    *,
    fresh: bool = False,
    baseline: bool = False,
) -> FitResult:
    """Train on examples that are there already, as `fit` does; without `compute` it is tf-idf."""
    undone_on_error = traceless(folder)
    with locked(folder):
        session: Any
        with undone_on_error():
            task_class, config = configured(recipe.tasks[0], data)
            for note in folder.inspect(recipe_to_dict(recipe), fingerprints(data), fresh=fresh):
                reporter.note(note)
            if folder.is_finished and not fresh:
                if baseline:
                    add_baseline(recipe, folder, data, reporter)
                return _already_finished(folder, reporter)
            if compute is None:
                session = tfidf.prepare(recipe, folder, data, task_class, config, reporter)
            else:
                job = Job(task_class.name, task_class, config, data, folder)
                session = prepare(recipe, folder, compute, [job], reporter)
        seen = seen_of(data.train.examples, data.dev.examples)
        folder.claim(recipe_to_dict(recipe), fingerprints(data), fresh=fresh, seen=seen)
        if baseline:
            train_baseline(recipe, folder, data, reporter)
        if compute is None:
            evaluation, scores = save_run(tfidf.train(session))
        else:
            [(evaluation, scores)] = train_and_finish(session)
    return FitResult(folder.path, scores, evaluation)


def add_baseline(recipe: Recipe, folder: RunFolder, data: TrainingData, reporter: Reporter) -> None:
    """Train the baseline of a finished run; raise `ConfigError` if the data are no longer those of the run."""
    if folder.has_baseline:
        return train_baseline(recipe, folder, data, reporter)
    stored = folder.stored()
    if stored is None or stored["fingerprints"] != fingerprints(data):
        raise ConfigError(
            say(
                f"{folder.path} 의 학습 뒤에 데이터가 바뀌어 같은 자료로 기준선을 학습할 수 없습니다. 그때의 데이터를 주거나, --baseline 을 빼거나, "
                "--fresh 로 처음부터 하세요.",
                f"the data has changed since the run in {folder.path}: a baseline would learn from other data. Give the data of "
                "the run, drop --baseline, or use --fresh to start over.",
            )
        )
    train_baseline(recipe, folder, data, reporter)
    if folder.has_baseline:
        reporter.note(
            say(
                f"끝난 학습의 scores.json 과 {REPORT_FILE} 파일은 그대로입니다. 견주려면: malmoi evaluate {folder.path} --data 파일",
                f"scores.json and {REPORT_FILE} of the finished run stay as they are. To compare: malmoi evaluate {folder.path} --data FILE",
            )
        )


def train_baseline(recipe: Recipe, folder: RunFolder, data: TrainingData, reporter: Reporter) -> None:
    """Train tf-idf on the run's own examples, in its folder `baseline`, unless that is done; say what it scores on dev.

    Where there is too little text for one, that is said instead.
    """
    own = TrainRecipe(seed=recipe.train.seed, calibrate=recipe.train.calibrate)
    baseline = replace(recipe, model=ModelRecipe(TFIDF), optim=OptimRecipe(), train=own)
    began = time.monotonic()
    try:
        result = fit_examples(baseline, folder.baseline, data, None, Reporter(quiet=True))
    except DataError as error:  # the run's own checks have passed: only tf-idf has too little
        reporter.note(say(f"기준선 없이 계속합니다: {error}", f"going on without a baseline: {error}"))
        return
    release_unused_memory()
    name = open_artifact(result.path).task.main_score
    score, seconds = Score(**result.scores["dev"][name]), duration(time.monotonic() - began)
    reporter.note(
        say(
            f"기준선 tf-idf: dev {score_name(name)} {format_value(name, score.value)} [{format_interval(name, score)}] ({seconds})",
            f"baseline tf-idf: dev {score_name(name)} {format_value(name, score.value)} [{format_interval(name, score)}] ({seconds})",
        )
    )


def _compute(recipe: Recipe) -> Compute | None:
    """Return what the recipe's model is trained on; None for tf-idf, which needs no choice."""
    if recipe.model.name == TFIDF:
        return None
    return choose_compute(recipe.train.device, recipe.train.precision, recipe.train.threads)


def check_baseline(recipe: Recipe) -> None:
    """Raise `ConfigError` for a baseline beside itself."""
    if recipe.model.name == TFIDF:
        raise ConfigError(
            say(
                f"--model {TFIDF} 자체가 기준선입니다. --baseline 을 빼세요.",
                f"--model {TFIDF} is the baseline itself. Drop --baseline.",
            )
        )


def fingerprints(data: TrainingData) -> dict[str, str]:
    """Return what identifies the data of a run: the sources' hashes, of the examples themselves for data from memory."""
    return {"train": fingerprint_of(data.train), "dev": fingerprint_of(data.dev)}


def _already_finished(folder: RunFolder, reporter: Reporter) -> FitResult:
    artifact = open_artifact(folder.path)
    shutil.rmtree(folder.checkpoints, ignore_errors=True)  # of a run killed right after its artifact was complete
    reporter.note(finished_note(folder))
    return FitResult(folder.path, artifact.scores, None)
