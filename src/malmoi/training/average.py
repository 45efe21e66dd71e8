"""An exponential moving average of the weights (Polyak & Juditsky 1992): often better on dev than the last weights themselves."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from malmoi.training.groups import Group

_PIECE = 1 << 18


class WeightAverage:
    """The average of the masters of some groups, fp32: a ← f·a + (1 - f)·w after every step.

    The factor f of step n is min(decay, (1 + n) / (10 + n)), so that an average of few steps is not that of the first weights.
    """

    def __init__(self, groups: Sequence[Group], decay: float) -> None:
        self.decay = decay
        self.groups = groups
        self.weights: list[Tensor] = [group.master.clone() for group in groups]

    def update(self, num_steps: int) -> None:
        """Take in the weights after step `num_steps`, counted from 1."""
        factor = min(self.decay, (1 + num_steps) / (10 + num_steps))
        for average, group in zip(self.weights, self.groups, strict=True):
            average.lerp_(group.master, 1 - factor)

    def exchange(self) -> None:
        """Put the average in the place of the masters and of the working copies, and the masters in its own; again: back."""
        for average, group in zip(self.weights, self.groups, strict=True):
            for one, other in zip(average.view(-1).split(_PIECE), group.master.view(-1).split(_PIECE), strict=True):
                held = one.clone()
                one.copy_(other)
                other.copy_(held)
            group.refresh()

    def state(self) -> dict[str, Tensor]:
        """Return the average by group."""
        return {f"{i}.average": average for i, average in enumerate(self.weights)}
