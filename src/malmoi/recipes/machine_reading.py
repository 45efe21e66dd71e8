"""Machine reading: KorQuAD 1.0 and KLUE-MRC with the embedded model."""

from __future__ import annotations

from malmoi.training.recipe import DataRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe


def korquad_1() -> Recipe:
    """Return the recipe that `--data korquad-1` implies: two epochs of windows of 384 tokens."""
    return _reading("korquad-1", epochs=2.0)


def klue_mrc() -> Recipe:
    """Return the recipe that `--data klue-mrc` implies: fewer questions on longer texts, so three epochs of longer windows."""
    return _reading("klue-mrc", epochs=3.0, max_length=512)


def _reading(corpus: str, epochs: float, **config: int) -> Recipe:
    return Recipe(
        tasks=(TaskRecipe("extraction", dict(config)),),
        data=DataRecipe(train=corpus),
        optim=OptimRecipe(lr=1e-4),
        train=TrainRecipe(epochs=epochs),
    )
