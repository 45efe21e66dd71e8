"""Everything needed to repeat a pretraining run: frozen dataclasses, written as JSON beside the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from malmoi.config import from_dict, to_dict
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.training.recipe import LOOP_BOUNDS, Bounds, OptimRecipe, TrainRecipe, check_bounds


@dataclass(frozen=True)
class CorpusRecipe:
    """Text files and corpora by name; a document is a line or a paragraph between blank lines ("auto": as the file looks).

    `dev` is a file of documents to judge on; without one a share `dev_share` of the documents is held out, `dev_documents` at most.
    `sentences` says who finds sentences where they are needed: simple rules, or Kiwi (slower, knows endings without a full stop).
    """

    files: tuple[str, ...] = ()
    documents: Literal["auto", "line", "paragraph"] = "auto"
    sentences: Literal["rules", "kiwi"] = "rules"
    dev: str | None = None
    dev_share: float = 0.01
    dev_documents: int = 500
    text: str | None = None


@dataclass(frozen=True)
class ObjectiveRecipe:
    """What is learnt: `length` tokens at a time; the rest is for masked models. `last_mask_rate` None: the rate stays."""

    family: Literal["bert", "roberta", "gpt"] = "bert"
    length: int = 128
    mask_rate: float = 0.15
    last_mask_rate: float | None = None
    whole_words: bool = False
    next_sentence: bool = True

    @property
    def reads_pairs(self) -> bool:
        """Whether two passages are read at a time, the second being the next one or not."""
        return self.family == "bert" and self.next_sentence


@dataclass(frozen=True)
class NetworkRecipe:
    """A new network of a `size` with a `tokenizer`, or a `base` to go on from (with another tokenizer: new embeddings)."""

    size: str = "4x192"
    base: str | None = None
    tokenizer: str | None = None


@dataclass(frozen=True)
class BudgetRecipe:
    """How long: hours on this machine, or optimizer steps, or else `train.epochs`; the learning rate ends at zero then."""

    hours: float | None = None
    steps: int | None = None
    evaluations: int = 10


@dataclass(frozen=True)
class PretrainRecipe:
    """A whole pretraining run."""

    corpus: CorpusRecipe = CorpusRecipe()
    objective: ObjectiveRecipe = ObjectiveRecipe()
    network: NetworkRecipe = NetworkRecipe()
    budget: BudgetRecipe = BudgetRecipe()
    optim: OptimRecipe = OptimRecipe(lr=1e-3, weight_decay=0.1, beta2=0.98, warmup=0.05)
    train: TrainRecipe = TrainRecipe(epochs=1.0, batch_size=64, max_tokens=4096)

    def __post_init__(self) -> None:
        check_bounds(self, (*_BOUNDS, *LOOP_BOUNDS))
        if self.budget.hours is not None and self.budget.steps is not None:
            raise ConfigError(say("--hours 와 --steps 는 함께 쓸 수 없습니다.", "give --hours or --steps, not both."))
        masked_only = {"mask_rate": 0.15, "last_mask_rate": None, "whole_words": False}
        for name, default in masked_only.items():
            if self.objective.family == "gpt" and getattr(self.objective, name) != default:
                raise ConfigError(
                    say(f"objective.{name} 항목은 gpt 에 쓰이지 않습니다.", f"objective.{name} means nothing for gpt.")
                )
        for name in ("evals_per_epoch", "patience", "calibrate", "r_drop"):
            if getattr(self.train, name) != getattr(TrainRecipe(), name):
                raise ConfigError(
                    say(
                        f"train.{name} 항목은 사전 학습에 쓰이지 않습니다. 평가 횟수는 budget.evaluations 로 정합니다.",
                        f"train.{name} means nothing for pretraining. How often it is judged is budget.evaluations.",
                    )
                )


_BOUNDS: Bounds = (
    ("corpus.dev_share", 1e-9, 0.9), ("corpus.dev_documents", 1, 1e6), ("objective.length", 8, 1 << 16),
    ("objective.mask_rate", 1e-3, 0.9), ("objective.last_mask_rate", 1e-3, 0.9), ("budget.hours", 1e-4, 1e5),
    ("budget.steps", 1, 1e12), ("budget.evaluations", 1, 1e6),
)  # fmt: skip


def pretrain_recipe_from_dict(values: dict[str, Any]) -> PretrainRecipe:
    """Build a recipe from JSON, strictly."""
    return from_dict(PretrainRecipe, values)


def pretrain_recipe_to_dict(recipe: PretrainRecipe) -> dict[str, Any]:
    """Return the JSON form of a recipe."""
    return to_dict(recipe)
