"""Step 2 of a run: its tasks with their examples, checked before any model is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from malmoi.config import from_dict
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.tasks import Task, find_task
from malmoi.training.data_warnings import data_warnings
from malmoi.training.datasets import TrainingData, fingerprint_of, load_training_data
from malmoi.training.describe import describe_data
from malmoi.training.lesson import Lesson, describe_lesson, open_lesson
from malmoi.training.recipe import Recipe, TaskRecipe
from malmoi.training.reporters import Reporter
from malmoi.training.run_folder import RunFolder
from malmoi.training.seen import Seen, seen_of


@dataclass(frozen=True)
class Job:
    """A task of a run before its model is there: its name, its class and config completed from its data, its folder."""

    name: str
    task_class: type[Task]
    config: Any
    data: TrainingData
    folder: RunFolder
    weight: float = 1.0
    lesson: Lesson | None = None
    warnings: tuple[str, ...] = ()

    @property
    def fingerprints(self) -> dict[str, str]:
        """What identifies the data: the sources' hashes, of the examples themselves for data from memory."""
        prints = {"train": fingerprint_of(self.data.train), "dev": fingerprint_of(self.data.dev)}
        return prints | ({"lesson": self.lesson.fingerprint} if self.lesson else {})

    @property
    def seen(self) -> Seen:
        """The texts that the run will have used."""
        more = self.lesson.texts.examples if self.lesson else []
        return seen_of([*self.data.train.examples, *more], self.data.dev.examples)


def load_job(recipe: Recipe, folder: RunFolder, reporter: Reporter, train: Any = None, dev: Any = None) -> Job:
    """Return the one task of a recipe with its examples; `train` and `dev` in memory take the place of the recipe's names."""
    (wish,) = recipe.tasks
    task_class = _strict(wish)
    data = load_training_data(recipe.data, train, dev, kind=task_class.example_kind)
    _, config = configured(wish, data)
    lesson = open_lesson(recipe, task_class(config, None), data)  # type: ignore[arg-type]
    warnings = data_warnings(data)
    reporter.stage(2, [*describe_data(data, warnings), *(describe_lesson(lesson) if lesson else [])])
    return Job(task_class.name, task_class, config, data, folder, lesson=lesson, warnings=warnings)


def load_jobs(recipe: Recipe, folder: RunFolder, reporter: Reporter) -> list[Job]:
    """Return the tasks of a recipe, each with its own examples and a folder of its own inside the run's."""
    for wish in recipe.tasks:
        _strict(wish)
    jobs = [_own_job(wish, folder) for wish in recipe.tasks]
    lines = [f"{job.name}: {line}" for job in jobs for line in describe_data(job.data, job.warnings)]
    reporter.stage(2, lines)
    return jobs


def _own_job(wish: TaskRecipe, folder: RunFolder) -> Job:
    assert wish.data is not None, "resolve_several asks for it"
    name = wish.head or wish.name
    data = load_training_data(wish.data, kind=find_task(wish.name).example_kind)
    own = RunFolder(folder.path / name)
    return Job(name, *configured(wish, data), data, own, wish.weight, warnings=data_warnings(data))


def _strict(wish: TaskRecipe) -> type[Task]:
    """Return the task's class; raise `ConfigError` for a setting it does not have, before any data is read."""
    task_class = find_task(wish.name)
    from_dict(task_class.config_class, wish.config, "task.")
    return task_class


def configured(wish: TaskRecipe, data: TrainingData) -> tuple[type[Task], Any]:
    """Return the task's class and its config completed from the examples; raise `DataError` if they cannot be trained on."""
    task_class = find_task(wish.name)
    config: Any = from_dict(task_class.config_class, wish.config, "task.")
    config = task_class.configure(config, data.train.examples, data.label_names)
    _check(task_class(config, None), data)  # type: ignore[arg-type]
    return task_class, config


def _check(task: Task, data: TrainingData) -> None:
    task.check(data.train.examples, data.train.source, training=True)
    if not len(data.dev):
        labels = [example.target for example in data.train.examples]
        if task.example_kind == "label" and 1 < len(labels) == len(set(labels)):
            raise ConfigError(
                say(
                    "모든 라벨이 한 번씩만 나와 dev 를 떼어 둘 수 없습니다. --label 열이 맞는지 보세요. 점수라면 malmoi train regression, 아니면 --dev 파일을 주세요.",
                    "every label occurs only once, so no dev can be held out. Check the --label column; for scores use malmoi train regression, else give a file to --dev.",
                )
            )
        raise ConfigError(
            say(
                f"예문이 {len(labels):,}개뿐이라 dev 를 떼어 둘 수 없습니다. --dev 파일을 주세요.",
                f"with {len(labels):,} example(s) no dev can be held out. Give a file to --dev.",
            )
        )
    task.check(data.dev.examples, data.dev.source)
