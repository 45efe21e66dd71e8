"""A run under way: step, judge on dev, keep the best, save, stop when asked."""

from __future__ import annotations

import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import Any

from malmoi.data.features import Features
from malmoi.errors import Interrupted
from malmoi.evaluation.evaluate import scores_to_dict
from malmoi.inference.engines import run_model
from malmoi.messages import say
from malmoi.metrics.scores import Scores
from malmoi.models.device import Compute, release_unused_memory
from malmoi.models.task_model import TaskModel
from malmoi.tasks import Task
from malmoi.training.checkpoint import newest_checkpoint, prune_checkpoints, save_checkpoint, whole_checkpoint
from malmoi.training.datasets import TrainingData
from malmoi.training.lesson import Lesson
from malmoi.training.loop import Course, Lane, Model, Plan, StepReport, train_steps
from malmoi.training.optim import FlatOptimizer, schedule
from malmoi.training.recipe import Recipe
from malmoi.training.reporters import Reporter
from malmoi.training.run_folder import RunFolder
from malmoi.training.scalars import ScalarLog, open_scalars, writes_scalars

LOG_POINTS = 400
TRIM_STEPS = 100


@dataclass
class Progress:
    """What is remembered between checkpoints, as plain JSON values."""

    train: list[dict[str, float]] = field(default_factory=list)
    dev: list[dict[str, Any]] = field(default_factory=list)
    best_step: int = 0
    best_score: float | None = None
    bad_evals: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Part(ABC):
    """What a run trains, judges and saves under one name: a lane and the folder of its artifact."""

    name: str
    lane: Lane
    folder: RunFolder

    @property
    def main_score(self) -> str:
        """The score that chooses the checkpoint."""
        return self.lane.task.main_score

    @abstractmethod
    def scores(self, session: Session, on_batch: Callable[[int], None] | None = None) -> Scores:
        """Return the scores of the model as it is on dev; `on_batch(num_windows)` is called after each batch."""


@dataclass(frozen=True)
class TaskPart(Part):
    """One task of a run with its examples; `lesson` is what a teacher adds to them."""

    data: TrainingData
    dev_windows: list[list[Features]]
    lesson: Lesson | None = None

    @property
    def task(self) -> Task:
        """The task."""
        assert isinstance(self.lane.task, Task)
        return self.lane.task

    @property
    def model(self) -> TaskModel:
        """The backbone with the task's own head."""
        assert isinstance(self.lane.model, TaskModel)
        return self.lane.model

    @property
    def plan(self) -> Plan:
        """The batches of the task."""
        assert isinstance(self.lane.plan, Plan)
        return self.lane.plan

    def scores(self, session: Session, on_batch: Callable[[int], None] | None = None) -> Scores:
        """Return the scores on dev, with thresholds chosen there as they will be in the end."""
        task, examples = self.task, self.data.dev.examples
        windows = run_model(self.model, task, self.dev_windows, session.compute.device, on_batch)
        if session.recipe.train.calibrate:
            task = task.tune(examples, windows)
        predictions = [task.decode(e, w) for e, w in zip(examples, windows, strict=True)]
        return task.score(predictions, examples)


@dataclass
class Session:
    """Everything a run needs, made by `prepare`; most runs have one part, whose folder is the run's own."""

    recipe: Recipe
    folder: RunFolder
    compute: Compute
    parts: tuple[Part, ...]
    model: Model
    optimizer: FlatOptimizer
    reporter: Reporter
    base_sha256: str = ""
    progress: Progress = field(default_factory=Progress)
    scalars: ScalarLog = field(default_factory=ScalarLog)

    @cached_property
    def course(self) -> Course:
        """The updates of all parts."""
        return Course(tuple(part.lane for part in self.parts), self.recipe.train)

    @property
    def task_parts(self) -> list[TaskPart]:
        """The parts that are tasks with examples."""
        return [part for part in self.parts if isinstance(part, TaskPart)]

    def warn_of_damage(self, path: Path, file: str) -> None:
        """Say that a damaged checkpoint was moved aside."""
        self.reporter.note(
            say(
                f"손상된 체크포인트를 옮겨 두었습니다: {path} ({file})",
                f"moved a damaged checkpoint aside: {path} ({file})",
            )
        )


