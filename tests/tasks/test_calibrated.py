"""One temperature, fitted on dev: the least loss, folded into the head, kept in the config."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from malmoi.data.examples import TextExample
from malmoi.errors import ConfigError
from malmoi.metrics.calibration import fit_temperature
from malmoi.tasks import TASKS, Task, Window
from malmoi.tasks.calibrated import Calibrated, CalibratedConfig
from malmoi.tasks.classification import Classification, ClassificationConfig
from malmoi.tasks.classification.task import ClassificationFeatures

LOGITS = np.array([[2.0, 0.0], [0.0, 3.0], [1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
EXAMPLES = [TextExample("글", label=label) for label in ("가", "나", "나", "나")]
calibrated = [task for task in TASKS if issubclass(task, Calibrated)]


class Scaled:
    """A head that only notes by what it was to be scaled."""

    def __init__(self) -> None:
        self.temperatures: list[float] = []

    def fold_temperature(self, temperature: float) -> None:
        self.temperatures.append(temperature)


def windows() -> list[list[Window]]:
    nothing: Any = np.zeros(1, dtype=np.int32)
    return [[Window(ClassificationFeatures(nothing, nothing), {"logits": row})] for row in LOGITS]


def test_the_temperature_is_fitted_folded_and_kept() -> None:
    task = Classification(ClassificationConfig(labels=("가", "나")), None)
    head = Scaled()
    tuned = task.calibrate(EXAMPLES, windows(), head)
    expected = fit_temperature(LOGITS, np.array([0, 1, 1, 1]))
    assert head.temperatures == [expected] and expected != 1.0
    assert tuned.config.temperature == round(expected, 4) and task.config.temperature == 1.0
    assert str(tuned.config.temperature) in tuned.tuned()[0][2]


def test_without_annotations_nothing_changes() -> None:
    task = Classification(ClassificationConfig(labels=("가", "나"), reject=True), None)
    foreign = [TextExample("글", label="ood") for _ in EXAMPLES]
    head = Scaled()
    assert task.calibrate(foreign, windows(), head) is task and head.temperatures == []


@pytest.mark.parametrize("task_class", calibrated, ids=[task.name for task in calibrated])
def test_a_temperature_is_above_zero(task_class: type[Task]) -> None:
    assert issubclass(task_class.config_class, CalibratedConfig)
    for temperature in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ConfigError, match="temperature"):
            task_class.config_class(temperature=temperature)
