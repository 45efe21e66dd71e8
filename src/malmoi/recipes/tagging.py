"""Tagging: entities of KLUE-NER, parts of speech of the Korean treebanks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from malmoi.training.recipe import DataRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe


def tagging() -> Recipe:
    """Return the settings of the task, whatever the data: the fresh head of characters learns faster than the backbone.

    >>> tagging().tasks[0].name
    'tagging'
    """
    return Recipe(
        tasks=(TaskRecipe("tagging"),), optim=OptimRecipe(lr=1e-4, head_lr=10.0), train=TrainRecipe(epochs=5.0)
    )


def _of_corpus(corpus: str, epochs: float, **config: Any) -> Recipe:
    own = tagging()
    return replace(
        own,
        tasks=(TaskRecipe("tagging", config),),
        data=DataRecipe(train=corpus),
        train=replace(own.train, epochs=epochs),
    )


TAG_RECIPES: dict[str, Callable[[], Recipe]] = {
    "klue-ner": partial(_of_corpus, "klue-ner", 4.0, main_score="klue_ner_entity_f1"),
    "ud-gsd": partial(_of_corpus, "ud-gsd", 8.0),
    "ud-gsd-xpos": partial(_of_corpus, "ud-gsd-xpos", 10.0, min_count=2),
}
