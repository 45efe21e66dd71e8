"""Relations: KLUE-RE, and the sentences made from templates that show the task without a file."""

from __future__ import annotations

from malmoi.training.recipe import DataRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe


def klue_re() -> Recipe:
    """Return the recipe that `--data klue-re` implies."""
    return Recipe(
        tasks=(TaskRecipe("relations"),),
        data=DataRecipe(train="klue-re"),
        optim=OptimRecipe(lr=1e-4),
        train=TrainRecipe(epochs=4.0),
    )


def generated_re() -> Recipe:
    """Return the recipe that `--data generated-re` implies, a few minutes on two cores."""
    return Recipe(
        tasks=(TaskRecipe("relations", {"max_length": 128}),),
        data=DataRecipe(train="generated-re"),
        optim=OptimRecipe(lr=2e-4),
        train=TrainRecipe(epochs=5.0),
    )
