"""Several labels: targets, thresholds, temperature, what is shown, and what is refused."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import CPU, demo_model, windows_of

from malmoi.data.examples import TextExample
from malmoi.errors import ConfigError, DataError
from malmoi.inference.artifact import save_artifact
from malmoi.inference.engines import run_model
from malmoi.inference.predictor import load
from malmoi.messages import set_language
from malmoi.metrics.calibration import sigmoid
from malmoi.metrics.multi_label import multi_label_table
from malmoi.models.task_model import batch_to_tensors
from malmoi.recipes.resolve import resolve_recipe
from malmoi.tasks import Window
from malmoi.tasks.multi_label import MultiLabel, MultiLabelConfig, MultiLabelFeatures
from malmoi.training.fit import fit
from malmoi.training.reporters import Reporter

LABELS = ("욕설", "비하", "0")
NAMES = {"0": "성별"}


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def task_of(**config: Any) -> MultiLabel:
    return MultiLabel(MultiLabelConfig(labels=LABELS, label_names=NAMES, **config), None)


def window(logits: list[float]) -> Window:
    features = MultiLabelFeatures(np.array([2, 3], dtype=np.int32), np.zeros(2, dtype=np.int8), np.zeros(3))
    return Window(features, {"logits": np.array(logits, dtype=np.float32)})


def examples_of(*labels: tuple[str, ...] | None) -> list[TextExample]:
    return [TextExample(f"글 {i}", labels=own, row=i + 1) for i, own in enumerate(labels)]


def test_labels_are_learned_with_the_empty_set() -> None:
    config = MultiLabel.configure(MultiLabelConfig(), examples_of(("나", "가"), (), ("다",)))
    assert config.labels == ("가", "나", "다") and config.thresholds == () and not config.pairs


def test_targets_are_an_indicator_and_unknown_ones_are_no_number(tiny_model: Path) -> None:
    task, _ = demo_model(MultiLabel, tiny_model)
    rows = [*MultiLabel.demo(), TextExample("글")]
    targets = task.collate(windows_of(task, rows), np.random.default_rng(0)).targets  # type: ignore[attr-defined]
    assert targets[:2].tolist() == [[1, 0, 0], [0, 0, 1]] and targets[5].tolist() == [0, 0, 0]
    assert np.isnan(targets[6]).all() and targets.dtype == np.float32


def test_loss_is_the_mean_over_all_decisions_as_in_hugging_face(tiny_model: Path) -> None:
    task, model = demo_model(MultiLabel, tiny_model)
    batch = batch_to_tensors(task.collate(windows_of(task, MultiLabel.demo()), np.random.default_rng(0)), CPU)
    logits = torch.randn(6, 3)
    total, count = model.heads["multi-label"].loss({"logits": logits}, batch)
    assert float(total / count) == pytest.approx(
        float(torch.nn.BCEWithLogitsLoss()(logits, batch["targets"])), rel=1e-6
    )
    assert float(count) == 18


def test_a_fresh_head_starts_at_the_frequencies(tiny_model: Path) -> None:
    rows = [*MultiLabel.demo(), *(TextExample(f"글 {i}", labels=()) for i in range(34))]
    task, model = demo_model(MultiLabel, tiny_model, rows)
    assert task.config.priors == pytest.approx([3.5 / 41, 2.5 / 41, 2.5 / 41], abs=1e-6)  # 연기, 음악, 이야기
    windows = run_model(model, task, task.encode(rows), CPU)
    probabilities = sigmoid(np.stack([own[0].outputs["logits"] for own in windows]))
    assert probabilities.mean(axis=0) == pytest.approx(task.config.priors, rel=0.5)


def test_each_label_has_its_own_threshold() -> None:
    task = task_of(thresholds=(0.2, 0.5, 0.9))
    prediction = task.decode(TextExample("글"), [window([-1.0, -1.0, 2.0])])
    assert prediction.labels == ("욕설",)  # 0.27 reaches 0.2; 0.88 does not reach 0.9
    assert list(prediction.scores) == ["성별", "욕설", "비하"]
    assert prediction.scores["성별"] == pytest.approx(sigmoid(np.array(2.0)), abs=1e-6)
    assert task_of().decode(TextExample("글"), [window([0.1, -0.1, 0.0])]).labels == (
        "욕설",
        "성별",
    )  # 0.5 without tuning
    assert task_of().decode(TextExample("글"), [window([-5, -5, -5])]).labels == ()


def test_what_is_shown_is_what_was_decided() -> None:
    """A probability is rounded before it is compared: nobody sees 0.500000 on both sides of one threshold."""
    task = task_of(thresholds=(0.5, 0.5, 0.5))
    logits = np.random.default_rng(0).normal(scale=1e-6, size=(200, 3))
    for row in logits:
        prediction = task.decode(TextExample("글"), [window(row.tolist())])
        assert set(prediction.labels) == {name for name, share in prediction.scores.items() if share >= 0.5}


def test_tuning_folds_a_temperature_and_chooses_thresholds(tiny_model: Path, tmp_path: Path) -> None:
    task, model = demo_model(MultiLabel, tiny_model)
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    examples = MultiLabel.demo()
    windows = run_model(model, task, task.encode(examples), CPU)
    before = np.stack([own[0].outputs["logits"] for own in windows])
    chosen = task.tune(examples, windows)
    assert len(chosen.config.thresholds) == 3 and chosen.config.temperature == 1.0
    tuned = task.calibrate(examples, windows, model.heads["multi-label"])  # type: ignore[arg-type]
    assert tuned.config.temperature != 1.0
    after = run_model(model, tuned, tuned.encode(examples), CPU)
    tuned = tuned.tune(examples, after)
    logits = np.stack([own[0].outputs["logits"] for own in after])
    assert np.abs(logits * tuned.config.temperature - before).max() < 1e-3 * np.abs(before).max()
    untuned, early, late = (
        t.score([t.decode(e, w) for e, w in zip(examples, own, strict=True)], examples)["macro_f1"].value
        for t, own in ((task, windows), (chosen, windows), (tuned, after))
    )
    assert late == pytest.approx(early) and late >= untuned  # the temperature changes no decision
    save_artifact(tmp_path, model, tuned, {}, {}, "# 카드\n")
    predictor = load(str(tmp_path), precision="fp32", threads=1)
    assert predictor.task.config.thresholds == tuned.config.thresholds
    assert predictor(examples) == [tuned.decode(e, w) for e, w in zip(examples, after, strict=True)]
    assert [name for _, name, _ in tuned.tuned()] == ["temperature", "thresholds"]


def test_checkpoints_are_chosen_with_tuned_thresholds(tiny_model: Path, tmp_path: Path) -> None:
    """A rare label never reaches 0.5 in two short epochs; what counts is what the finished model will answer."""
    rows = [*MultiLabel.demo(), *(TextExample(f"지루해요 {i}", labels=()) for i in range(12))]
    seen: list[float] = []

    class Recorder(Reporter):
        def evaluated(self, epoch: float, name: str, score: Any, is_best: bool) -> None:
            seen.append(score.value)

    settings = {"model": str(tiny_model), "epochs": 2, "train.precision": "fp32", "train.threads": 1, "seed": 1}
    recipe = resolve_recipe("multi-label", "memory", dev="memory", **settings)
    result = fit(recipe, tmp_path / "run", train_data=rows, dev_data=rows, reporter=Recorder(quiet=True))
    assert len(seen) == 2 and min(seen) > 0.1
    assert result.scores["dev"]["macro_f1"]["value"] == pytest.approx(max(seen), abs=0.1)  # ties: 5th digit
    answers = load(str(result.path), precision="fp32", threads=1)(rows)
    assert max(max(answer.scores.values()) for answer in answers) < 0.5


def test_fitted_settings_cannot_be_given() -> None:
    for given in ({"thresholds": (0.4, 0.5)}, {"temperature": 2.0}, {"priors": (0.4, 0.5)}):
        config = MultiLabelConfig(**given)
        with pytest.raises(ConfigError, match=f"{next(iter(given))} is learned from the data"):
            MultiLabel.configure(config, examples_of(("가",), ("나",)))
    with pytest.raises(ConfigError, match="between 0 and 1"):
        MultiLabelConfig(thresholds=(0.5, 1.0))
    with pytest.raises(ConfigError, match="3 labels, 2 thresholds"):
        task_of(thresholds=(0.5, 0.5))


def test_bad_annotations_are_named() -> None:
    task = task_of()
    task.check(examples_of(("욕설", "성별"), (), ("0",)), "시험")
    with pytest.raises(DataError, match=r"시험[\s\S]*line 2: '욕서'.*'욕설'"):
        task.check(examples_of(("욕설",), ("욕서",)), "시험")
    with pytest.raises(DataError, match="has one label for each text, but the task needs several"):
        task.check([TextExample("글", label="욕설")], "시험")


@pytest.fixture
def judged() -> tuple[MultiLabel, list[Any], list[TextExample]]:
    """Four texts: right, one label too few, one too many, and none where none is."""
    task = task_of(thresholds=(0.5, 0.4, 0.5), temperature=1.5)
    examples = examples_of(("욕설", "0"), ("욕설", "비하"), ("비하",), ())
    logits = [[3.0, -3.0, 2.0], [2.0, -1.0, -4.0], [3.5, 1.0, -2.0], [-3.0, -3.0, -3.0]]
    return task, [task.decode(e, [window(row)]) for e, row in zip(examples, logits, strict=True)], examples


def test_scores(judged: Any) -> None:
    task, predictions, examples = judged
    scores = {name: score.value for name, score in task.score(predictions, examples).items()}
    assert scores["exact_match"] == 0.5 and scores["hamming_loss"] == pytest.approx(2 / 12)
    assert scores["micro_f1"] == pytest.approx(2 * 4 / (5 + 5))
    assert scores["macro_f1"] == pytest.approx((4 / 5 + 2 / 3 + 1) / 3)
    assert 0 < scores["macro_auprc"] <= 1 and task.main_score in scores


def test_analysis(judged: Any) -> None:
    task, predictions, examples = judged
    analysis = task.analyse(predictions, examples)
    assert [row.label for row in analysis.class_rows] == ["욕설", "비하", "성별"]
    assert [row.threshold for row in analysis.class_rows] == [0.5, 0.4, 0.5]
    assert [row.support for row in analysis.class_rows] == [2, 2, 1]
    assert analysis.confusion is None and analysis.slice_score == "exact_match"
    assert sum(part.accuracy.n for part in analysis.slices) == 4
    assert sum(b.count for b in analysis.reliability) == 12
    assert [(e.row, e.gold, e.predicted) for e in analysis.errors] == [
        (3, "비하 73 %", "욕설 97 %, 비하 73 %"),
        (2, "욕설 88 %, 비하 27 %", "욕설 88 %"),
    ]  # the surest wrong decision first


@pytest.mark.parametrize(
    ("gold", "name"),
    [
        ([(), (), ("비하",), ("욕설", "비하")], "always every label that occurs"),
        ([("비하",), ("비하",), (), ("욕설", "성별")], "always every label"),
        ([(), (), (), ()], "always no label"),
    ],
)
def test_the_baseline_is_the_constant_set_of_highest_macro_f1(judged: Any, gold: list[Any], name: str) -> None:
    task, predictions, _ = judged
    examples = [replace(example, labels=own) for example, own in zip(examples_of(*gold), gold, strict=True)]
    (baseline,) = task.analyse(predictions, examples).baselines
    sets = np.array(list(itertools.product([False, True], repeat=3)))
    indicators = task.gold(examples)
    best = max(multi_label_table(indicators, np.broadcast_to(own, (4, 3))).values()["macro_f1"] for own in sets)
    assert baseline.name == name and baseline.scores["macro_f1"].value == pytest.approx(best)


def test_empty_gold_everywhere_is_judged(judged: Any) -> None:
    task, predictions, _ = judged
    nothing = [replace(example, labels=()) for example in examples_of((), (), (), ())]
    assert task.score(predictions, nothing)["macro_f1"].value == 0.0
    assert len(task.analyse(predictions, nothing).baselines) == 1
