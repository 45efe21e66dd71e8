"""Tiny models and runs for the tests of tasks, training and inference."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from malmoi.data.features import Features
from malmoi.errors import MalmoiError
from malmoi.models.backbone import load_backbone, widen_token_types
from malmoi.models.task_model import TaskModel
from malmoi.tasks import Task
from malmoi.training.checkpoint import prune_checkpoints, save_checkpoint
from malmoi.training.loop import Course, Lane, Plan, StepReport, train_steps
from malmoi.training.optim import FlatOptimizer, build_optimizer, schedule
from malmoi.training.recipe import DataRecipe, ModelRecipe, OptimRecipe, Recipe, TrainRecipe
from malmoi.training.reporters import Reporter

CPU = torch.device("cpu")
FP32, BF16 = torch.float32, torch.bfloat16


def backbone_config(kind: str, vocab_size: int, **changes: Any) -> Any:
    """A configuration of 2 layers × 32 of a model type."""
    from transformers import AutoConfig

    values: dict[str, Any] = {
        "vocab_size": vocab_size,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 514,
        "type_vocab_size": 1 if "roberta" in kind else 2,
        "pad_token_id": 0,
    }
    if kind == "electra":
        values["embedding_size"] = 16
    return AutoConfig.for_model(kind, **(values | changes))


def save_backbone(kind: str, folder: Path, tokenizer_from: Path, **changes: Any) -> Path:
    """Write a random backbone of a model type with the tokenizer of another folder."""
    from tokenizers import Tokenizer
    from transformers import AutoModel

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer_from / name, folder / name)
    vocab_size = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab_size()
    torch.manual_seed(1)
    model = AutoModel.from_config(backbone_config(kind, vocab_size, **changes))
    with torch.no_grad():  # biases and norms that a mistake would show
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    return folder


def demo_model(
    task_class: type[Task],
    folder: Path,
    examples: list[Any] | None = None,
    *,
    layer_dropout: float = 0.0,
    seed: int = 0,
    **config: Any,
) -> tuple[Task, TaskModel]:
    """A task on its own demo examples and a model with a fresh head."""
    examples = task_class.demo() if examples is None else examples
    pretrained = load_backbone(str(folder), layer_dropout)
    task = task_class(task_class.configure(task_class.config_class(**config), examples), pretrained.tokenizer)
    torch.manual_seed(seed)
    if task.token_types is not None:
        widen_token_types(pretrained.backbone, task.token_types.number)
    return task, TaskModel(pretrained.backbone, {task.name: task.build_head(pretrained.backbone.config)})


def windows_of(task: Task, examples: list[Any]) -> list[Features]:
    """All windows of the examples in one list."""
    return [window for windows in task.encode(examples) for window in windows]


class Training:
    """A model in training outside any folder: model, plan, optimizer and the generator of steps."""

    def __init__(
        self, task: Task, model: TaskModel, examples: list[Any], train: TrainRecipe, optim: OptimRecipe,
        dtype: torch.dtype = FP32, embeddings: str = "rows",
    ) -> None:  # fmt: skip
        self.task, self.model = task, model
        self.features = windows_of(task, examples)
        self.plan = Plan(np.array([len(f) for f in self.features]), train)
        self.optimizer: FlatOptimizer = build_optimizer(model, optim, dtype, embeddings, ema=train.ema)
        self.rate = schedule(optim, self.plan.num_steps)

    def steps(self) -> Iterator[StepReport]:
        """The remaining steps."""
        course = Course((Lane(self.model, self.task, self.features, self.plan),), self.plan.recipe)
        return train_steps(course, self.optimizer, self.rate, CPU)

    def weights(self) -> dict[str, torch.Tensor]:
        """Copies of all parameters as the model sees them."""
        return {name: p.detach().clone() for name, p in self.model.named_parameters()}


def same_weights(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    """Whether two sets of weights are equal to the last bit."""
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def tiny_recipe(folder: Path, data: Path | str, **changes: Any) -> Recipe:
    """A run of a few seconds on one thread: dropout, accumulation and four evaluations on the way."""
    train = TrainRecipe(
        epochs=4, batch_size=4, max_tokens=40, precision="fp32", threads=1, checkpoint_minutes=1e6, calibrate=False,
        tensorboard=False,
    )  # fmt: skip
    recipe = Recipe(
        data=DataRecipe(train=str(data), dev=str(data)),
        model=ModelRecipe(name=str(folder), dropout=0.1),
        optim=OptimRecipe(lr=3e-3),
        train=train,
    )
    for field, values in changes.items():
        recipe = replace(recipe, **{field: replace(getattr(recipe, field), **values)})
    return recipe


class Quiet(Reporter):
    """Prints nothing and keeps what it was told; `at[step]` is called with the report of that step."""

    def __init__(self, at: dict[int, Any] | None = None) -> None:
        super().__init__(quiet=True)
        self.at = at or {}
        self.notes: list[str] = []
        self.stages: list[tuple[int, list[str]]] = []
        self.reports: list[StepReport] = []
        self.resumed_at = 0

    def stage(self, number: int, lines: Any) -> None:
        self.stages.append((number, list(lines)))

    def note(self, text: str) -> None:
        self.notes.append(text)

    def start(self, step: int, num_steps: int) -> None:
        self.resumed_at = step

    def step(self, report: StepReport) -> None:
        self.reports.append(report)
        if action := self.at.get(report.step):
            action(report)


def fit_with_signals(recipe: Recipe, out: Path, step: int, numbers: tuple[int, ...]) -> None:
    """Run `fit` in a process of its own that sends itself signals after a step; exits as the command would."""
    from malmoi.training.fit import fit

    def send(report: StepReport) -> None:
        for number in numbers:
            os.kill(os.getpid(), number)

    _exit_like_the_command(lambda: fit(recipe, out, reporter=Quiet({step: send})))


def fit_and_wait(recipe: Recipe, out: Path, ready: Any, go_on: Any) -> None:
    """Run `fit` until its third step, say so, and wait there."""
    from malmoi.training.fit import fit

    def wait(report: StepReport) -> None:
        ready.set()
        go_on.wait(60)

    _exit_like_the_command(lambda: fit(recipe, out, reporter=Quiet({3: wait})))


def fit_killed_at(recipe: Recipe, out: Path, operation: int) -> None:
    """Run `fit` and die by SIGKILL right before its `operation`-th change of a file or folder."""
    from malmoi.training.fit import fit

    os.fsync = lambda descriptor: None  # type: ignore[assignment] (as in conftest)
    die_at(operation)
    _exit_like_the_command(lambda: fit(recipe, out, reporter=Quiet()))


def pretrain_killed_at(recipe: Any, out: Path, cache: Path, operation: int) -> None:
    """Run `pretrain`, its corpus tokenised in small chunks, and die by SIGKILL right before its `operation`-th change of a file."""
    from malmoi.data.store import build
    from malmoi.training.pretrain import pretrain

    os.environ["MALMOI_CACHE"] = str(cache)
    build._CHUNK_DOCUMENTS, build._SAVE_SECONDS = 16, 0.0  # type: ignore[assignment]
    os.fsync = lambda descriptor: None  # type: ignore[assignment] (as in conftest)
    die_at(operation)
    _exit_like_the_command(lambda: pretrain(recipe, out, reporter=Quiet()))


def fit_with_small_disk(recipe: Recipe, out: Path, num_bytes: int, message_file: Path) -> None:
    """Run `fit` where no file may grow above `num_bytes`, as the kernel enforces it."""
    import resource

    from malmoi.training.fit import fit

    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, num_bytes))
    _exit_like_the_command(lambda: fit(recipe, out, reporter=Quiet()), message_file)


def _exit_like_the_command(run: Any, message_file: Path | None = None) -> None:
    os.fsync = lambda descriptor: None  # type: ignore[assignment] (as in conftest)
    try:
        run()
    except MalmoiError as error:
        if message_file:
            message_file.write_text(str(error), encoding="utf-8")
        sys.exit(error.exit_code)


def step_tensors(step: int) -> dict[str, torch.Tensor]:
    """What the optimizer might hold after a step."""
    return {"0.master": torch.full((7, 3), float(step)), "0.moment1": torch.arange(5.0) + step}


def save_step(folder: Path, step: int) -> None:
    """Save `step_tensors(step)` as the checkpoint of a step."""
    save_checkpoint(folder / f"step-{step:08d}", step_tensors(step), {"num_steps": step, "메모": "저장"})


def save_and_prune_killed_at(folder: Path, operation: int) -> None:
    """Write `best` anew and step 3 beside steps 1 and 2, remove the oldest; die at an operation."""
    die_at(operation)
    save_checkpoint(folder / "best", step_tensors(3), {"num_steps": 3})
    save_step(folder, 3)
    prune_checkpoints(folder, keep=2)


def die_at(operation: int) -> None:
    """Send this process SIGKILL right before its n-th change of a file or folder from now on (1 is the first)."""
    import builtins
    import io

    import safetensors.torch

    count = 0

    def counted(function: Any, writes: Any = lambda *args, **kwargs: True) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            if writes(*args, **kwargs):
                count += 1
                if count == operation:
                    os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return run

    def opened_to_write(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> bool:
        return any(letter in mode for letter in "wax+") and not isinstance(file, int)

    for name in ("replace", "rename", "mkdir", "rmdir", "unlink", "remove", "fsync"):
        setattr(os, name, counted(getattr(os, name)))
    shutil.rmtree.avoids_symlink_attacks = False  # type: ignore[attr-defined]
    shutil._use_fd_functions = False  # type: ignore[attr-defined]
    save = safetensors.torch.save_file
    safetensors.torch.save_file = _half_then_whole(save, counted)
    builtins.open = io.open = counted(open, opened_to_write)  # type: ignore[assignment]


def _half_then_whole(save: Any, counted: Any) -> Any:
    """`save_file` in three steps: nothing yet, half of the bytes there, all of them."""

    def half(tensors: Any, path: Any, metadata: Any = None) -> None:
        save(tensors, path, metadata=metadata)
        content = Path(path).read_bytes()
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC)
        os.write(descriptor, content[: len(content) // 2])
        os.close(descriptor)

    first, second = counted(half), counted(save)

    def run(tensors: Any, path: Any, metadata: Any = None) -> None:
        first(tensors, path, metadata)
        second(tensors, path, metadata=metadata)

    return run
