"""A recipe is everything needed to repeat a run: frozen dataclasses, written as JSON beside the weights.

Recipe(tasks=(TaskRecipe("classification"),), data=DataRecipe(train="nsmc"), optim=OptimRecipe(lr=5e-5))
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from malmoi.config import from_dict, to_dict
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.models.tfidf import TFIDF
from malmoi.tasks.settings import plain, range_words


@dataclass(frozen=True)
class DataRecipe:
    """Where examples come from: a file or corpus name, column names, and how dev is chosen.

    `separator` stands between the labels of one cell (several labels only); it is found when not given.
    Without `dev` (and without a dev split in the corpus) a share `dev_share` of the training examples is held out,
    chosen by `split_seed`. `limit` keeps the first rows of a seeded shuffle.
    """

    train: str = ""
    dev: str | None = None
    text: str | None = None
    pair: str | None = None
    label: str | None = None
    separator: str | None = None
    dev_share: float = 0.1
    split_seed: int = 0
    limit: int | None = None
    skip_bad: bool = False


@dataclass(frozen=True)
class TaskRecipe:
    """The task's name and the fields of its own config that differ from its defaults.

    The rest is for runs of several tasks on one backbone: `head` is what this one is called (by default its name), `data` what
    it learns from, and `weight` how many passes over its data an epoch of the run makes.
    """

    name: str = "classification"
    config: dict[str, Any] = field(default_factory=dict)
    head: str = ""
    data: DataRecipe | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class ModelRecipe:
    """The backbone's name; `embeddings`: update the rows a batch uses, all of them, or none; dropout inside the layers.

    `layers`: keep that many of the backbone's layers, evenly spaced up to its last (0: all of them).
    """

    name: str = "e5-small-ko"
    layers: int = 0
    embeddings: Literal["rows", "all", "frozen"] = "rows"
    frozen_layers: int = 0
    dropout: float = 0.0


@dataclass(frozen=True)
class OptimRecipe:
    """AdamW (Loshchilov & Hutter 2019) with warm-up (share of all steps) and a schedule down to zero.

    "muon" updates the matrices of the body by Muon (Jordan et al. 2024), at the same learning rate, and the rest by AdamW.
    `layer_decay` multiplies the learning rate once per layer below the head; `head_lr` multiplies it for the fresh head.
    """

    name: Literal["adamw", "muon"] = "adamw"
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
    """The loop: `batch_size` windows for each update, `max_tokens` padded tokens for each pass through the model.

    `ema`: the decay of an average of the weights, which is judged on dev and saved in their place (0: none, 0.999: of 1,000 steps).
    `r_drop`: the weight of R-Drop (Liang et al. 2021): every text is asked twice under dropout, and the answers shall agree (0: off).
    `tensorboard`: write scalars beside the weights; None: when the package is installed.
    """

    epochs: float = 3.0
    batch_size: int = 32
    max_tokens: int = 2048
    by_length: bool = True
    seed: int = 42
    evals_per_epoch: int = 1
    patience: int = 0
    ema: float = 0.0
    r_drop: float = 0.0
    checkpoint_minutes: float = 5.0
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    device: str = "auto"
    threads: int = 0
    calibrate: bool = True
    tensorboard: bool | None = None


@dataclass(frozen=True)
class DistilRecipe:
    """Learning from a finished run of the same task, the `teacher` (Hinton et al. 2015), instead of from labels alone.

    The teacher answers the training texts and `texts` without labels (a file or corpus; `limit` of a seeded shuffle). Its
    probabilities are softened by `temperature`; `weight` is the teacher's share of the loss of a text that has a label.
    """

    teacher: str = ""
    texts: str = ""
    limit: int | None = None
    temperature: float = 2.0
    weight: float = 0.9


@dataclass(frozen=True)
class Recipe:
    """A whole run; `data` belongs to its one task, several tasks bring their own."""

    tasks: tuple[TaskRecipe, ...] = (TaskRecipe(),)
    data: DataRecipe = DataRecipe()
    model: ModelRecipe = ModelRecipe()
    optim: OptimRecipe = OptimRecipe()
    train: TrainRecipe = TrainRecipe()
    distil: DistilRecipe = DistilRecipe()

    @property
    def is_joint(self) -> bool:
        """Whether its tasks bring their own data, to be trained together with an artifact of each."""
        return self.tasks[0].data is not None

    def __post_init__(self) -> None:
        _check_tasks(self.tasks)
        _check_student(self)
        if self.model.frozen_layers and self.model.embeddings == "all":
            raise ConfigError(
                say(
                    "model.frozen_layers 를 쓰면 임베딩도 고정됩니다. model.embeddings=all 을 빼세요.",
                    "model.frozen_layers freezes the embeddings below them too. Drop model.embeddings=all.",
                )
            )
        check_bounds(self, (*OWN_BOUNDS, *LOOP_BOUNDS))


Bounds = tuple[tuple[str, float, float], ...]


def check_bounds(recipe: Any, bounds: Bounds) -> None:
    """Raise `ConfigError` for a number of a recipe that is not within its bounds, `(path, low, high)`."""
    for path, low, high in bounds:
        section, _, name = path.partition(".")
        value = getattr(getattr(recipe, section), name)
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            words = range_words(value, low, high)
            raise ConfigError(
                say(f"{path}={plain(value)}: {words}인 수여야 합니다.", f"{path}={plain(value)} must be {words}.")
            )


def _check_student(recipe: Recipe) -> None:
    """Raise `ConfigError` for a student that is several, or no network."""
    if recipe.distil.teacher and len(recipe.tasks) > 1:
        raise ConfigError(
            say(
                "distil.teacher: 과제를 하나만 학습할 때 씁니다. 과제마다 따로 학습하세요.",
                "distil.teacher is for a single task. Train each by itself.",
            )
        )
    if recipe.model.name == TFIDF and (recipe.distil.teacher or recipe.model.layers):
        name = "distil.teacher" if recipe.distil.teacher else "model.layers"
        raise ConfigError(
            say(
                f"{name}: {TFIDF} 는 신경망이 아니어서 쓸 수 없습니다. --model 을 바꾸거나 빼세요.",
                f"{name}: {TFIDF} is no network. Change --model, or drop this.",
            )
        )


def _check_tasks(tasks: tuple[TaskRecipe, ...]) -> None:
    """Raise `ConfigError` for no task, and for several that cannot be told apart or lack their data."""
    if not tasks:
        raise ConfigError(
            say("tasks 가 비어 있습니다. 과제를 하나 이상 적으세요.", "tasks is empty: name at least one.")
        )
    names = [task.head or task.name for task in tasks]
    for i, (task, name) in enumerate(zip(tasks, names, strict=True)):
        if not (math.isfinite(task.weight) and 0 < task.weight <= 1e6):
            raise ConfigError(
                say(
                    f"tasks.{i}.weight={task.weight}: 0보다 커야 합니다.",
                    f"tasks.{i}.weight={task.weight} must be above 0.",
                )
            )
        if not HEAD_NAME.fullmatch(name) or name in RESERVED:
            raise ConfigError(
                say(
                    f"tasks.{i}.head={name!r}: 글자, 숫자, _, - 로 된 이름이어야 하고 {', '.join(RESERVED)} 는 쓸 수 없습니다.",
                    f"tasks.{i}.head={name!r} must be made of letters, digits, _ and -, and not be {', '.join(RESERVED)}.",
                )
            )
        if len(tasks) > 1 and (task.data is None or not task.data.train):
            raise ConfigError(
                say(
                    f"tasks.{i} ({name}): 과제가 여럿이면 과제마다 data.train 이 있어야 합니다.",
                    f"tasks.{i} ({name}): with several tasks each needs its own data.train.",
                )
            )
    if len(set(names)) < len(names):
        raise ConfigError(
            say(
                f"과제 이름이 겹칩니다: {', '.join(names)}. head 로 서로 다른 이름을 주세요.",
                f"two tasks share a name: {', '.join(names)}. Give them different ones with head.",
            )
        )


MULTI_TASK = "multi-task"  # the word in place of a task for several of them, which a recipe lists
HEAD_NAME = re.compile(r"[A-Za-z0-9가-힣_-]+")
RESERVED = ("baseline", "checkpoints", "tensorboard")  # folders of a run
_TINY, _HUGE, _BELOW_ONE = 1e-12, 1e12, 1 - 1e-9
OWN_BOUNDS: Bounds = (
    ("data.dev_share", 1e-6, 0.9), ("data.limit", 1, _HUGE),
    ("model.layers", 0, _HUGE), ("model.frozen_layers", 0, _HUGE), ("model.dropout", 0, _BELOW_ONE),
    ("distil.limit", 1, _HUGE), ("distil.temperature", 0.05, 100), ("distil.weight", 0, 1),
)  # fmt: skip
LOOP_BOUNDS: Bounds = (
    ("optim.lr", _TINY, 10), ("optim.head_lr", _TINY, _HUGE), ("optim.layer_decay", _TINY, 1), ("optim.weight_decay", 0, 10),
    ("optim.beta1", 0, _BELOW_ONE), ("optim.beta2", 0, _BELOW_ONE), ("optim.eps", _TINY, 1),
    ("optim.warmup", 0, _BELOW_ONE), ("optim.clip_norm", 0, _HUGE),
    ("train.epochs", 1e-6, _HUGE), ("train.batch_size", 1, _HUGE), ("train.max_tokens", 1, _HUGE), ("train.seed", 0, 1 << 53),
    ("train.evals_per_epoch", 1, _HUGE), ("train.patience", 0, _HUGE), ("train.ema", 0, 1 - 1e-6), ("train.r_drop", 0, 100),
    ("train.checkpoint_minutes", 0, _HUGE), ("train.threads", 0, 4096),
)  # fmt: skip


def recipe_from_dict(values: dict[str, Any]) -> Recipe:
    """Build a recipe from JSON, strictly."""
    return from_dict(Recipe, values)


def with_defaults(values: dict[str, Any], kind: type[Any] = Recipe) -> dict[str, Any]:
    """Return a stored recipe with the fields that it lacks, being older than they are; as it is when it cannot be read."""
    try:
        return to_dict(from_dict(kind, values))
    except ConfigError:
        return values


def recipe_to_dict(recipe: Recipe) -> dict[str, Any]:
    """Return the JSON form of a recipe."""
    return to_dict(recipe)
