"""What every task must hold; a new task gets these tests by standing in `TASKS`."""

from __future__ import annotations

import dataclasses
import math
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import BF16, CPU, FP32, Training, demo_model, same_weights, windows_of
from torch import nn

from malmoi.config import from_dict
from malmoi.data.examples import DialogueExample, RelationExample, Span, Turn
from malmoi.errors import ConfigError
from malmoi.inference.engines import run_model
from malmoi.inference.predictor import as_example
from malmoi.models.task_model import batch_to_tensors
from malmoi.tasks import TASKS, Task, Window, find_task
from malmoi.training.checkpoint import newest_checkpoint, save_checkpoint
from malmoi.training.loop import Lane, accumulate
from malmoi.training.recipe import OptimRecipe, TrainRecipe

every_task = pytest.mark.parametrize("task_class", TASKS, ids=[task.name for task in TASKS])

# Task name → why perfect outputs do not determine the prediction.
NO_GOLD_ROUND_TRIP: dict[str, str] = {}


def perfect_classification(task: Any, features: Any) -> dict[str, np.ndarray]:
    """Logits that are sure of the gold label."""
    logits = np.full(len(task.config.labels), -10.0, dtype=np.float32)
    logits[features.label_id] = 10.0
    return {"logits": logits}


def perfect_multi_label(task: Any, features: Any) -> dict[str, np.ndarray]:
    """Logits that are sure of every decision."""
    return {"logits": np.where(features.targets > 0, 10.0, -10.0).astype(np.float32)}


def perfect_regression(task: Any, features: Any) -> dict[str, np.ndarray]:
    """The scaled score itself."""
    return {"logits": np.array([features.target], dtype=np.float32)}


def perfect_extraction(task: Any, features: Any) -> dict[str, np.ndarray]:
    """Logits that are sure of the answer's place, or of the first token where there is none."""
    logits = np.zeros((2, len(features)), dtype=np.float32)
    logits[[0, 1], [features.start, features.end]] = 20.0
    return {"start_logits": logits[0], "end_logits": logits[1]}


def perfect_parsing(task: Any, features: Any) -> dict[str, np.ndarray]:
    """Scores that are sure of the gold heads, and the gold relations whatever the head."""
    arcs = np.where(features.heads[:, None] == np.arange(len(features.heads) + 1), 10.0, -10.0)
    relations = np.repeat(features.relations[:, None], arcs.shape[1], axis=1)
    return {"arcs": arcs.astype(np.float32), "relation_ids": relations, "tag_ids": features.tags}


def perfect_tagging(task: Any, features: Any) -> dict[str, np.ndarray]:
    """Logits that are sure of each character's tag."""
    logits = np.full((len(features.units), len(task.tags)), -10.0, dtype=np.float32)
    logits[np.arange(len(features.units)), features.tag_ids] = 10.0
    return {"logits": logits}


def perfect_dialogue(task: Any, features: Any) -> dict[str, np.ndarray]:
    """Logits that are sure of every slot's class, and of the first and last token of every value."""
    classes = np.full((len(task.slots), max(map(len, task.classes))), -10.0, dtype=np.float32)
    classes[np.arange(len(task.slots)), features.class_ids] = 10.0
    ends = [np.full((len(task.open_slots), len(features)), -10.0, dtype=np.float32) for _ in range(2)]
    for slot, first, last in features.places:
        ends[0][slot, first] = ends[1][slot, last] = 10.0
    return {"classes": classes, "start": ends[0], "end": ends[1]}


PERFECT = {
    "classification": perfect_classification,
    "dialogue": perfect_dialogue,
    "extraction": perfect_extraction,
    "multi-label": perfect_multi_label,
    "parsing": perfect_parsing,
    "regression": perfect_regression,
    "relations": perfect_classification,
    "tagging": perfect_tagging,
}

LONG = "정말 재미있게 봤어요 "
HOSTILE = {
    "empty": "",
    "spaces": " \t\n　 ",
    "nfd": unicodedata.normalize("NFD", "배우들 연기가 훌륭합니다"),
    "emoji": "👨‍👩‍👧‍👦 재밌어요 🇰🇷 ❤️‍🔥",
    "long": LONG * 1000,
    "long word": "가" * 20_000,
    "surrogate": "재밌\ud83d어요",
    "nul": "재\x00밌어요\x00",
    "special tokens": "<s> [CLS] 재밌어요 </s> [SEP] <pad>[PAD]<unk> [MASK]",
    "old hangul": "나랏말ᄊᆞ미 듕귁에 달아",
    "right to left": "שלום 재밌어요 \u202e",
    "private": "\ue000\uffff\U0010ffff",
}


