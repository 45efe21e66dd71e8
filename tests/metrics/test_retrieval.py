"""Search and chatbots: hand-made rankings, the area against scikit-learn, and its interval."""

from __future__ import annotations

import numpy as np
import pytest

from malmoi.metrics.retrieval import answer_table, domain_auroc, domain_scores, domain_statistic, retrieval_table
from malmoi.metrics.scores import bootstrap


def sample(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Known questions with higher scores, rounded so that there are ties."""
    rng = np.random.default_rng(seed)
    known = rng.random(n) < 0.6
    return known, np.round(rng.normal(size=n) + known, 1)


def test_rank_of_the_right_document():
    documents = list(range(20))
    ranked = [documents, documents, documents, documents]
    scores = retrieval_table(ranked, [[0], [4], [9], [10]]).scores()
    assert [scores[f"recall_at_{k}"].value for k in (1, 5, 10)] == [0.25, 0.5, 0.75]
    assert scores["mrr_at_10"].value == pytest.approx((1 + 1 / 5 + 1 / 10 + 0) / 4)
    assert scores["recall_at_1"].n == 4


def test_several_right_documents():
    found = retrieval_table([["가", "나", "다"]], [["나", "다", "라"]], depths=(1, 3)).values()
    assert found == {"recall_at_1": 0.0, "recall_at_3": pytest.approx(2 / 3), "mrr_at_10": 0.5}


def test_nothing_found_scores_zero():
    assert set(retrieval_table([[]], [["가"]]).values().values()) == {0.0}


def test_answers_and_rejections():
    answers = ["여섯 시", "일곱 시", None, None, "여섯 시"]
    right = [["여섯 시"], ["여섯 시", "오후 여섯 시"], ["여섯 시"], [], []]
    assert answer_table(answers, right).values()["answer_accuracy"] == pytest.approx(2 / 5)


@pytest.mark.parametrize("seed", range(5))
def test_area_agrees_with_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    known, scores = sample(40, seed)
    assert domain_auroc(known, scores) == pytest.approx(metrics.roc_auc_score(known, scores))
    rows = np.random.default_rng(seed).integers(0, 40, 40)
    assert domain_statistic(known, scores)(rows) == pytest.approx(metrics.roc_auc_score(known[rows], scores[rows]))


def test_area_of_equal_scores_is_chance():
    assert domain_auroc(np.array([True, True, False]), np.full(3, 0.7)) == 0.5


def test_interval_is_that_of_the_questions():
    known, scores = sample(150)
    expected = bootstrap(domain_statistic(known, scores), 150, resamples=600, seed=1)
    found = domain_scores(known, scores)["domain_auroc"]
    assert found.value == expected.value and found.n == 150
    width = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=0.15 * width)
    assert found.high == pytest.approx(expected.high, abs=0.15 * width)


@pytest.mark.parametrize(
    "call",
    [
        lambda: retrieval_table([["가"]], [[]]),
        lambda: retrieval_table([["가"]], []),
        lambda: answer_table([], []),
        lambda: domain_auroc(np.array([True, True]), np.array([0.1, 0.2])),
        lambda: domain_scores(np.array([True, False]), np.array([0.1])),
    ],
)
def test_what_cannot_be_scored_is_refused(call):
    with pytest.raises(ValueError):
        call()
