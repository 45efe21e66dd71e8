"""Is the model really better than its baseline? Both on the same examples, compared pair by pair.

The interval of the difference comes from draws of examples, the same ones for both (paired bootstrap; Berg-Kirkpatrick et
al. 2012). It is narrower than two intervals side by side suggest, since both find the same texts hard.
"""

from __future__ import annotations

from dataclasses import replace

from malmoi.evaluation.evaluate import Evaluation
from malmoi.evaluation.names import LOWER_IS_BETTER, is_share, score_name
from malmoi.inference.predictor import Predictor
from malmoi.messages import say
from malmoi.metrics.analysis import Baseline
from malmoi.metrics.scores import bootstrap
from malmoi.models.tfidf import TFIDF
from malmoi.tasks import Task

BASELINE_NAME = "tf-idf"


def beside_baseline(evaluation: Evaluation, task: Task, predictor: Predictor) -> Evaluation:
    """Return the evaluation with a tf-idf baseline judged on the same examples, and the paired difference."""
    examples = evaluation.examples
    predictions = predictor.predict(examples)
    model = task.main_statistic(evaluation.predictions, examples)
    baseline = predictor.task.main_statistic(predictions, examples)
    difference = bootstrap(lambda rows: model(rows) - baseline(rows), len(examples))
    found = Baseline(TFIDF, BASELINE_NAME, predictor.task.score(predictions, examples), difference)
    analysis = replace(evaluation.analysis, baselines=[*evaluation.analysis.baselines, found])
    return replace(evaluation, analysis=analysis)


def difference_sentence(main_score: str, baseline: Baseline) -> str:
    """Say in one sentence whether the model is better than a baseline; "" where nothing was compared.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> from malmoi.metrics.scores import Score
    >>> difference_sentence("accuracy", Baseline("tfidf", "tf-idf", {}, Score(0.021, 0.012, 0.03, 5158)))
    'tf-idf 기준선보다 분명히 낫습니다: 정확도 차이 +2.10 %p (95 % 구간 +1.20 ~ +3.00, n = 5,158).'
    >>> set_language(None)
    """
    found = baseline.difference
    if found is None:
        return ""
    unit = " %p" if is_share(main_score) else ""
    value, low, high = (
        f"{100 * x:+.2f}" if is_share(main_score) else f"{x:+.4f}" for x in (found.value, found.low, found.high)
    )
    better, worse = (
        (found.high < 0, found.low > 0) if main_score in LOWER_IS_BETTER else (found.low > 0, found.high < 0)
    )
    verdict_ko = (
        "보다 분명히 낫습니다" if better else "보다 분명히 못합니다" if worse else "보다 낫다고 말할 수 없습니다"
    )
    verdict_en = "Clearly better than" if better else "Clearly worse than" if worse else "Not shown to be better than"
    return say(
        f"{baseline.name} 기준선{verdict_ko}: {score_name(main_score)} 차이 {value}{unit} (95 % 구간 {low} ~ {high}, n = {found.n:,}).",
        f"{verdict_en} the {baseline.name} baseline: {score_name(main_score)} {value}{unit} (95 % interval {low} to {high}, n = {found.n:,}).",
    )