@every_task
def test_gold_round_trip(task_class: type[Task], tiny_model: Path) -> None:
    if reason := NO_GOLD_ROUND_TRIP.get(task_class.name):
        pytest.skip(reason)
    examples = task_class.demo()
    task, _ = demo_model(task_class, tiny_model)
    perfect = PERFECT[task_class.name]
    windows = [[Window(features, perfect(task, features)) for features in row] for row in task.encode(examples)]
    predictions = [task.decode(example, row) for example, row in zip(examples, windows, strict=True)]
    score = task.score(predictions, examples)[task.main_score]
    assert score.value == 1.0
    assert score.n == len(examples)


@every_task
def test_linear_targets_are_the_perfect_outputs(task_class: type[Task], tiny_model: Path) -> None:
    examples = task_class.demo()
    task, _ = demo_model(task_class, tiny_model)
    targets = task.linear_targets(examples)
    if targets is None:  # no tf-idf for this task
        return
    perfect = [PERFECT[task_class.name](task, features)["logits"] for (features,) in task.encode(examples)]
    assert targets.dtype == np.float32 and targets.shape == (len(examples), len(perfect[0]))
    for own, outputs in zip(targets, perfect, strict=True):
        assert np.allclose(own, outputs) if task.example_kind == "score" else np.array_equal(own, outputs > 0)


@every_task
def test_wrong_outputs_score_below_one(task_class: type[Task], tiny_model: Path) -> None:
    if reason := NO_GOLD_ROUND_TRIP.get(task_class.name):
        pytest.skip(reason)
    examples = task_class.demo()
    task, _ = demo_model(task_class, tiny_model)
    perfect = PERFECT[task_class.name]
    turned = [
        [Window(features, {name: -value for name, value in perfect(task, features).items()}) for features in row]
        for row in task.encode(examples)
    ]
    predictions = [task.decode(example, row) for example, row in zip(examples, turned, strict=True)]
    assert task.score(predictions, examples)[task.main_score].value < 1.0


@every_task
def test_main_statistic_of_all_examples_is_the_main_score(task_class: type[Task], tiny_model: Path) -> None:
    examples = task_class.demo()
    task, _ = demo_model(task_class, tiny_model)
    perfect = PERFECT[task_class.name]
    windows = [[Window(features, perfect(task, features)) for features in row] for row in task.encode(examples)]
    right = [task.decode(example, row) for example, row in zip(examples, windows, strict=True)]
    said = [task.decode(example, row) for example, row in zip(examples, [windows[-1], *windows[:-1]], strict=True)]
    for predictions in (right, said):
        statistic = task.main_statistic(predictions, examples)
        value = task.score(predictions, examples)[task.main_score].value
        assert statistic(np.arange(len(examples))) == pytest.approx(value)
        assert math.isfinite(statistic(np.zeros(len(examples), dtype=int)))


@every_task
def test_demo_is_small_and_trainable(task_class: type[Task], tiny_model: Path) -> None:
    examples = task_class.demo()
    assert 4 <= len(examples) <= 8
    task, _ = demo_model(task_class, tiny_model)
    task.check(examples, "demo", training=True)


def test_demo_is_learned_by_heart(learned: Any) -> None:
    windows = run_model(learned.model, learned.task, learned.task.encode(learned.examples), CPU)
    predictions = [learned.task.decode(e, w) for e, w in zip(learned.examples, windows, strict=True)]
    assert learned.task.score(predictions, learned.examples)[learned.task.main_score].value == 1.0
    assert learned.losses[-1] < 0.2 * learned.losses[0]


def test_saved_and_loaded_predictions_are_equal(learned: Any) -> None:
    windows = run_model(learned.model, learned.task, learned.task.encode(learned.examples), CPU)
    before = [learned.task.decode(e, w) for e, w in zip(learned.examples, windows, strict=True)]
    assert learned.predictor.predict(learned.examples) == before


def about_entities(text: str) -> RelationExample:
    """A question about two entities that stand behind a text."""
    start = len(text)
    return RelationExample(f"{text}한지우 박서연", Span(start, start + 3, "PER"), Span(start + 4, start + 7, "PER"))


