"""Steps 3 to 6 of a run: the model, the tokenised examples, the plan of its batches, heads and optimizer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from malmoi.data.features import Features
from malmoi.errors import ConfigError
from malmoi.io import sha256
from malmoi.messages import say
from malmoi.models.backbone import Pretrained, keep_layers, load_backbone, usable_positions, widen_token_types
from malmoi.models.consistent import ConsistentModel
from malmoi.models.device import Compute, release_unused_memory
from malmoi.models.heads import PooledHead
from malmoi.models.student import StudentModel
from malmoi.models.task_model import TaskModel
from malmoi.tasks import Task
from malmoi.text.josa import attach
from malmoi.training.describe import (
    describe_model,
    describe_optimizer,
    describe_plan,
    describe_task,
    describe_tokenizer,
)
from malmoi.training.jobs import Job
from malmoi.training.loop import Lane, Plan
from malmoi.training.optim import build_optimizer
from malmoi.training.recipe import Recipe
from malmoi.training.reporters import Reporter
from malmoi.training.run_folder import RunFolder
from malmoi.training.session import Session, TaskPart
from malmoi.training.start import start_head

ENCODE_CHUNK = 4096  # examples tokenised at a time: the tokenizer's own objects are large


def prepare(recipe: Recipe, folder: RunFolder, compute: Compute, jobs: Sequence[Job], reporter: Reporter) -> Session:
    """Load the model, tokenise, plan the batches, build heads and optimizer."""
    pretrained = load_backbone(recipe.model.name, recipe.model.dropout)
    if recipe.model.layers:
        keep_layers(pretrained.backbone, recipe.model.layers)
    reporter.stage(3, [describe_model(pretrained)])
    tasks = {job.name: job.task_class(job.config, pretrained.tokenizer) for job in jobs}
    for task in tasks.values():
        _check_positions(task, pretrained)
    reporter.stage(4, list(dict.fromkeys(line for task in tasks.values() for line in describe_tokenizer(task))))
    windows = {job.name: encode(tasks[job.name], job) for job in jobs}
    model = build_model(pretrained, tasks, recipe).to(compute.device)
    parts = tuple(
        _part(recipe, job, tasks[job.name], model, *windows[job.name], is_only=len(jobs) == 1) for job in jobs
    )
    reporter.stage(5, [line for part in parts for line in _named(part, parts, describe_plan(part.plan, part.task))])
    for part in parts:
        start_head(part, compute.device)
    wish = recipe.model
    optimizer = build_optimizer(
        model, recipe.optim, compute.dtype, wish.embeddings, wish.frozen_layers, recipe.train.ema
    )
    lines = [_named(part, parts, [describe_task(part.task, part.model)]) for part in parts]
    reporter.stage(6, [*(line for own in lines for line in own), *describe_optimizer(recipe.optim, recipe.train)])
    base = sha256(pretrained.folder / "model.safetensors")
    return Session(recipe, folder, compute, parts, model, optimizer, reporter, base)


def _part(
    recipe: Recipe,
    job: Job,
    task: Task,
    model: TaskModel,
    features: list[Features],
    dev_windows: list[list[Features]],
    *,
    is_only: bool,
) -> TaskPart:
    """Return a job with its model: of several tasks each has the backbone and its own head."""
    own = model if is_only else TaskModel(model.backbone, {task.name: model.heads[job.name]})  # type: ignore[dict-item]
    train = replace(recipe.train, epochs=recipe.train.epochs * job.weight)
    plan = Plan(np.array([len(feature) for feature in features]), train, task.config.max_length)
    lane = Lane(own, task, features, plan, job.lesson.arrays if job.lesson else {})
    return TaskPart(job.name, lane, job.folder, job.data, dev_windows, job.lesson)


def _named(part: TaskPart, parts: Sequence[TaskPart], lines: Sequence[str]) -> list[str]:
    """Return lines about a part, with its name where there are others."""
    return list(lines) if len(parts) == 1 else [f"{part.name}: {line}" for line in lines]


def build_model(pretrained: Pretrained, tasks: Mapping[str, Task], recipe: Recipe) -> TaskModel:
    """Return the backbone with a fresh head for each task, by name, initialised from the run's seed."""
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
    for task in tasks.values():
        _widen(task, pretrained, recipe)
    heads = {name: task.build_head(pretrained.backbone.config) for name, task in tasks.items()}
    if recipe.train.r_drop:
        _check_r_drop(recipe, tasks, heads)
        return ConsistentModel(pretrained.backbone, heads, recipe.train.r_drop)
    if recipe.distil.teacher:
        return StudentModel(pretrained.backbone, heads, recipe.distil.temperature, recipe.distil.weight)
    return TaskModel(pretrained.backbone, heads)


