"""One optimizer step after another, as a generator; saving, logging and stopping belong to whoever consumes it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch

from malmoi.data.batching import Update, padded_tokens, plan_epoch
from malmoi.data.features import Features, padded_length
from malmoi.data.permutation import Permutation
from malmoi.errors import NonFiniteLoss
from malmoi.messages import say
from malmoi.models.language_model import LanguageModel
from malmoi.models.task_model import TaskModel, batch_to_tensors
from malmoi.tasks.base import Task
from malmoi.tasks.pretraining import Objective
from malmoi.training.optim import FlatOptimizer
from malmoi.training.recipe import TrainRecipe


@dataclass(frozen=True)
class StepReport:
    """What one optimizer step did; `loss` is the mean over its terms, `tokens` counts padding too."""

    step: int
    num_steps: int
    epoch: int
    loss: float
    lr: float
    grad_norm: float
    examples: int
    tokens: int
    seconds: float


@dataclass(frozen=True)
class Plan:
    """All updates of a run: full epochs and a last partial one, each reproducible from (seed, epoch)."""

    lengths: np.ndarray
    recipe: TrainRecipe
    max_length: int = 1 << 30

    @cached_property
    def padded(self) -> np.ndarray:
        """The lengths that batches are planned and counted with, rounded up as `pad` does."""
        return padded_length(self.lengths, self.max_length)

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps of one pass over the data."""
        return math.ceil(len(self.lengths) / self.recipe.batch_size)

    @property
    def num_steps(self) -> int:
        """Optimizer steps of the whole run."""
        return max(1, round(self.steps_per_epoch * self.recipe.epochs))

    def epoch(self, number: int) -> list[Update]:
        """Return the updates of an epoch, counted from 0."""
        r = self.recipe
        return plan_epoch(self.padded, r.batch_size, r.max_tokens, r.seed, number, by_length=r.by_length)

    def tokens(self, update: Update) -> int:
        """Return the tokens an update computes, padding included."""
        return padded_tokens([update], self.padded)

    def from_step(self, step: int) -> Iterator[tuple[int, int, Update]]:
        """Yield `(step, epoch, update)` from a step on, to the end."""
        while step < self.num_steps:
            epoch, cursor = divmod(step, self.steps_per_epoch)
            for update in self.epoch(epoch)[cursor:]:
                if step >= self.num_steps:
                    return
                yield step, epoch, update
                step += 1


@dataclass(frozen=True)
class BlockPlan:
    """All updates of a run over `num_blocks` blocks of the same `length`, in an order that takes no memory to shuffle.

    An update takes `batch_size` blocks wherever an epoch ends; the blocks left at the end of an epoch make a smaller one.
    """

    num_blocks: int
    length: int
    recipe: TrainRecipe

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps of one pass over the data."""
        return math.ceil(self.num_blocks / self.recipe.batch_size)

    @property
    def num_steps(self) -> int:
        """Optimizer steps of the whole run."""
        return max(1, round(self.steps_per_epoch * self.recipe.epochs))

    def tokens(self, update: Update) -> int:
        """Return the tokens an update computes."""
        return sum(map(len, update)) * self.length

    def update(self, step: int) -> Update:
        """Return the micro-batches of a step, each within `max_tokens`."""
        epoch, cursor = divmod(step, self.steps_per_epoch)
        first = cursor * self.recipe.batch_size
        places = np.arange(first, min(first + self.recipe.batch_size, self.num_blocks))
        rows = Permutation(self.num_blocks, self.recipe.seed, epoch).take(places)
        most = max(1, self.recipe.max_tokens // self.length)
        return [rows[i : i + most] for i in range(0, len(rows), most)]

    def from_step(self, step: int) -> Iterator[tuple[int, int, Update]]:
        """Yield `(step, epoch, update)` from a step on, to the end."""
        for number in range(step, self.num_steps):
            yield number, number // self.steps_per_epoch, self.update(number)


Model = TaskModel | LanguageModel


@dataclass(frozen=True)
class Lane:
    """What one task of a run trains: its model (the backbone and its own head), its windows and its updates."""

    model: Model
    task: Task | Objective
    features: Sequence[Features]
    plan: Plan | BlockPlan
    arrays: Mapping[str, np.ndarray] = field(
        default_factory=dict
    )  # with a row for each window, which the loss reads too


@dataclass(frozen=True)
class Course:
    """All updates of a run: those of one lane in their order, or of several lanes mixed by a seeded shuffle.

    Each update belongs to one lane, and lanes take turns as often as their plans have steps.
    """

    lanes: tuple[Lane, ...]
    recipe: TrainRecipe

    @property
    def num_steps(self) -> int:
        """Optimizer steps of the whole run."""
        return sum(lane.plan.num_steps for lane in self.lanes)

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps of one epoch of the run."""
        if len(self.lanes) == 1:
            return self.lanes[0].plan.steps_per_epoch
        return max(1, round(self.num_steps / self.recipe.epochs))

    @cached_property
    def order(self) -> np.ndarray:
        """The lane of every step, int [num_steps]."""
        turns = np.repeat(np.arange(len(self.lanes)), [lane.plan.num_steps for lane in self.lanes])
        return turns if len(self.lanes) == 1 else np.random.default_rng(self.recipe.seed).permutation(turns)

    def from_step(self, step: int) -> Iterator[tuple[int, int, Lane, Update]]:
        """Yield `(step, epoch, lane, update)` from a step on, to the end."""
        done = np.bincount(self.order[:step], minlength=len(self.lanes))
        updates = [lane.plan.from_step(int(count)) for lane, count in zip(self.lanes, done, strict=True)]
        for turn in self.order[step:]:
            _, _, update = next(updates[turn])
            yield step, step // self.steps_per_epoch, self.lanes[turn], update
            step += 1