# Task name → how any text is asked about, where the sample question with another text would not fit.
ASKED: dict[str, Callable[[str], Any]] = {
    "relations": about_entities,
    "dialogue": lambda text: DialogueExample((Turn(text),)),
}


def asked(task: Task, text: str) -> Any:
    """The task's own sample question with another text."""
    if ask := ASKED.get(task.name):
        return ask(text)
    return as_example(task, task.sample | {"text": text})


def test_one_by_one_equals_in_a_batch(learned: Any) -> None:
    odd = [asked(learned.task, text) for text in (LONG * 5, "네", *HOSTILE.values())]
    examples = [*learned.examples, *odd]
    together = learned.predictor(examples)
    for example, in_batch in zip(examples, together, strict=True):
        assert_close(learned.predictor(example), in_batch)


def assert_close(left: Any, right: Any) -> None:
    """Predictions equal but for 1e-4 in numbers (sentences, which round them, left out)."""
    a, b = left.to_dict(), right.to_dict()
    del a["sentence"], b["sentence"]
    assert_values_close(a, b)


def assert_values_close(a: Any, b: Any) -> None:
    """JSON values equal but for 1e-4 in numbers."""
    if isinstance(a, float):
        assert abs(a - b) <= 1e-4
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for name in a:
            assert_values_close(a[name], b[name])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            assert_values_close(one, other)
    else:
        assert a == b


def assert_sound(value: Any, whole: dict[str, Any]) -> None:
    """Every number anywhere in an answer is finite, and every stretch of text stands where it says."""
    if isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, dict):
        if isinstance(value.get("start"), int):
            said = value.get("answer", value["text"]) if value is whole else value["text"]
            places = [text[value["start"] : value["end"]] for text in (whole["text"], whole.get("pair") or "")]
            assert said in places, value
        for part in value.values():
            assert_sound(part, whole)
    elif isinstance(value, (list, tuple)):
        for part in value:
            assert_sound(part, whole)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text(learned: Any, name: str) -> None:
    text = HOSTILE[name]
    example = asked(learned.task, text)
    values = learned.predictor(example).to_dict()
    assert values["text"] == example.text and text in example.text
    assert_sound(values, values)
    for features in windows_of(learned.task, [asked(learned.task, text)]):
        assert len(features) <= learned.task.config.max_length


def test_typed_special_tokens_never_become_control_ids(learned: Any) -> None:
    typed, plain = asked(learned.task, HOSTILE["special tokens"]), asked(learned.task, "재밌어요")
    backend = learned.task.tokenizer.backend
    control = {backend.token_to_id(token) for token in ("[CLS]", "[SEP]", "[PAD]", "[MASK]")}

    def count(example: Any) -> int:
        return sum(int(i) in control for window in windows_of(learned.task, [example]) for i in window.input_ids)

    assert count(typed) == count(plain) > 0


@every_task
def test_unknown_config_field_names_the_nearest(task_class: type[Task]) -> None:
    field = dataclasses.fields(task_class.config_class)[0].name
    with pytest.raises(ConfigError, match=f"'task.{field}'"):
        from_dict(task_class.config_class, {field + "x": None}, "task.")


@every_task
def test_unknown_task_names_the_nearest(task_class: type[Task]) -> None:
    assert find_task(task_class.name) is task_class
    with pytest.raises(ConfigError, match=f"'{task_class.name}'"):
        find_task(task_class.name[:-1])


@every_task
def test_learning_rate_moves_and_is_what_is_applied(task_class: type[Task], tiny_model: Path) -> None:
    optim = OptimRecipe(lr=1e-3, warmup=0.4, weight_decay=0.0, clip_norm=0.0)
    task, model = demo_model(task_class, tiny_model)
    run = Training(task, model, task_class.demo(), TrainRecipe(epochs=10, batch_size=8), optim, embeddings="all")
    before, rates, largest = run.weights(), [], []
    for report in run.steps():
        after = run.weights()
        largest.append(max(float((after[name] - before[name]).abs().max()) for name in after))
        rates.append(report.lr)
        before = after
    assert rates[0] < rates[1] < rates[2] < rates[3] == max(rates)
    assert rates[4] > rates[5] > rates[9] > 0
    assert largest[0] == pytest.approx(rates[0], rel=1e-2)  # Adam's first step is the learning rate itself
    assert all(0.2 * rate < change < 5 * rate for rate, change in zip(rates, largest, strict=True))


