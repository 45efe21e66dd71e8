"""The whole story of a training run, in seven steps: 설정 → 데이터 → 모델 → 토크나이저 → 로더 → 태스크 → 학습."""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from malmoi.config import from_dict
from malmoi.data.batching import padded_tokens
from malmoi.data.examples import Dataset
from malmoi.data.features import Features
from malmoi.errors import ConfigError
from malmoi.evaluation.evaluate import Evaluation
from malmoi.inference.artifact import open_artifact
from malmoi.messages import say
from malmoi.models.backbone import Pretrained, load_backbone, usable_positions
from malmoi.models.device import Compute, choose_compute
from malmoi.models.task_model import TaskModel
from malmoi.tasks import Task, find_task
from malmoi.training.datasets import TrainingData, load_training_data
from malmoi.training.finish import finish
from malmoi.training.loop import Plan, accumulate
from malmoi.training.optim import build_optimizer
from malmoi.training.recipe import Recipe, recipe_to_dict
from malmoi.training.reporters import Reporter, duration
from malmoi.training.run_folder import LOCK_FILE, RunFolder, locked, open_run_folder
from malmoi.training.session import Session, train


@dataclass(frozen=True)
class FitResult:
    """A finished run: its folder, its dev evaluation (None when the folder was finished before) and its scores."""

    path: Path
    scores: dict[str, Any]
    evaluation: Evaluation | None


def fit(
    recipe: Recipe,
    out: str | Path,
    *,
    train_data: Any = None,
    dev_data: Any = None,
    fresh: bool = False,
    reporter: Reporter | None = None,
) -> FitResult:
    """Train as the recipe says and leave an artifact in `out`; the same call resumes what was interrupted.

    `train_data`, `dev_data`: data in memory instead of the recipe's names. Raises `InputError` before any work is spent,
    `TrainingError` when training cannot go on, `Interrupted` after saving a checkpoint on SIGINT or SIGTERM.
    """
    reporter = reporter or Reporter()
    folder = open_run_folder(Path(out))
    compute = choose_compute(recipe.train.device, recipe.train.precision, recipe.train.threads)
    task_class = find_task(recipe.tasks[0].name)
    config = from_dict(task_class.config_class, recipe.tasks[0].config, "task.")
    reporter.stage(1, [compute.reason, say(f"결과 폴더 {folder.path}", f"output {folder.path}")])

    data = load_training_data(recipe.data, train_data, dev_data)
    if hasattr(config, "label_names") and config.label_names is None and data.label_names:
        config = replace(config, label_names=dict(data.label_names))
    config = task_class.configure(config, data.train.examples)
    reporter.stage(2, describe_data(data))

    new_paths = [path for path in (folder.path / LOCK_FILE, folder.path, *folder.path.parents) if not path.exists()]
    with locked(folder):
        try:
            _check(task_class(config, None), data)  # type: ignore[arg-type]
            for note in folder.inspect(recipe_to_dict(recipe), fingerprints(data), fresh=fresh):
                reporter.note(note)
            if folder.is_finished and not fresh:
                return _already_finished(folder, reporter)
            session = prepare(recipe, folder, compute, data, task_class, config, reporter)
        except BaseException:
            _leave_no_trace(new_paths)
            raise
        folder.claim(recipe_to_dict(recipe), fingerprints(data), fresh=fresh)
        train(session)
        evaluation, scores = finish(session)
    return FitResult(folder.path, scores, evaluation)


def prepare(
    recipe: Recipe, folder: RunFolder, compute: Compute, data: TrainingData, task_class: type[Task], config: Any, reporter: Reporter
) -> Session:
    """Steps 3 to 6: load the model, tokenise, plan the batches, build the head and the optimizer."""
    np.random.seed(recipe.train.seed)
    pretrained = load_backbone(recipe.model.name, recipe.model.dropout)
    reporter.stage(3, [describe_model(pretrained)])

    task = task_class(config, pretrained.tokenizer)
    reporter.stage(4, [say(f"{pretrained.tokenizer.vocab_size:,}개 조각, 최대 {config.max_length} 토큰", f"{pretrained.tokenizer.vocab_size:,} pieces, at most {config.max_length} tokens")])

    features, dev_windows = encode(task, data)
    plan = Plan(np.array([len(feature) for feature in features]), recipe.train)
    reporter.stage(5, describe_plan(plan, recipe, config.max_length))

    model = build_model(pretrained, task, recipe)
    optimizer = build_optimizer(model.to(compute.device), recipe.optim, compute.dtype, recipe.model.embeddings, recipe.model.frozen_layers)
    reporter.stage(6, [describe_task(task, model)])
    session = Session(recipe, folder, compute, data, task, model, optimizer, plan, features, dev_windows, reporter)
    reporter.stage(7, [describe_time(session)])
    return session


def build_model(pretrained: Pretrained, task: Task, recipe: Recipe) -> TaskModel:
    """Return the backbone with a fresh head, initialised from the run's seed."""
    import torch

    torch.manual_seed(recipe.train.seed)
    layers = getattr(getattr(pretrained.backbone, "encoder", None), "layer", [])
    if recipe.model.frozen_layers > len(layers):
        raise ConfigError(
            say(
                f"model.frozen_layers={recipe.model.frozen_layers}: 이 모델의 층은 {len(layers)}개입니다.",
                f"model.frozen_layers={recipe.model.frozen_layers}: this model has {len(layers)} layers.",
            )
        )
    positions = usable_positions(pretrained.backbone.config)
    if positions is not None and task.config.max_length > positions:
        raise ConfigError(
            say(
                f"max_length {task.config.max_length} 이(가) 모델의 최대 길이 {positions} 보다 깁니다. --set task.max_length={positions}",
                f"max_length {task.config.max_length} exceeds the model's {positions} positions. --set task.max_length={positions}",
            )
        )
    return TaskModel(pretrained.backbone, {task.name: task.build_head(pretrained.backbone.config)})


