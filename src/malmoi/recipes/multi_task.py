"""Several tasks on one backbone: inference and similarity of sentence pairs, which learn from each other."""

from __future__ import annotations

from malmoi.training.recipe import DataRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe


def pairs() -> Recipe:
    """KLUE-NLI (its dev file, split) and KorSTS together: `malmoi train multi-task --recipe pairs --out runs/pairs`."""
    return Recipe(
        tasks=(
            TaskRecipe("classification", head="nli", data=DataRecipe(train="klue-nli-small")),
            TaskRecipe("regression", head="sts", data=DataRecipe(train="korsts")),
        ),
        optim=OptimRecipe(lr=1e-4),
        train=TrainRecipe(epochs=5.0),
    )
