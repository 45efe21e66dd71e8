"""One thread, and every task's model trained until it knows its demo examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import Training, demo_model

from malmoi.inference.artifact import save_artifact
from malmoi.inference.predictor import Predictor, load
from malmoi.models.task_model import TaskModel
from malmoi.tasks import TASKS, Task
from malmoi.training.recipe import OptimRecipe, Recipe, TrainRecipe, recipe_to_dict


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Sums in one order, so that equal means equal to the last bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@dataclass(frozen=True)
class Learned:
    """A task, its model after training on `demo()`, the losses on the way, and the saved artifact opened again."""

    task: Task
    examples: list[Any]
    model: TaskModel
    losses: list[float]
    folder: Path
    predictor: Predictor


@pytest.fixture(scope="session", params=TASKS, ids=[task.name for task in TASKS])
def learned(request: pytest.FixtureRequest, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """A task whose demo examples were learned by heart in 200 steps."""
    torch.set_num_threads(1)
    examples = request.param.demo()
    task, model = demo_model(request.param, tiny_model)
    run = Training(task, model, examples, TrainRecipe(epochs=200, batch_size=8), OptimRecipe(lr=5e-3))
    losses = [report.loss for report in run.steps()]
    folder = tmp_path_factory.mktemp("learned") / task.name
    model.eval()
    save_artifact(folder, model, task, recipe_to_dict(Recipe()), {}, "# 모델 카드\n")
    return Learned(task, examples, model, losses, folder, load(str(folder), precision="fp32", threads=1))
