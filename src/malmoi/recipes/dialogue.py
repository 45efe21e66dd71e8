"""Dialogue states: WoS, and the dialogues made from templates that show the task with nothing but the ontology."""

from __future__ import annotations

from malmoi.training.recipe import DataRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe


def klue_wos() -> Recipe:
    """Return the recipe that `--data klue-wos` implies; an epoch is some 57,000 turns of several hundred tokens."""
    return Recipe(
        tasks=(TaskRecipe("dialogue"),),
        data=DataRecipe(train="klue-wos"),
        optim=OptimRecipe(lr=1e-4, head_lr=5.0),
        train=TrainRecipe(epochs=3.0),
    )


def generated_wos() -> Recipe:
    """Return the recipe that `--data generated-wos` implies."""
    return Recipe(
        tasks=(TaskRecipe("dialogue", {"max_length": 256}),),
        data=DataRecipe(train="generated-wos"),
        optim=OptimRecipe(lr=2e-4, head_lr=5.0),
        train=TrainRecipe(epochs=5.0, batch_size=16),
    )
