"""The smaller text and pair corpora whose training differs from the defaults (3 epochs, lr 1e-4, first-token pooling).

Small sets of pairs take more epochs at a lower rate; where some classes are rare, macro F1 chooses the checkpoint (it is the
official score of the hate-speech corpora); the millions of KorNLI take one. Corpora that stand nowhere here use the defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from malmoi.training.recipe import DataRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe


@dataclass(frozen=True)
class Settings:
    """What a corpus asks for: its task with the fields of its config, and the schedule."""

    epochs: float = 3.0
    lr: float = 1e-4
    task: str = "classification"
    config: dict[str, Any] = field(default_factory=dict)


_MACRO = {"main_score": "macro_f1"}
SETTINGS = {
    "3i4k": Settings(2.0),
    "hate-speech": Settings(config=_MACRO),
    "hate-speech-bias": Settings(config=_MACRO),
    "hate-speech-gender": Settings(config=_MACRO),
    "klue-nli": Settings(4.0),
    "klue-nli-small": Settings(5.0),
    "kmhas": Settings(2.0, task="multi-label"),
    "kmhas-small": Settings(5.0, task="multi-label"),
    "kornli": Settings(1.0),
    "kornli-small": Settings(5.0),
    "korsts": Settings(5.0, task="regression"),
    "parakqc-domain": Settings(2.0, config={"reject": True}),
    "nli-small": Settings(4.0),
    "paws": Settings(8.0, lr=5e-5),
    "sae4k": Settings(3.0, config=_MACRO),
}


def text_corpus(name: str) -> Recipe:
    """Return the recipe that `--data NAME` implies.

    >>> text_corpus("korsts").tasks[0].name
    'regression'
    """
    own = SETTINGS[name]
    return Recipe(
        tasks=(TaskRecipe(own.task, dict(own.config)),),
        data=DataRecipe(train=name),
        optim=OptimRecipe(lr=own.lr),
        train=TrainRecipe(epochs=own.epochs),
    )


TEXT_RECIPES: dict[str, Callable[[], Recipe]] = {name: partial(text_corpus, name) for name in SETTINGS}
