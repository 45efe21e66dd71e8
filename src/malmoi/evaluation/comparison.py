"""Is the model really better than its baseline? Both on the same examples, compared pair by pair.

The interval of the difference comes from draws of examples, the same ones for both (paired bootstrap; Berg-Kirkpatrick et
al. 2012). It is narrower than two intervals side by side suggest, since both find the same texts hard.
"""

from __future__ import annotations

from dataclasses import replace

from malmoi.evaluation.evaluate import Evaluation
from malmoi.evaluation.names import LOWER_IS_BETTER, format_score, is_share, score_name
from malmoi.inference.predictor import Predictor
from malmoi.messages import say
from malmoi.metrics.analysis import Baseline
from malmoi.metrics.scores import Score, Scores, bootstrap, told_apart
from malmoi.models.tfidf import TFIDF
from malmoi.tasks import Task

BASELINE_NAME = "tf-idf"


def beside_baseline(evaluation: Evaluation, task: Task, predictor: Predictor) -> Evaluation:
    """Return the evaluation with a tf-idf baseline judged on the same examples, and the paired difference if there is one."""
    examples = evaluation.examples
    predictions = predictor.predict(examples)
    model = task.main_statistic(evaluation.predictions, examples)
    baseline = predictor.task.main_statistic(predictions, examples)
    difference = told_apart(bootstrap(lambda rows: model(rows) - baseline(rows), len(examples)))
    found = Baseline(TFIDF, BASELINE_NAME, predictor.task.score(predictions, examples), difference)
    analysis = replace(evaluation.analysis, baselines=[*evaluation.analysis.baselines, found])
    return replace(evaluation, analysis=analysis)


def verdict_sentence(scores: Scores, main_score: str, baseline: Baseline) -> str:
    """Say in one sentence whether the model is better or worse than a baseline; "" where they share no score.

    The paired difference decides where there is one, else whether the two intervals touch.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> from malmoi.metrics.scores import Score
    >>> verdict_sentence({}, "accuracy", Baseline("tfidf", "tf-idf", {}, Score(0.021, 0.012, 0.03, 5158)))
    '기준선(tf-idf)보다 분명히 낫습니다: 정확도 차이 +2.10 %p (95 % 구간 +1.20 ~ +3.00, n = 5,158).'
    >>> las, rule = ({"las": Score(v, v - 0.04, v + 0.04, 50)} for v in (0.30, 0.62))
    >>> verdict_sentence(las, "las", Baseline("next-word", "다음 낱말이 머리", rule))
    '기준선(다음 낱말이 머리)보다 분명히 못합니다: LAS 30.00 % [26.00 ~ 34.00 %], 기준선 62.00 % [58.00 ~ 66.00 %], n = 50.'
    >>> set_language(None)
    """
    name = baseline.judged_by or main_score
    if (found := baseline.difference) is not None:
        return _of_difference(name, baseline.name, found)
    if name not in scores or name not in baseline.scores:
        return ""
    return _side_by_side(name, baseline.name, scores[name], baseline.scores[name])


def _of_difference(name: str, baseline: str, found: Score) -> str:
    unit = " %p" if is_share(name) else ""
    value, low, high = (
        f"{100 * x:+.2f}" if is_share(name) else f"{x:+.4f}" for x in (found.value, found.low, found.high)
    )
    ko, en = _outcome(name, baseline, above=found.low > 0, below=found.high < 0)
    return say(
        f"{ko}: {score_name(name)} 차이 {value}{unit} (95 % 구간 {low} ~ {high}, n = {found.n:,}).",
        f"{en}: {score_name(name)} {value}{unit} (95 % interval {low} to {high}, n = {found.n:,}).",
    )


def _side_by_side(name: str, baseline: str, model: Score, other: Score) -> str:
    above, below = model.low > other.high, model.high < other.low
    ko, en = _outcome(name, baseline, above, below)
    own, floor = (format_score(name, s) for s in (model, other))
    if above or below:
        doubt_ko = doubt_en = ""
    else:
        doubt_ko = f" 예 {model.n:,}개로는 둘을 가를 수 없습니다."
        doubt_en = f" The {model.n:,} examples cannot tell them apart."
    return say(
        f"{ko}: {score_name(name)} {own}, 기준선 {floor}, n = {model.n:,}.{doubt_ko}",
        f"{en}: {score_name(name)} {own}, the baseline {floor}, n = {model.n:,}.{doubt_en}",
    )


def _outcome(name: str, baseline: str, above: bool, below: bool) -> tuple[str, str]:
    """Return the verdict in Korean and English, of a score that lies wholly above or below the baseline's, or neither."""
    better, worse = (below, above) if name in LOWER_IS_BETTER else (above, below)
    if better:
        ko, en = "보다 분명히 낫습니다", "Clearly better than"
    elif worse:
        ko, en = "보다 분명히 못합니다", "Clearly worse than"
    else:
        ko, en = "보다 낫다고 말할 수 없습니다", "Not shown to be better than"
    return f"기준선({baseline}){ko}", f"{en} the baseline ({baseline})"