def steps_then_restart(
    task_class: type[Task], folder: Path, dtype: torch.dtype, save_in: Path | None, name: Any = "adamw"
) -> Training:
    """Three epochs of two updates with dropout and accumulation; killed after 3 of 6 steps if `save_in` is given."""
    train = TrainRecipe(epochs=3, batch_size=4, max_tokens=24, ema=0.9 if name == "muon" else 0.0)

    def fresh() -> Training:
        task, model = demo_model(task_class, folder, layer_dropout=0.1, seed=0)
        return Training(task, model, task_class.demo(), train, OptimRecipe(name=name, lr=1e-3), dtype)

    run = fresh()
    if save_in is not None:
        steps = run.steps()
        assert [next(steps).step for _ in range(3)] == [1, 2, 3]
        save_checkpoint(save_in / "step-00000003", run.optimizer.state(), {"num_steps": run.optimizer.num_steps})
        torch.manual_seed(99)
        run = fresh()
        checkpoint = newest_checkpoint(save_in, lambda path, file: pytest.fail(f"{path}: {file}"))
        assert checkpoint is not None
        run.optimizer.load_state(checkpoint.tensors, checkpoint.progress["num_steps"])
    for _report in run.steps():
        pass
    assert run.optimizer.num_steps == 6
    return run


@pytest.mark.parametrize(
    ("name", "dtype"), [("adamw", FP32), ("adamw", BF16), ("muon", BF16)], ids=["fp32", "bf16", "muon with average"]
)
@every_task
def test_killed_and_resumed_equals_uninterrupted(
    task_class: type[Task], name: str, dtype: torch.dtype, tiny_model: Path, tmp_path: Path
) -> None:
    whole = steps_then_restart(task_class, tiny_model, dtype, None, name)
    resumed = steps_then_restart(task_class, tiny_model, dtype, tmp_path, name)
    assert same_weights(whole.weights(), resumed.weights())
    assert same_weights(whole.optimizer.state(), resumed.optimizer.state())


@pytest.mark.parametrize("embeddings", ["rows", "all"])
@pytest.mark.parametrize("cut", [[4, 4], [1, 2, 5], [1] * 8], ids=str)
@every_task
def test_accumulated_equals_at_once(task_class: type[Task], cut: list[int], embeddings: str, tiny_model: Path) -> None:
    examples = (task_class.demo() * 2)[:8]
    rows = np.arange(8)
    found = []
    for update in ([rows], np.split(rows, np.cumsum(cut)[:-1])):
        task, model = demo_model(task_class, tiny_model)
        run = Training(task, model, examples, TrainRecipe(batch_size=8), OptimRecipe(), embeddings=embeddings)
        total, terms = accumulate(Lane(run.model, run.task, run.features, run.plan), update, CPU, (0, 0))
        norm = run.optimizer.gradient_norm(1 / terms)
        run.optimizer.step(1e-3, 1 / terms, norm)
        found.append((total / terms, terms, norm))
    (loss, terms, norm), (cut_loss, cut_terms, cut_norm) = found
    assert cut_terms == terms
    assert cut_loss == pytest.approx(loss, rel=1e-5)
    assert cut_norm == pytest.approx(norm, rel=1e-4)
    assert norm > 1e-3


class Logits(nn.Module):
    """A head as a function of tensors only."""

    def __init__(self, head: nn.Module, names: list[str]) -> None:
        super().__init__()
        self.head, self.names = head, names

    def forward(self, hidden: torch.Tensor, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(self.head.logits(hidden, **dict(zip(self.names, tensors, strict=True))).values())


@every_task
def test_head_can_be_exported(task_class: type[Task], tiny_model: Path) -> None:
    task, model = demo_model(task_class, tiny_model)
    features = windows_of(task, task_class.demo())
    rng = np.random.default_rng(0)
    one, other = (batch_to_tensors(task.collate(rows, rng), CPU) for rows in (features[:3], features[:4]))
    head = Logits(model.heads[task.name].eval(), list(one))
    hidden = torch.randn(*one["input_ids"].shape, 32)
    expected = head(hidden, *one.values())
    with torch.no_grad():
        exported = torch.export.export(head, (hidden, *one.values()))
        assert all(torch.equal(a, b) for a, b in zip(exported.module()(hidden, *one.values()), expected, strict=True))
        traced = torch.jit.trace(head, (hidden, *one.values()))
        hidden = torch.randn(*other["input_ids"].shape, 32)
        answers, expected = traced(hidden, *other.values()), head(hidden, *other.values())
        assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(answers, expected, strict=True))
