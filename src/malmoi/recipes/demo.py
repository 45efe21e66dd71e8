"""The demo: three-way sentiment of 640 review-like sentences, done in about half a minute on two cores."""

from __future__ import annotations

from malmoi.training.recipe import DataRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe


def demo() -> Recipe:
    """Return the recipe of `malmoi demo`, labels in their natural order."""
    return Recipe(
        tasks=(TaskRecipe("classification", {"labels": ["부정", "중립", "긍정"], "max_length": 64}),),
        data=DataRecipe(train="demo"),
        optim=OptimRecipe(lr=1e-4),
        train=TrainRecipe(epochs=4.0, batch_size=16),
    )
