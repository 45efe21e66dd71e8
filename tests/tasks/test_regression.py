"""Scores: what is learned from the data, scaling and folding, the range, what is shown, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import BF16, CPU, demo_model, windows_of

from malmoi.data.examples import TextExample
from malmoi.data.predictions import RegressionPrediction
from malmoi.errors import ConfigError, DataError
from malmoi.inference.engines import run_model
from malmoi.io import read_json
from malmoi.messages import set_language
from malmoi.models.heads import RegressionHead
from malmoi.models.task_model import batch_to_tensors
from malmoi.tasks import Window
from malmoi.tasks.regression import Regression, RegressionConfig, RegressionFeatures


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def scored(*scores: float | None) -> list[TextExample]:
    return [TextExample(f"글 {i}", score=score, row=i + 1) for i, score in enumerate(scores)]


def window(output: float) -> Window:
    features = RegressionFeatures(np.array([2, 3], dtype=np.int32), np.zeros(2, dtype=np.int8), 0.0)
    return Window(features, {"logits": np.array([output], dtype=np.float32)})


def task_of(*scores: float, **config: Any) -> Regression:
    return Regression(Regression.configure(RegressionConfig(**config), scored(*scores)), None)


def test_range_mean_and_deviation_are_learned() -> None:
    config = task_of(1.0, 2.0, 6.0).config
    assert (config.low, config.high, config.mean) == (1.0, 6.0, 3.0)
    assert config.std == pytest.approx(np.std([1, 2, 6]))
    assert task_of(1.0, 2.0, low=0, high=10).answers == "0~10"


def test_answers_are_cut_to_the_range() -> None:
    task = task_of(0.0, 5.0)
    said = [task.decode(TextExample("글"), [window(output)]).score for output in (-9.0, 0.0, 0.4, 9.0)]
    assert said == [0.0, 2.5, 3.5, 5.0]


@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e6])
def test_targets_have_mean_0_and_deviation_1_whatever_the_scale(scale: float, tiny_model: Path) -> None:
    rows = [TextExample(e.text, pair=e.pair, score=scale * (e.score or 0) + 7 * scale) for e in Regression.demo()]
    task, _ = demo_model(Regression, tiny_model, rows)
    targets = task.collate(windows_of(task, rows), np.random.default_rng(0)).targets  # type: ignore[attr-defined]
    assert targets.mean() == pytest.approx(0, abs=1e-5) and targets.std() == pytest.approx(1, rel=1e-5)


def test_loss_is_squared_error_on_scaled_scores(tiny_model: Path) -> None:
    task, model = demo_model(Regression, tiny_model)
    batch = batch_to_tensors(task.collate(windows_of(task, Regression.demo()), np.random.default_rng(0)), CPU)
    total, count = model.heads["regression"].loss({"logits": torch.zeros(6, 1)}, batch)
    assert float(total / count) == pytest.approx(1.0)  # always the mean leaves all of the variance
    assert float(count) == 6


def test_folded_weights_answer_the_same(tiny_model: Path) -> None:
    task, model = demo_model(Regression, tiny_model)
    examples = Regression.demo()

    def answers(own: Any) -> list[float]:
        windows = run_model(model, own, own.encode(examples), CPU)
        return [own.decode(e, w).score for e, w in zip(examples, windows, strict=True)]

    before = answers(task)
    folded = task.fold(model.heads["regression"])  # type: ignore[arg-type]
    assert (folded.config.mean, folded.config.std) == (0.0, 1.0)
    assert (folded.config.low, folded.config.high) == (task.config.low, task.config.high)
    assert answers(folded) == pytest.approx(before, abs=1e-5)
    assert answers(folded.fold(model.heads["regression"])) == pytest.approx(before, abs=1e-5)  # type: ignore[arg-type]


def test_a_finished_run_is_folded_and_scores_in_its_range(score_run: Path) -> None:
    config = read_json(score_run / "task.json")["config"]
    assert (config["mean"], config["std"], config["low"], config["high"]) == (0.0, 1.0, 0.5, 5.0)
    assert config["pairs"] is True
    assert read_json(score_run / "config.json")["problem_type"] == "regression"
    assert read_json(score_run / "scores.json")["dev"]["spearman"]["value"] > 0.5


def test_scores_in_bf16_are_not_tied() -> None:
    from transformers import BertConfig

    torch.manual_seed(0)
    head = RegressionHead(BertConfig(hidden_size=32)).to(BF16)
    hidden = torch.randn(400, 1, 32).to(BF16)
    outputs = head.logits(hidden, attention_mask=torch.ones(400, 1))["logits"]
    assert outputs.dtype == torch.float32 and len(outputs.unique()) > 395


def test_scores_outside_a_given_range_and_missing_ones_are_named() -> None:
    rows = scored(1.0, 6.0)
    with pytest.raises(DataError, match="line 2: the score 6 is outside the range 0 to 5"):
        task_of(1.0, 6.0, low=0, high=5).check(rows, "학습", training=True)
    task_of(1.0, 5.0, low=0, high=5).check(rows, "시험")  # what is judged may lie outside: the model is just wrong
    with pytest.raises(DataError, match="시험, line 2: there is no score"):
        task_of(0.0, 1.0).check(scored(1.0, None), "시험")
    with pytest.raises(DataError, match="the task needs scores"):
        task_of(0.0, 1.0).check([TextExample("글", label="3")], "시험")
    with pytest.raises(DataError, match="all 2 examples have the label '3'"):
        task_of(3.0, 3.0).check(scored(3.0, 3.0), "학습", training=True)


def test_settings_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match="low 5 is above high 1"):
        RegressionConfig(low=5, high=1)
    with pytest.raises(ConfigError, match="low 9 is above high 2"):
        task_of(1.0, 2.0, low=9)
    for given in ({"mean": 2.0}, {"std": 3.0}):
        with pytest.raises(ConfigError, match="is learned from the data"):
            task_of(1.0, 2.0, **given)


def test_main_score_is_chosen() -> None:
    assert task_of(0.0, 1.0).main_score == "spearman"
    assert task_of(0.0, 1.0, main_score="pearson").main_score == "pearson"
    for name in ("mae", "rmse"):
        task, gold, answers = task_of(0.0, 5.0, main_score=name), scored(0.0, 1.0, 4.0, 5.0), said(0.0, 3.5, 3.0, 5.0)
        assert not task.higher_is_better and task_of(0.0, 1.0).higher_is_better
        everything = task.main_statistic(answers, gold)(np.arange(4))
        assert everything == pytest.approx(task.score(answers, gold)[name].value)


@pytest.mark.parametrize(
    ("main_score", "name", "judged_by"),
    [("spearman", "always the mean 2", "rmse"), ("rmse", "always the mean 2", "rmse"), ("mae", "always the median 0.5", "mae")],
)  # fmt: skip
def test_the_baseline_is_the_constant_of_smallest_error(main_score: Any, name: str, judged_by: str) -> None:
    task, gold = task_of(0.0, 8.0, main_score=main_score), scored(0.0, 0.0, 0.0, 1.0, 3.0, 8.0)
    (baseline,) = task.analyse(said(*[1.0] * 6), gold).baselines
    assert (baseline.name, baseline.judged_by) == (name, judged_by)
    error = baseline.scores[judged_by].value
    for other in np.linspace(0, 8, 33):
        assert error <= task.score(said(*[float(other)] * 6), gold)[judged_by].value + 1e-9


def said(*scores: float) -> list[RegressionPrediction]:
    return [RegressionPrediction(f"글 {i}", None, score) for i, score in enumerate(scores)]


def test_analysis() -> None:
    task, gold = task_of(0.0, 5.0), scored(0.0, 1.0, 4.0, 5.0)
    analysis = task.analyse(said(0.0, 3.5, 3.0, 5.0), gold)
    (baseline,) = analysis.baselines
    assert baseline.name == "always the mean 2.5" and baseline.scores["mae"].value == 2.0
    assert baseline.scores["spearman"].value == 0.0
    assert [(e.row, e.gold, e.predicted, e.probability) for e in analysis.errors] == [
        (2, "1", "3.5", None),
        (3, "4", "3", None),
    ]
    assert analysis.scatter is not None and sum(b.count for b in analysis.scatter.bins) == 4
    assert not analysis.notes and not analysis.class_rows


def test_undefined_correlations_are_said() -> None:
    task = task_of(0.0, 5.0)
    (note,) = task.analyse(said(2.5, 2.5, 2.5), scored(0.0, 1.0, 5.0)).notes
    assert "all answers are 2.5" in note and "task.pooling=mean" in note
    assert task.score(said(2.5, 2.5, 2.5), scored(0.0, 1.0, 5.0))["spearman"].value == 0.0
    (note,) = task.analyse(said(1.0, 2.0), scored(3.0, 3.0)).notes
    assert "all gold scores are the same" in note
    set_language("ko")
    assert "상관계수는 정의되지 않아" in task.analyse(said(2.5, 2.5), scored(0.0, 1.0)).notes[0]


def test_far_scores_survive_bf16(tiny_model: Path) -> None:
    """Years around 2010 stay years: the output layer keeps its numbers when the rest is cast."""
    from transformers import AutoConfig

    from malmoi.models.heads import RegressionHead

    head = RegressionHead(AutoConfig.from_pretrained(tiny_model))
    head.fold_scale(2010.3, 5.0)
    hidden = torch.randn(4, 3, 32, generator=torch.Generator().manual_seed(2))
    mask = torch.ones(4, 3)
    exact = head.logits(hidden, attention_mask=mask)["logits"]
    cast = head.to(torch.bfloat16)
    assert cast.dense.weight.dtype is torch.bfloat16
    found = cast.logits(hidden.to(torch.bfloat16), attention_mask=mask)["logits"]
    assert float((found - exact).detach().abs().max()) < 0.1


def test_likeness_from_0_to_5_is_scored_as_klue_scores_it() -> None:
    gold = [replace(example, pair="다른 글") for example in scored(0.0, 2.9, 3.1, 5.0)]
    task = Regression(Regression.configure(RegressionConfig(), gold), None)  # type: ignore[arg-type]
    assert task.score(said(1.0, 3.2, 3.0, 4.0), gold)["klue_sts_f1"].value == pytest.approx(2 * 2 / (3 + 2))
    assert "klue_sts_f1" not in task_of(0.0, 5.0).score(said(1.0, 2.0), scored(0.0, 5.0))  # single texts are not alike
    other = Regression(replace(task.config, high=4.0), None)  # type: ignore[arg-type]
    assert "klue_sts_f1" not in other.score(said(1.0, 3.2, 3.0, 4.0), gold)
