"""What a student learns from its teacher: the texts without labels, and the teacher's logits for every text.

The logits are computed once, before the first step, and kept beside the checkpoints: a run that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from malmoi.data.examples import Dataset, TextExample
from malmoi.data.texts import open_texts
from malmoi.errors import ConfigError, DataError
from malmoi.inference.artifact import Artifact, open_artifact
from malmoi.inference.engines import open_engine
from malmoi.io import MANIFEST, atomic_path, sha256
from malmoi.messages import say
from malmoi.models.student import LABELLED, TEACHER
from malmoi.tasks import TASKS, Task
from malmoi.training.datasets import TrainingData, limited
from malmoi.training.recipe import Recipe, TrainRecipe
from malmoi.training.reporters import Reporter
from malmoi.training.run_folder import RunFolder

_CHUNK = 4096  # texts between two saves


@dataclass(frozen=True)
class Lesson:
    """A teacher, the texts it is asked beyond the training examples, and all of its answers, filled in by `ask_teacher`.

    `logits` float32 [num_train + num_texts, outputs] are NaN until they are known; `is_labelled` bool of that length.
    """

    teacher: Artifact
    train: Sequence[TextExample]
    texts: Dataset
    logits: np.ndarray
    is_labelled: np.ndarray
    fingerprint: str

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """What the loss reads of each window besides the batch."""
        return {TEACHER: self.logits, LABELLED: self.is_labelled}


def open_lesson(recipe: Recipe, task: Task, data: TrainingData) -> Lesson | None:
    """Return what a recipe's teacher is to be asked, None without one; nothing is computed yet.

    Raises `ArtifactError` for a teacher that is no finished run, `ConfigError` for one of another task or with other labels, and
    for tasks that cannot be taught, `DataError` for texts that cannot be read.
    """
    wish = recipe.distil
    if not wish.teacher:
        if wish.texts or wish.limit is not None:
            raise ConfigError(
                say(
                    "라벨 없는 글(distil.texts)은 스승이 있어야 씁니다: --distil-from 학습결과폴더",
                    "texts without labels (distil.texts) need a teacher: --distil-from RUN",
                )
            )
        return None
    teacher = open_artifact(wish.teacher)
    num_outputs = _outputs(task, teacher)
    texts = _texts(recipe, task, data)
    is_labelled = np.array([True] * len(data.train) + [False] * len(texts))
    logits = np.full((len(is_labelled), num_outputs), np.nan, dtype=np.float32)
    print_ = hashlib.sha256(f"{sha256(teacher.path / MANIFEST)} {texts.fingerprint}".encode()).hexdigest()
    return Lesson(teacher, data.train.examples, texts, logits, is_labelled, print_)


def _outputs(task: Task, teacher: Artifact) -> int:
    """Return how many outputs teacher and student have; raise `ConfigError` where they do not answer the same question."""
    width = len(teacher.task.label_names) or 1
    taught = task.taught_by(teacher.task, np.zeros((1, width), dtype=np.float32)) if teacher.task.name == task.name else None  # fmt: skip
    if taught is not None:
        return taught.shape[1]
    if teacher.task.name != task.name:
        raise ConfigError(
            say(
                f"스승 {teacher.path} 의 과제는 {teacher.task.name} 인데 TASK 가 {task.name} 입니다.",
                f"the teacher {teacher.path} is for {teacher.task.name}, but TASK is {task.name}.",
            )
        )
    able = ", ".join(own.name for own in TASKS if own.taught_by is not Task.taught_by)
    raise ConfigError(
        say(
            f"{task.name} 과제는 스승에게 배울 수 없습니다. 되는 과제: {able}",
            f"{task.name} cannot be learned from a teacher. Tasks that can: {able}",
        )
    )


def _texts(recipe: Recipe, task: Task, data: TrainingData) -> Dataset:
    """Return the texts without labels, each once, and none that the training or dev examples have."""
    wish = recipe.distil
    if not wish.texts:
        return Dataset([])
    if task.reads_pairs:
        raise ConfigError(
            say(
                "distil.texts: 글 쌍을 읽는 과제에는 쓸 수 없습니다. --unlabelled 를 빼세요.",
                "distil.texts cannot be used by a task that reads pairs. Drop --unlabelled.",
            )
        )
    source = open_texts(wish.texts)
    taken = {example.text for part in (data.train, data.dev) for example in part.examples}
    found = [text for text in dict.fromkeys(document.text for document in source.read(0)) if text not in taken]
    if not found:
        raise DataError(
            say(
                f"{wish.texts}: 학습 자료와 dev 에 없는 글이 없습니다.",
                f"{wish.texts}: no text that is not in training data or dev.",
            )
        )
    examples = Dataset([TextExample(text) for text in found], source.name, source.notes, source.sha256())
    return limited(examples, wish.limit, recipe.data.split_seed)


def describe_lesson(lesson: Lesson) -> list[str]:
    """Lines on teacher and texts."""
    lines = [say(f"스승 {lesson.teacher.path}", f"teacher {lesson.teacher.path}")]
    if len(lesson.texts):
        lines.append(
            say(
                f"라벨 없는 글 {lesson.texts.source}: {len(lesson.texts):,}개",
                f"texts without labels, {lesson.texts.source}: {len(lesson.texts):,}",
            )
        )
    return [*lines, *lesson.texts.notes]


def ask_teacher(lesson: Lesson, task: Task, folder: RunFolder, train: TrainRecipe, reporter: Reporter) -> None:
    """Fill in the teacher's logits as the student's `task` counts its outputs, from the file of an earlier start or by computing them.

    They are saved every few thousand texts. Raises `DiskError` when they cannot be.
    """
    file = folder.checkpoints / "teacher.npy"
    done = _restore(file, lesson.logits)
    examples = [*lesson.train, *lesson.texts.examples]
    if done == len(examples):
        return
    teacher = lesson.teacher.task
    engine = open_engine(lesson.teacher, train.device, train.precision, train.threads)
    began, first = time.monotonic(), done
    with reporter.counting(done, len(examples), say("스승의 답", "answers of the teacher")) as advance:
        while done < len(examples):
            chunk = [
                replace(example, label=None, labels=None, score=None) for example in examples[done : done + _CHUNK]
            ]
            answered = engine.run(teacher, teacher.encode(chunk), advance)
            logits = np.stack([own[0].outputs["logits"] for own in answered])
            own_logits = task.taught_by(teacher, logits)
            assert own_logits is not None
            lesson.logits[done : done + len(chunk)] = own_logits
            done += len(chunk)
            _store(file, lesson.logits[:done])
    seconds = time.monotonic() - began
    reporter.note(
        say(
            f"스승이 글 {done - first:,}개에 답했습니다 (초당 {(done - first) / seconds:,.0f}개).",
            f"the teacher has answered {done - first:,} texts ({(done - first) / seconds:,.0f}/s).",
        )
    )


def _restore(file: Path, logits: np.ndarray) -> int:
    """Fill in the rows that were stored before; return their number. The run's fingerprints say that they are of these texts."""
    if not file.is_file():
        return 0
    stored = np.load(file, allow_pickle=False)
    logits[: len(stored)] = stored
    return len(stored)


def _store(file: Path, logits: np.ndarray) -> None:
    with atomic_path(file) as temporary, open(temporary, "wb") as out:
        np.save(out, logits, allow_pickle=False)