def train(session: Session) -> None:
    """Take the steps that are left, with scalars if wished; raise `Interrupted` after saving when asked to stop."""
    folder = session.folder.scalars if writes_scalars(session.recipe.train.tensorboard) else None
    with open_scalars(folder, session.progress.train, session.progress.dev) as session.scalars:
        _take_steps(session)


def _take_steps(session: Session) -> None:
    s, reporter = session, session.reporter
    course = s.course
    eval_steps = evaluation_steps(course, s.recipe.train.evals_per_epoch)
    log_every = max(1, course.num_steps // LOG_POINTS)
    began, before = time.monotonic(), s.progress.seconds
    last_saved = began
    rate = schedule(s.recipe.optim, course.num_steps)
    window: list[StepReport] = []
    if out_of_patience(s):
        return
    reporter.start(s.optimizer.num_steps, course.num_steps)
    try:
        with stop_requested() as wish:
            if s.optimizer.num_steps in eval_steps and not is_judged(s):
                judge(s, wish)  # the evaluation that the last stop cut short
                if wish:
                    raise stopped(s, wish[0])
            for report in train_steps(course, s.optimizer, rate, s.compute.device):
                reporter.step(report)
                window.append(report)
                s.progress.seconds = before + time.monotonic() - began
                if report.step % log_every == 0 or report.step == course.num_steps:
                    log_steps(s, window)
                    window.clear()
                if report.step in eval_steps:
                    judge(s, wish)
                due = time.monotonic() - last_saved > 60 * s.recipe.train.checkpoint_minutes
                if due or wish or (report.step in eval_steps and report.step < course.num_steps):
                    save(s)
                    last_saved = time.monotonic()
                if report.step % TRIM_STEPS == 0:
                    release_unused_memory()
                if wish:
                    raise stopped(s, wish[0])
                if out_of_patience(s):
                    reporter.note(
                        say("dev 점수가 더 오르지 않아 일찍 멈춥니다.", "dev no longer improves: stopping early.")
                    )
                    break
    finally:
        reporter.stop()


def out_of_patience(session: Session) -> bool:
    """Whether dev has not improved for `patience` evaluations (0: never stop early)."""
    return 0 < session.recipe.train.patience <= session.progress.bad_evals


def log_steps(session: Session, reports: list[StepReport]) -> None:
    """Remember the steps since the last logged one: mean loss, mean gradient norm, the learning rate of the last."""
    last = reports[-1]
    entry = {
        "step": last.step,
        "epoch": last.step / session.course.steps_per_epoch,
        "loss": sum(report.loss for report in reports) / len(reports),
        "learning_rate": last.lr,
        "grad_norm": sum(report.grad_norm for report in reports) / len(reports),
        "time": time.time(),
    }
    session.progress.train.append(entry)
    session.scalars.train(entry)


def evaluation_steps(course: Course, evals_per_epoch: int) -> set[int]:
    """Return the steps after which dev is judged: evenly through every epoch, and the last."""
    steps = {
        round(k * course.steps_per_epoch / evals_per_epoch)
        for k in range(1, round(evals_per_epoch * course.recipe.epochs) + 1)
    }
    return {step for step in steps if 0 < step < course.num_steps} | {course.num_steps}


class _Stop(Exception):
    """Dev is not judged to its end, since the run was asked to stop."""


def is_judged(session: Session) -> bool:
    """Whether the weights as they are have been scored on dev."""
    return any(entry["step"] == session.optimizer.num_steps for entry in session.progress.dev)


def judge(session: Session, wish: list[int]) -> None:
    """Score dev; keep the weights if they are the best so far. Does nothing if a wish to stop arrives on the way."""
    s, p = session, session.progress

    def on_batch(num_windows: int) -> None:
        if wish:
            raise _Stop

    try:
        with s.optimizer.averaged():
            found = [dev_scores(s, part, on_batch) for part in s.parts]
    except _Stop:
        return
    step = s.optimizer.num_steps
    merit = sum(map(part_merit, s.parts, found)) / len(s.parts)
    better = p.best_score is None or merit > p.best_score
    named = {part.name: scores_to_dict(scores) for part, scores in zip(s.parts, found, strict=True)}
    entry = {"step": step, "scores": _joined(named), "time": time.time()}
    p.dev.append(entry)
    s.scalars.dev(entry)
    p.bad_evals = 0 if better else p.bad_evals + 1
    if better:
        p.best_step, p.best_score = step, merit
        keep_best(s)
    for part, scores in zip(s.parts, found, strict=True):
        name = part.main_score if len(s.parts) == 1 else f"{part.name} {part.main_score}"
        s.reporter.evaluated(step / s.course.steps_per_epoch, name, scores[part.main_score], better)


def part_merit(part: Part, scores: Scores) -> float:
    """Return the main score of a part, turned so that higher is better."""
    value = scores[part.main_score].value
    return value if part.lane.task.higher_is_better else -value


def _joined(named: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the scores of a single part as they are, those of several as `part/score`."""
    if len(named) == 1:
        return next(iter(named.values()))
    return {f"{part}/{name}": score for part, scores in named.items() for name, score in scores.items()}


def scores_of_part(session: Session, part: Part, scores: dict[str, Any]) -> dict[str, Any]:
    """Return a part's own scores from an entry of `Progress.dev`."""
    if len(session.parts) == 1:
        return scores
    start = f"{part.name}/"
    return {name.removeprefix(start): score for name, score in scores.items() if name.startswith(start)}


def keep_best(session: Session) -> None:
    """Write the weights as they are now, or their average, as the best."""
    s, p = session, session.progress
    with s.optimizer.averaged():
        weights = s.optimizer.master_of(s.model)
    save_checkpoint(s.folder.best, weights, {"step": p.best_step, "score": p.best_score})


def dev_scores(session: Session, part: Part, on_batch: Callable[[int], None] | None = None) -> Scores:
    """Return the scores of the model as it is on a part's dev."""
    return part.scores(session, on_batch)


def save(session: Session) -> None:
    """Write a checkpoint from which training goes on exactly as if it had not stopped."""
    from dataclasses import asdict

    path = session.folder.checkpoints / f"step-{session.optimizer.num_steps:08d}"
    progress = asdict(session.progress) | {"num_steps": session.optimizer.num_steps}
    save_checkpoint(path, session.optimizer.state(), progress)
    prune_checkpoints(session.folder.checkpoints)


def resume(session: Session) -> None:
    """Take up the newest whole checkpoint; damaged ones are moved aside and named."""
    best = whole_checkpoint(session.folder.best, session.warn_of_damage)
    checkpoint = newest_checkpoint(session.folder.checkpoints, session.warn_of_damage)
    if checkpoint is None:
        return
    stored = dict(checkpoint.progress)
    num_steps = stored.pop("num_steps")
    session.optimizer.load_state(checkpoint.tensors, num_steps)
    session.progress = p = Progress(**stored)
    if p.best_score is not None and (best is None or best.progress["step"] != p.best_step):
        if p.best_step == num_steps:
            keep_best(session)
        else:  # lost, or already those of a later step that is now repeated: the next evaluation is the best again
            p.best_step, p.best_score, p.bad_evals = 0, None, 0
    session.reporter.note(say(f"{num_steps:,}단계부터 이어서 학습합니다.", f"resuming from step {num_steps:,}."))


def stopped(session: Session, number: int) -> Interrupted:
    """Return the error that says where the run stopped and how it goes on."""
    step = session.optimizer.num_steps
    return Interrupted(
        say(
            f"{step:,}단계에서 멈추고 저장했습니다. 같은 명령을 다시 실행하면 이어서 학습합니다.",
            f"stopped at step {step:,} and saved. Repeat the same command to go on.",
        ),
        number,
    )


@contextmanager
def stop_requested() -> Iterator[list[int]]:
    """Yield a list that receives the signal's number when SIGINT or SIGTERM arrives; the second one acts at once."""
    wish: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    old = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def on_signal(number: int, frame: FrameType | None) -> None:
        wish.append(number)
        for each, handler in old.items():
            signal.signal(each, handler)

    for number in old:
        signal.signal(number, on_signal)
    try:
        yield wish
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