def encode(task: Task, data: TrainingData) -> tuple[list[Features], list[list[Features]]]:
    """Return all training windows, and the windows of each dev example."""
    train = [window for windows in task.encode(data.train.examples) for window in windows]
    return train, task.encode(data.dev.examples)


def fingerprints(data: TrainingData) -> dict[str, str]:
    """Return what identifies the data of a run: the sources' hashes, of the examples themselves for data from memory."""
    return {name: dataset.fingerprint or _hash(dataset) for name, dataset in (("train", data.train), ("dev", data.dev))}


def _hash(dataset: Dataset) -> str:
    digest = hashlib.sha256()
    for example in dataset:
        digest.update(repr(example).encode())
    return digest.hexdigest()


def describe_data(data: TrainingData) -> list[str]:
    """Sentences on the data: sizes and what the reader noticed."""
    size = say(
        f"{data.train.source}: 학습 {len(data.train):,} · dev {len(data.dev):,}",
        f"{data.train.source}: train {len(data.train):,} · dev {len(data.dev):,}",
    )
    return [size, *data.train.notes, *(note for note in data.dev.notes if note not in data.train.notes)]


def describe_model(pretrained: Pretrained) -> str:
    """One line on the backbone."""
    config, millions = pretrained.backbone.config, sum(p.numel() for p in pretrained.backbone.parameters()) / 1e6
    return say(
        f"{pretrained.name}: {config.model_type}, {config.num_hidden_layers}층 × {config.hidden_size}, 매개변수 {millions:.1f}M",
        f"{pretrained.name}: {config.model_type}, {config.num_hidden_layers} layers × {config.hidden_size}, {millions:.1f}M parameters",
    )


def describe_plan(plan: Plan, recipe: Recipe, max_length: int) -> list[str]:
    """One line on the batches: how many, and how much of them is real text."""
    real = plan.lengths.sum() / max(1, padded_tokens(plan.epoch(0), plan.lengths))
    full = int((plan.lengths >= max_length).sum())
    lines = [
        say(
            f"에폭당 {plan.steps_per_epoch:,}단계 × {recipe.train.batch_size}개 · 평균 {plan.lengths.mean():.1f} 토큰 · 채움 없이 쓰인 비율 {100 * real:.0f} %",
            f"{plan.steps_per_epoch:,} steps an epoch × {recipe.train.batch_size} · {plan.lengths.mean():.1f} tokens on average · {100 * real:.0f} % of them real",
        )
    ]
    if full:
        lines.append(
            say(
                f"최대 길이 {max_length} 토큰을 채운 글 {full:,}개 (더 길면 뒤가 잘림)",
                f"{full:,} texts fill the maximum of {max_length} tokens (what is longer is cut)",
            )
        )
    return lines


def describe_task(task: Task, model: TaskModel) -> str:
    """One line on the task and its labels."""
    names = getattr(task, "label_names", ())
    labels = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    head = model.heads[task.name]
    shape = head.architecture or type(head).__name__
    return f"{task.name}: {labels} · {shape}"


def describe_time(session: Session) -> str:
    """Estimate the whole run before the first step from a few trial passes that change nothing."""
    seconds = probe(session) * session.plan.num_steps * (1 - session.optimizer.num_steps / session.plan.num_steps)
    return say(
        f"{session.plan.num_steps:,}단계, 예상 {duration(seconds)}",
        f"{session.plan.num_steps:,} steps, about {duration(seconds)}",
    )


def probe(session: Session, trials: int = 3) -> float:
    """Return the mean seconds of a step, from `trials` updates of the first epoch (after one to warm up)."""
    updates = session.plan.epoch(0)
    sizes = [sum(len(batch) * session.plan.lengths[batch].max() for batch in update) for update in updates]
    middle = np.argsort(sizes)[np.linspace(0, len(sizes) - 1, trials + 2).astype(int)[1:-1]]
    session.model.train()
    seconds = []
    for i in (middle[0], *middle):
        began = time.perf_counter()
        accumulate(session.model, session.task, session.features, updates[i], session.compute.device, (0, 0))
        seconds.append((time.perf_counter() - began) / max(1, sizes[i]))
        session.optimizer.clear()
    return float(np.mean(seconds[1:]) * np.mean(sizes)) * 1.15


def _check(task: Task, data: TrainingData) -> None:
    task.check(data.train.examples, data.train.source, training=True)
    if not len(data.dev):
        raise ConfigError(say("dev 예문이 없습니다. --dev 파일을 주세요.", "there are no dev examples. Give a file to --dev."))
    task.check(data.dev.examples, data.dev.source)


def _leave_no_trace(new_paths: list[Path]) -> None:
    """Remove the lock and the folders that this call made, from the innermost out, as long as they are empty."""
    for path in new_paths:
        if path.is_file():
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _already_finished(folder: RunFolder, reporter: Reporter) -> FitResult:
    artifact = open_artifact(folder.path)
    shutil.rmtree(folder.checkpoints, ignore_errors=True)  # of a run killed right after its artifact was complete
    reporter.note(
        say(
            f"{folder.path} 의 학습은 이미 끝났습니다. 처음부터 다시 하려면 --fresh 를 쓰세요.",
            f"the run in {folder.path} is already finished. Use --fresh to start over.",
        )
    )
    return FitResult(folder.path, artifact.scores, None)


