"""Parsing: treebanks are small, and the large fresh head learns ten times as fast as the backbone.

These settings hold for any data of the task; a treebank that asks for others has a recipe of its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from malmoi.training.recipe import DataRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe


def parsing() -> Recipe:
    """Return the settings of the task, whatever the data.

    >>> parsing().optim.head_lr
    10.0
    """
    return Recipe(
        tasks=(TaskRecipe("parsing"),),
        optim=OptimRecipe(lr=1e-4, head_lr=10.0),
        train=TrainRecipe(epochs=5.0, batch_size=16),
    )


def ud_gsd_tree() -> Recipe:
    """Return the recipe that `--data ud-gsd-tree` implies: 4,400 sentences take more epochs."""
    own = parsing()
    return replace(own, data=DataRecipe(train="ud-gsd-tree"), train=replace(own.train, epochs=10.0))


TREE_RECIPES: dict[str, Callable[[], Recipe]] = {"ud-gsd-tree": ud_gsd_tree}
