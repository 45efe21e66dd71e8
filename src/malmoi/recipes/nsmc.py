"""NSMC: two-way sentiment of 134,596 film reviews with the embedded model."""

from __future__ import annotations

from malmoi.training.recipe import DataRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe


def nsmc() -> Recipe:
    """Return the recipe that `--data nsmc` implies: one plain epoch."""
    return Recipe(
        tasks=(TaskRecipe("classification"),),
        data=DataRecipe(train="nsmc"),
        optim=OptimRecipe(lr=1e-4),
        train=TrainRecipe(epochs=1.0),
    )