def _check_r_drop(recipe: Recipe, tasks: Mapping[str, Task], heads: Mapping[str, Any]) -> None:
    """Raise `ConfigError` where two passes would answer the same, or their answers cannot be compared."""
    what_ko = what_en = ""
    if recipe.distil.teacher:
        what_ko, what_en = "distil.teacher 와", "a teacher"
    elif len(tasks) > 1:
        what_ko, what_en = "여러 과제를 함께 학습하는 것과", "several tasks at once"
    elif not all(isinstance(head, PooledHead) for head in heads.values()):
        what_ko, what_en = f"과제 {next(iter(tasks))} 와", f"the task {next(iter(tasks))}"
    if what_ko:
        raise ConfigError(
            say(
                f"train.r_drop: {what_ko} 함께 쓸 수 없습니다. --set train.r_drop=0",
                f"train.r_drop does not go with {what_en}. --set train.r_drop=0",
            )
        )
    if not recipe.model.dropout and not any(getattr(task.config, "dropout", 0.0) for task in tasks.values()):
        raise ConfigError(
            say(
                "train.r_drop: 드롭아웃이 0이면 두 번 물어도 답이 같습니다. --set model.dropout=0.1",
                "train.r_drop: without dropout both answers are the same. --set model.dropout=0.1",
            )
        )


def _check_positions(task: Task, pretrained: Pretrained) -> None:
    """Raise `ConfigError` when the task reads longer texts than the model has positions for."""
    positions = usable_positions(pretrained.backbone.config)
    if positions is not None and task.config.max_length > positions:
        raise ConfigError(
            say(
                f"max_length {task.config.max_length} 길이가 모델의 최대 길이 {positions} 보다 깁니다. --set task.max_length={positions}",
                f"max_length {task.config.max_length} exceeds the model's {positions} positions. --set task.max_length={positions}",
            )
        )


def _widen(task: Task, pretrained: Pretrained, recipe: Recipe) -> None:
    """Give the backbone the token types that a task needs; raise `ConfigError` where they would not be learned, or not be its own."""
    wish = task.token_types
    if wish is None:
        return
    if recipe.model.frozen_layers or len(recipe.tasks) > 1:
        why_ko, why_en = ("고정된 층 위에서는 (model.frozen_layers)", "on frozen layers (model.frozen_layers)")
        if len(recipe.tasks) > 1:
            why_ko, why_en = "여러 과제를 함께 학습할 때는", "beside other tasks"
        raise ConfigError(
            say(
                f"{wish.setting}: {why_ko} 토큰 종류의 임베딩을 배울 수 없습니다. --set {attach(wish.instead, '을/를')} 쓰세요.",
                f"{wish.setting}: embeddings of token types cannot be learned {why_en}. Use --set {wish.instead}.",
            )
        )
    widen_token_types(pretrained.backbone, wish.number)


def encode(task: Task, job: Job) -> tuple[list[Features], list[list[Features]]]:
    """Return all training windows, those of a lesson's texts behind the others, and the windows of each dev example."""
    examples = [*job.data.train.examples, *(job.lesson.texts.examples if job.lesson else [])]
    train = [window for windows in _encode(task, examples) for window in task.to_train(windows)]
    dev = list(_encode(task, job.data.dev.examples))
    release_unused_memory()
    return train, dev


def _encode(task: Task, examples: list[Any]) -> Iterator[list[Features]]:
    for start in range(0, len(examples), ENCODE_CHUNK):
        yield from task.encode(examples[start : start + ENCODE_CHUNK])