def train_steps(
    course: Course,
    optimizer: FlatOptimizer,
    rate: Callable[[int], float],
    device: torch.device,
) -> Iterator[StepReport]:
    """Train from `optimizer.num_steps` to the end of the course, yielding a report after each step.

    The loss of an update is the sum over its micro-batches divided by the number of its terms, so cutting an update
    differently changes nothing. Raises `NonFiniteLoss` before the weights are touched.
    """
    for step, epoch, lane, update in course.from_step(optimizer.num_steps):
        began = time.perf_counter()
        lane.model.train()
        seed = (course.recipe.seed, step)
        now = replace(lane, task=lane.task.at(step / course.num_steps))
        loss, terms = accumulate(now, update, device, seed)
        norm = optimizer.gradient_norm(1 / terms)
        _check_finite(loss / terms, norm, step, lane, update, optimizer)
        lr = rate(step)
        optimizer.step(lr, 1 / terms, norm)
        examples = sum(len(batch) for batch in update)
        tokens = lane.plan.tokens(update)
        seconds = time.perf_counter() - began
        yield StepReport(step + 1, course.num_steps, epoch, loss / terms, lr, norm, examples, tokens, seconds)


def accumulate(lane: Lane, update: Update, device: torch.device, seed: tuple[int, ...]) -> tuple[float, float]:
    """Add the gradients of an update's summed loss; return the sum and its number of terms.

    Whatever is random in a step (masking, dropout) is drawn from `seed`, so a step repeats after a restart.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(int(rng.integers(1 << 62)))
    total, terms = 0.0, 0.0
    for rows in update:
        tensors = batch_to_tensors(lane.task.collate([lane.features[i] for i in rows], rng), device)
        tensors |= {name: torch.from_numpy(array[rows]).to(device) for name, array in lane.arrays.items()}
        loss, count = lane.model.loss(lane.task.name, tensors)
        loss.backward()
        total += float(loss.detach())
        terms += float(count)
    return total, terms or 1.0


def _check_finite(loss: float, norm: float, step: int, lane: Lane, update: Update, optimizer: FlatOptimizer) -> None:
    if math.isfinite(loss) and math.isfinite(norm):
        return
    optimizer.clear()
    rows = ", ".join(str(int(i)) for i in np.concatenate(update)[:8])
    raise NonFiniteLoss(
        say(
            f"{step + 1}번째 단계에서 손실이 유한하지 않습니다 (loss={loss}, 기울기 노름={norm}; 과제 {lane.task.name}, 학습 창 번호 {rows} …). "
            "가중치는 바뀌지 않았습니다. 학습률을 낮추거나(--set optim.lr=5e-5) --set train.precision=fp32 로 다시 해 보세요.",
            f"the loss is not finite at step {step + 1} (loss={loss}, gradient norm={norm}; task {lane.task.name}, training windows {rows} …). "
            "The weights are untouched. Try a lower --set optim.lr=5e-5 or --set train.precision=fp32.",
        )
    )
