"""What cleaning means for every task: kept in its config, applied to every text, the same after saving."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tiny_models import demo_model, windows_of

from malmoi.config import from_dict, to_dict
from malmoi.data.examples import AnswerExample
from malmoi.errors import ConfigError
from malmoi.inference.artifact import save_artifact
from malmoi.inference.predictor import load
from malmoi.tasks import TASKS, Task, TaskConfig
from malmoi.tasks.dialogue import Dialogue

every_task = pytest.mark.parametrize("task_class", TASKS, ids=[task.name for task in TASKS])
STEPS = ("html", "brackets", "repeats=2", "whitespace")


@every_task
def test_every_config_holds_steps(task_class: type[Task]) -> None:
    assert issubclass(task_class.config_class, TaskConfig)
    assert "clean" in {field.name for field in fields(task_class.config_class)}
    config = from_dict(task_class.config_class, {"clean": ["url", "repeats"]})
    assert config.clean == ("url=drop", "repeats=2")
    assert from_dict(task_class.config_class, to_dict(config)) == config


@every_task
def test_wrong_steps_are_refused(task_class: type[Task]) -> None:
    for clean, part in ((["htlm"], "'html'"), (["repeats=0"], "repeats=0"), ("html", "task.clean")):
        with pytest.raises(ConfigError, match=part):
            from_dict(task_class.config_class, {"clean": clean}, "task.")


def moved(value: Any, by: int) -> Any:
    """An example or a prediction with all its places in the text moved."""
    if isinstance(value, tuple):
        return tuple(moved(item, by) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes: dict[str, Any] = {field.name: moved(getattr(value, field.name), by) for field in fields(value)}
    if {"start", "end"} <= changes.keys():
        changes |= {"start": changes["start"] + by, "end": changes["end"] + by}
    return replace(value, **changes)


@every_task
def test_raw_and_cleaned_texts_are_the_same_to_a_task(task_class: type[Task], tiny_model: Path, tmp_path: Path) -> None:
    if task_class is Dialogue:  # its text is made of utterances: test_utterances_are_cleaned
        pytest.skip("a dialogue has no text of its own")
    examples = task_class.demo()
    by = 0 if isinstance(examples[0], AnswerExample) else len("<p>")  # answers lie in the context
    dirty = [replace(moved(example, by), text=f"<p>{example.text}</p>  (웃음)") for example in examples]
    tidy = [replace(example, text=example.text) for example in examples]
    plain, _ = demo_model(task_class, tiny_model)
    task, model = demo_model(task_class, tiny_model, clean=STEPS)
    for raw, clean in zip(windows_of(task, dirty), windows_of(plain, tidy), strict=True):
        assert raw.input_ids.tolist() == clean.input_ids.tolist()
    save_artifact(tmp_path / "run", model.eval(), task, {}, {}, "# 카드\n")
    predictor = load(str(tmp_path / "run"), precision="fp32", threads=1)
    assert predictor.task.config.clean == STEPS
    for raw, clean in zip(predictor.predict(dirty), predictor.predict(tidy), strict=True):
        assert raw.text != clean.text and raw.text.startswith("<p>")
        assert replace(moved(raw, -by), text=clean.text) == clean


def test_utterances_are_cleaned(tiny_model: Path) -> None:
    tidy = Dialogue.demo()
    dirty = [
        replace(example, turns=tuple(replace(turn, user=f"<p>{turn.user}</p>  (웃음)") for turn in example.turns))
        for example in tidy
    ]
    plain, _ = demo_model(Dialogue, tiny_model)
    task, _ = demo_model(Dialogue, tiny_model, clean=STEPS)
    for raw, clean in zip(windows_of(task, dirty), windows_of(plain, tidy), strict=True):
        assert raw.input_ids.tolist() == clean.input_ids.tolist()
