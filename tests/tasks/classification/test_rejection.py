"""Turning foreign texts down: the threshold, what is said, scores, and training with foreign texts among the examples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import demo_model

from malmoi.data.examples import TextExample
from malmoi.data.predictions import DomainPrediction
from malmoi.errors import ConfigError, DataError
from malmoi.messages import set_language
from malmoi.models.heads import ClassificationHead
from malmoi.tasks import Window
from malmoi.tasks.classification import Classification, ClassificationConfig
from malmoi.tasks.classification.rejection import best_threshold

KNOWN = [
    ("환불해 주세요", "환불"),
    ("돈을 돌려받고 싶어요", "환불"),
    ("배송이 늦어요", "배송"),
    ("언제 오나요", "배송"),
]
FOREIGN = [("라면 끓이는 법", "범위밖"), ("오늘 날씨 어때", "범위밖")]
EXAMPLES = [TextExample(text, label=label, row=i) for i, (text, label) in enumerate(KNOWN + FOREIGN, 2)]


def task_on(folder: Path, **config: Any) -> Any:
    return demo_model(Classification, folder, EXAMPLES, **({"reject": True} | config))[0]


def windows_for(task: Any, logits: list[list[float]]) -> list[list[Window]]:
    encoded = task.encode(EXAMPLES[: len(logits)])
    return [
        [Window(own[0], {"logits": np.array(row, dtype=np.float32)})] for own, row in zip(encoded, logits, strict=True)
    ]


# four known texts (the last one wrong, and unsure), two foreign ones (unsure)
LOGITS = [[0.0, 4.0], [0.0, 3.0], [3.5, 0.0], [0.0, 0.6], [0.5, 0.0], [0.0, 0.2]]


# --- the threshold


@given(
    st.lists(
        st.tuples(st.sampled_from([0.2, 0.4, 0.5, 0.7, 0.9]), st.booleans(), st.booleans()), min_size=1, max_size=12
    )
)
def test_no_threshold_is_better(rows: list[tuple[float, bool, bool]]) -> None:
    shares, right, known = (np.array(column) for column in zip(*rows, strict=True))
    right = right & known

    def accuracy(threshold: float) -> float:
        return float(np.where(known, right & (shares >= threshold), shares < threshold).mean())

    chosen = best_threshold(shares, right, known)
    if known.all():
        assert chosen <= np.quantile(shares, 0.05) + 1e-6
    else:
        assert accuracy(chosen) == max(accuracy(t) for t in (0.0, 0.3, 0.45, 0.6, 0.8, 0.95, 1.1))


def test_without_foreign_texts_most_known_ones_keep_their_answer() -> None:
    shares = np.linspace(0, 1, 101)
    assert best_threshold(shares, np.ones(101, bool), np.ones(101, bool)) == pytest.approx(0.05)


# --- what is said


def test_dev_chooses_and_foreign_texts_are_turned_down(tiny_model: Path) -> None:
    task = task_on(tiny_model)
    assert task.config.labels == ("배송", "환불") and task.main_score == "answer_accuracy"
    tuned = task.tune(EXAMPLES, windows_for(task, LOGITS))
    assert 0.622 < tuned.config.threshold < 0.646  # a wrong answer is worth no more than none
    said = [tuned.decode(e, w) for e, w in zip(EXAMPLES, windows_for(tuned, LOGITS), strict=True)]
    assert [p.label for p in said] == ["환불", "환불", "배송", "환불", "범위 밖", "범위 밖"]
    assert said[0].known and said[0].to_dict()["known"] is True
    last = said[-1].to_dict()
    assert last["known"] is False and last["score"] == last["scores"]["환불"] == pytest.approx(0.55, abs=0.01)
    assert not any(bar.is_answer for bar in said[-1].bars)
    assert "아는 범위 밖" in said[-1].sentence and "'환불'" in said[-1].sentence
    set_language("en")
    assert "seems to be out of domain" in said[-1].sentence and said[0].sentence.endswith("probability 98 %.")


def test_temperature_is_that_of_known_texts(tiny_model: Path) -> None:
    task = task_on(tiny_model)

    class Folded:
        def fold_temperature(self, temperature: float) -> None:
            self.temperature = temperature

    one, two = Folded(), Folded()
    task.calibrate(EXAMPLES, windows_for(task, LOGITS), one)
    task.calibrate(EXAMPLES[:4], windows_for(task, LOGITS[:4]), two)
    assert one.temperature == two.temperature


# --- scores


def test_scores_count_answers_and_refusals(tiny_model: Path) -> None:
    task = task_on(tiny_model, outside="")
    task = Classification(replace(task.config, threshold=0.6), task.tokenizer)
    said = [task.decode(e, w) for e, w in zip(EXAMPLES, windows_for(task, LOGITS), strict=True)]
    scores = {name: score.value for name, score in task.score(said, EXAMPLES).items()}
    assert list(scores) == ["answer_accuracy", "domain_auroc", "accuracy", "macro_f1", "ece", "brier"]
    # three right answers; the wrong one is kept (0.65 ≥ 0.6), of the foreign ones 0.62 is answered, 0.55 turned down
    assert scores["answer_accuracy"] == pytest.approx(4 / 6)
    assert scores["domain_auroc"] == 1.0 and scores["accuracy"] == pytest.approx(3 / 4)
    assert task.main_statistic(said, EXAMPLES)(np.arange(6)) == pytest.approx(4 / 6)
    assert "domain_auroc" not in task.score(said[:4], EXAMPLES[:4])
    assert list(task.score(said[4:], EXAMPLES[4:])) == ["answer_accuracy"]
    analysis = task.analyse(said, EXAMPLES)
    assert analysis.labels == ("배송", "환불", "범위 밖") and analysis.confusion is not None
    assert analysis.confusion.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 1]]
    assert analysis.baselines[0].scores["answer_accuracy"].value == pytest.approx(2 / 6)
    assert {error.gold for error in analysis.errors} == {"배송", "범위 밖"}
    bins = analysis.reliability  # of the four known texts, as the ECE: a refusal is no probability of its own
    assert sum(b.count for b in bins) == 4 and sum(b.count * b.accuracy for b in bins) == pytest.approx(3)


def test_where_every_text_is_answered_an_unknown_label_is_a_bug(tiny_model: Path) -> None:
    plain = demo_model(Classification, tiny_model, EXAMPLES[:4])[0]
    said = [plain.decode(e, w) for e, w in zip(EXAMPLES[:4], windows_for(plain, LOGITS[:4]), strict=True)]
    assert plain.main_statistic(said, EXAMPLES[:4])(np.arange(4)) == pytest.approx(3 / 4)
    foreign = [*EXAMPLES[:3], EXAMPLES[-1]]
    with pytest.raises(AssertionError, match="unknown label"):
        plain.analyse(said, foreign)


# --- learning


def test_foreign_texts_are_learned_to_be_like_no_label(tiny_model: Path) -> None:
    task = task_on(tiny_model)
    batch = task.collate([window for own in task.encode(EXAMPLES) for window in own], np.random.default_rng(0))
    assert batch.label_ids.tolist() == [1, 1, 0, 0, -1, -1]
    from transformers import BertConfig

    head = ClassificationHead(BertConfig(hidden_size=4), 2)
    logits = torch.tensor([[0.0, 2.0], [1.0, -1.0]])
    total, count = head.loss({"logits": logits}, {"label_ids": torch.tensor([1, -1])})
    own, uniform = -logits[0].log_softmax(0)[1], -logits[1].log_softmax(0).mean()
    assert count == 2 and total == pytest.approx(float(own + uniform), rel=1e-6)
    weighted = ClassificationHead(BertConfig(hidden_size=4), 2, class_weights=[1.0, 3.0])
    total, count = weighted.loss({"logits": logits}, {"label_ids": torch.tensor([1, -1])})
    assert count == 4 and total == pytest.approx(float(3 * own + uniform), rel=1e-6)
    assert task.linear_targets(EXAMPLES).tolist()[3:] == [[1, 0], [0, 0], [0, 0]]


def test_a_run_from_a_table_with_foreign_rows(run_cli: Any, tiny_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "문의.tsv"
    rows = [
        ("배송이 빠르고 좋아요", "배송"),
        ("배송이 늦었어요", "배송"),
        ("돈이 아까워요", "환불"),
        ("돈을 아끼고 싶다", "환불"),
    ] * 6
    rows += [("배우가 훌륭해요", "ood"), ("음악이 예쁘다", "ood")] * 6
    file.write_text("text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows), encoding="utf-8")
    settings = ["--set", "task.reject=true", "--set", "train.precision=fp32", "--epochs", "12", "--lr", "0.005"]
    result = run_cli("train", "classification", "--data", file, "--dev", file, "--model", tiny_model, *settings, "--out", tmp_path / "run")  # fmt: skip
    assert result.code == 0, result.err
    assert "영역 AUROC" in result.out and "응답 정확도" in result.out and "범위 밖" in result.out
    answer = run_cli("predict", tmp_path / "run", "배우가 훌륭해요").out
    assert "범위 밖" in answer
    assert "known" in run_cli("predict", tmp_path / "run", "배우가 훌륭해요", "--json", "-").out
    result = run_cli("train", "classification", "--data", file, "--dev", file, "--model", "tfidf", "--set", "task.reject=true", "--out", tmp_path / "tfidf")  # fmt: skip
    assert result.code == 0, result.err


# --- settings and checks


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"outside": "기타"}, "task.reject=true"), ({"reject": True, "threshold": 0.5}, "learned from the data")],
)
def test_settings_that_mean_nothing(given: dict[str, Any], expected: str) -> None:
    set_language("en")
    with pytest.raises(ConfigError, match=expected):
        Classification.configure(ClassificationConfig(**given), EXAMPLES)


def test_checks_name_the_right_row(tiny_model: Path) -> None:
    task = task_on(tiny_model)
    set_language("en")
    task.check(EXAMPLES, "문의.tsv", training=True)
    with pytest.raises(DataError, match="item 3: '환볼'"):
        task.check(
            [TextExample("가", label="ood"), TextExample("나", label="배송"), TextExample("다", label="환볼")], "memory"
        )
    plain = demo_model(Classification, tiny_model, EXAMPLES[:4])[0]
    with pytest.raises(DataError, match="unknown label"):
        plain.check(EXAMPLES, "문의.tsv")
    with pytest.raises(DataError, match="all 3 examples have the label"):
        lone = [TextExample(f"글 {i}", label=label) for i, label in enumerate(["배송", "배송", "ood"])]
        task_on(tiny_model, labels=("배송",)).check(lone, "문의.tsv", training=True)


def test_a_label_of_ones_own_means_outside(tiny_model: Path) -> None:
    rows = [replace(example, label="기타" if example.label == "범위밖" else example.label) for example in EXAMPLES]
    task = demo_model(Classification, tiny_model, rows, reject=True, outside="기타")[0]
    assert task.config.labels == ("배송", "환불")
    assert isinstance(task.decode(rows[0], windows_for(task, LOGITS)[0]), DomainPrediction)
