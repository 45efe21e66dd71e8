"""Reports from made-up data, for the tests and for the eye: `python tests/evaluation/sample_report.py OUT.html [LABELS|scores|several]`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from malmoi.data.examples import TextExample
from malmoi.data.predictions import ClassificationPrediction, MultiLabelPrediction, RegressionPrediction
from malmoi.evaluation.learning_curve import DevPoint, TrainPoint
from malmoi.evaluation.report import Report, write_report
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.calibration import fit_temperature, reliability_bins, sigmoid, softmax
from malmoi.metrics.classification import class_rows, classification_scores, confusion_matrix, majority_scores
from malmoi.metrics.scores import wilson_score
from malmoi.metrics.slices import length_slices, worst_errors
from malmoi.tasks.multi_label import MultiLabel, MultiLabelConfig
from malmoi.tasks.regression import Regression, RegressionConfig

SENTENCES = (
    "배우 연기는 좋은데 이야기가 지루해요",
    "아 더빙.. 진짜 짜증나네요 목소리",
    "최고의 수면제. 불면증 있는 분께 강력 추천합니다",
    "ㅋㅋㅋㅋ 이걸 영화라고",
    "또 보고 싶다",
    "기대를 안 하고 봐서 그런지 생각보다 훨씬 재미있게 봤고, 마지막 십 분은 정말 손에 땀을 쥐게 했습니다. 다만 중반부의 회상 장면은 조금 덜어냈어도 좋았을 것 같네요",
)
TOPICS = ("정치", "경제", "사회", "생활문화", "세계", "IT과학", "스포츠")


def answers(labels: list[str], n: int, seed: int = 0):
    """Return examples, predictions, gold ids and logits of a model that is good, and too sure of itself."""
    rng = np.random.default_rng(seed)
    logits = 1.2 * rng.normal(size=(n, len(labels)))
    gold = rng.choice(len(labels), size=n, p=np.linspace(2, 1, len(labels)) / np.linspace(2, 1, len(labels)).sum())
    logits[np.arange(n), gold] += 2.2
    logits *= 2.3
    examples, predictions = [], []
    for i, row in enumerate(softmax(logits / 2)):
        text = SENTENCES[i % len(SENTENCES)]
        order = np.argsort(-row)
        scores = {labels[j]: float(row[j]) for j in order}
        predictions.append(ClassificationPrediction(text, None, labels[order[0]], float(row[order[0]]), scores))
        examples.append(TextExample(text, label=labels[gold[i]], row=i + 2))
    return examples, predictions, gold, logits


def sample_report(labels: list[str], n: int = 4000, steps: int = 1200, num_dev: int = 6, title: str = "") -> Report:
    """Return a complete report."""
    examples, predictions, gold, logits = answers(labels, n)
    temperature = fit_temperature(logits, gold)
    probabilities, before = softmax(logits / temperature), softmax(logits)
    predicted = probabilities.argmax(axis=1)
    confusion = confusion_matrix(gold, predicted, len(labels))
    hits = predicted == gold
    rng = np.random.default_rng(1)
    train = [
        TrainPoint(
            s, 3 * s / steps, 0.25 + 0.5 * float(np.exp(-4 * s / steps)) + 0.05 * float(rng.normal()), rate(s, steps)
        )
        for s in range(1, steps + 1)
    ]
    dev = [
        DevPoint(steps * i // num_dev, {"accuracy": wilson_score(int(1000 * (0.9 - 0.12 * 0.5**i)), 1000)})
        for i in range(1, num_dev + 1)
    ]
    return Report(
        title=title or "NSMC 영화평 감성 분류",
        scores=classification_scores(gold, predicted, probabilities, labels),
        main_score="accuracy",
        facts=[
            ("모델", "e5-small-ko"),
            ("데이터", f"nsmc · 평가 {n:,}개"),
            ("장치", "CPU 2코어, bf16"),
            ("걸린 시간", "12분 40초"),
            ("씨앗", "0"),
        ],
        notes=["개발 세트로 체크포인트를 골랐고, 아래 점수는 따로 둔 평가 세트의 것입니다."],
        analysis=Analysis(
            labels=labels,
            baselines=[Baseline("majority", f"항상 ‘{labels[0]}’", majority_scores(confusion))],
            confusion=confusion,
            class_rows=class_rows(confusion, labels),
            reliability=reliability_bins(probabilities.max(axis=1), hits),
            temperature=temperature,
            slices=length_slices(examples, hits),
            errors=worst_errors(predictions, examples, 8),
        ),
        train=train,
        dev=dev,
        reliability_before=reliability_bins(before.max(axis=1), hits),
        recipe={"task": "classification", "model": "e5-small-ko", "optim": {"lr": 1e-4, "warmup": 0.06}, "seed": 0},
    )


def regression_report(n: int, collapsed: bool = False) -> Report:
    """Return a report on scores from 0 to 5: of a model that follows them, or of one that has collapsed."""
    rng = np.random.default_rng(0)
    gold = np.round(rng.uniform(0, 5, n), 1)
    task = Regression(RegressionConfig(low=0.0, high=5.0), None)
    examples = [
        TextExample(SENTENCES[i % 6], pair=SENTENCES[i % 5], score=float(g), row=i + 2) for i, g in enumerate(gold)
    ]
    answers = np.full(n, 2.5) if collapsed else np.clip(0.6 * gold + 1 + 0.6 * rng.normal(size=n), 0, 5)
    predictions = [RegressionPrediction(e.text, e.pair, float(a)) for e, a in zip(examples, answers, strict=True)]
    analysis = task.analyse(predictions, examples)
    return Report("KorSTS 문장 유사도", task.score(predictions, examples), task.main_score, analysis=analysis)


def multi_label_report(n: int) -> Report:
    """Return a report on three labels, one of them rare."""
    rng = np.random.default_rng(0)
    names = ("혐오욕설", "성차별", "종교차별")
    thresholds = (0.4, 0.35, 0.2)
    task = MultiLabel(MultiLabelConfig(labels=names, thresholds=thresholds, temperature=1.2), None)
    gold = rng.random((n, 3)) < (0.3, 0.15, 0.02)
    shares = np.round(sigmoid(3 * gold - 2 + rng.normal(size=(n, 3))), 6)
    examples, predictions = [], []
    for i in range(n):
        order = np.argsort(-shares[i])
        given = tuple(names[j] for j in order if shares[i, j] >= thresholds[j])
        scores = {names[j]: float(shares[i, j]) for j in order}
        own = tuple(name for name, is_gold in zip(names, gold[i], strict=True) if is_gold)
        examples.append(TextExample(SENTENCES[i % len(SENTENCES)], labels=own, row=i + 2))
        predictions.append(MultiLabelPrediction(examples[-1].text, None, given, scores))
    analysis = task.analyse(predictions, examples)
    return Report("K-MHaS 혐오 표현", task.score(predictions, examples), task.main_score, analysis=analysis)


def rate(step: int, steps: int) -> float:
    """Warm up, then go down in a straight line."""
    return 1e-4 * min(step / (0.06 * steps), (steps - step) / (0.94 * steps))


if __name__ == "__main__":
    wish = sys.argv[2] if len(sys.argv) > 2 else "2"
    other = {"scores": lambda: regression_report(4000), "several": lambda: multi_label_report(2000)}
    if wish in other:
        write_report(Path(sys.argv[1]), other[wish]())
    else:
        count = int(wish)
        names = {2: ["부정", "긍정"], 7: list(TOPICS)}.get(
            count, [f"라벨 {i}" + " 아주 긴 이름" * (i % 5 == 0) for i in range(count)]
        )
        write_report(Path(sys.argv[1]), sample_report(names))
