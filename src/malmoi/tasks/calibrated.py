"""Tasks whose probabilities one temperature sets right: fitted on dev, folded into the head (Guo et al. 2017)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.metrics.calibration import fit_temperature
from malmoi.tasks.base import Task, TaskConfig, Window


@dataclass(frozen=True)
class CalibratedConfig(TaskConfig):
    """A `TaskConfig` with the `temperature` that has been folded into the weights: it is fitted on dev, not set."""

    temperature: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.temperature < float("inf"):
            raise ConfigError(
                say(
                    f"temperature {self.temperature:g}: 0보다 커야 합니다.",
                    f"temperature {self.temperature:g} must be above 0.",
                )
            )


class Calibrated(Task):
    """A task whose head can fold a temperature; its config is a `CalibratedConfig`."""

    @abstractmethod
    def labelled_logits(
        self, examples: Sequence[Any], windows: Sequence[Sequence[Window]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the logits float [n, classes] of what is annotated, and its classes int64 [n]."""

    def calibrate(self, examples: Sequence[Any], windows: Sequence[Sequence[Window]], head: Any) -> Self:
        """Fit the temperature on dev and fold it into the head's output layer; without annotations nothing changes."""
        logits, classes = self.labelled_logits(examples, windows)
        if not len(classes):
            return self
        temperature = fit_temperature(logits, classes)
        head.fold_temperature(temperature)
        return self.with_config(temperature=round(temperature, 4))

    def tuned(self) -> list[tuple[str, str, str]]:
        """Return the temperature."""
        fitted = "(dev 에서 맞춰 분류층에 접음 / fitted on dev, folded into the classifier)"
        return [("온도", "temperature", f"{self.config.temperature} {fitted}")]
