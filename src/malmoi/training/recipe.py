"""A recipe is everything needed to repeat a run: frozen dataclasses, written as JSON beside the weights.

    Recipe(tasks=(TaskRecipe("classification"),), data=DataRecipe(train="nsmc"), optim=OptimRecipe(lr=5e-5))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from malmoi.config import from_dict, to_dict
from malmoi.errors import ConfigError
from malmoi.messages import say


@dataclass(frozen=True)
class TaskRecipe:
    """The task's name and the fields of its own config that differ from its defaults."""

    name: str = "classification"
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataRecipe:
    """Where examples come from: a file or corpus name, column names, and how dev is chosen.

    Without `dev` (and without a dev split in the corpus) a share `dev_share` of the training examples is held out,
    chosen by `split_seed`. `limit` keeps the first rows of a seeded shuffle.
    """

    train: str = ""
    dev: str | None = None
    text: str | None = None
    pair: str | None = None
    label: str | None = None
    dev_share: float = 0.1
    split_seed: int = 0
    limit: int | None = None
    skip_bad: bool = False


@dataclass(frozen=True)
class ModelRecipe:
    """The backbone's name; `embeddings`: update the rows a batch uses, all of them, or none; dropout inside the layers."""

    name: str = "e5-small-ko"
    embeddings: Literal["rows", "all", "frozen"] = "rows"
    frozen_layers: int = 0
    dropout: float = 0.0


@dataclass(frozen=True)
class OptimRecipe:
    """AdamW (Loshchilov & Hutter 2019) with warm-up (share of all steps) and a schedule down to zero.

    `layer_decay` multiplies the learning rate once per layer below the head; `head_lr` multiplies it for the fresh head.
    """

    lr: float = 1e-4
    head_lr: float = 1.0
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    warmup: float = 0.1
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    clip_norm: float = 1.0


@dataclass(frozen=True)
class TrainRecipe:
    """The loop: `batch_size` windows for each update, `max_tokens` padded tokens for each pass through the model."""

    epochs: float = 3.0
    batch_size: int = 32
    max_tokens: int = 2048
    by_length: bool = True
    seed: int = 42
    evals_per_epoch: int = 1
    patience: int = 0
    checkpoint_minutes: float = 5.0
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    device: str = "auto"
    threads: int = 0
    calibrate: bool = True


@dataclass(frozen=True)
class Recipe:
    """A whole run."""

    tasks: tuple[TaskRecipe, ...] = (TaskRecipe(),)
    data: DataRecipe = DataRecipe()
    model: ModelRecipe = ModelRecipe()
    optim: OptimRecipe = OptimRecipe()
    train: TrainRecipe = TrainRecipe()

    def __post_init__(self) -> None:
        if len(self.tasks) != 1:
            raise ConfigError(say("지금은 과제 하나만 학습할 수 있습니다.", "exactly one task can be trained for the time being."))
        for name, low in (("epochs", 0), ("batch_size", 1), ("max_tokens", 1), ("evals_per_epoch", 1)):
            value = getattr(self.train, name)
            if value < low or (name == "epochs" and value <= 0):
                raise ConfigError(say(f"train.{name}={value}: {low} 보다 커야 합니다.", f"train.{name}={value} must be above {low}."))
        for name in ("lr", "head_lr", "layer_decay", "eps"):
            if getattr(self.optim, name) <= 0:
                raise ConfigError(say(f"optim.{name} 은(는) 0보다 커야 합니다.", f"optim.{name} must be above 0."))
        for value, name in ((self.data.dev_share, "data.dev_share"), (self.optim.warmup, "optim.warmup"), (self.model.dropout, "model.dropout")):
            if not 0 <= value < 1:
                raise ConfigError(say(f"{name}={value}: 0 이상 1 미만이어야 합니다.", f"{name}={value} must be in [0, 1)."))


def recipe_from_dict(values: dict[str, Any]) -> Recipe:
    """Build a recipe from JSON, strictly."""
    return from_dict(Recipe, values)


def recipe_to_dict(recipe: Recipe) -> dict[str, Any]:
    """Return the JSON form of a recipe."""
    return to_dict(recipe)
