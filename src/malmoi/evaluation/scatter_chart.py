"""Predicted scores against annotated ones: a point for each example, the mean in each bin, and the diagonal of no error."""

from __future__ import annotations

import numpy as np

from malmoi.evaluation.markup import Html, details, element, join, table
from malmoi.evaluation.svg import Scale, curve, dot, plot, ticks, x_axis, y_axis
from malmoi.evaluation.tables import score_bin_cells
from malmoi.messages import say
from malmoi.metrics.regression import Scatter

MAX_POINTS = 1_500
_HEIGHT = 300


def scatter_section(scatter: Scatter) -> Html:
    """Return the chart, what it shows, and the table of the bins behind it."""
    n, shown = len(scatter.gold), min(len(scatter.gold), MAX_POINTS)
    note = say(
        "가로축은 정답 점수, 세로축은 예측한 점수입니다. 점이 대각선에 가까울수록 정확합니다. 고리는 정답 구간마다의 평균 예측입니다.",
        "Across: the gold score; up: the predicted one. The nearer the diagonal, the better. Rings are mean predictions for bins of the gold.",
    )
    if shown < n:
        note += " " + say(f"{n:,}개 가운데 {shown:,}개를 그렸습니다.", f"{shown:,} of {n:,} points are drawn.")
    header, rows = score_bin_cells(scatter.bins)
    return join(
        [
            _legend(),
            scatter_chart(scatter),
            element("p", note, class_="note"),
            details(say("숫자로 보기", "Show the numbers"), table(header, rows, numbers=range(1, len(header)))),
        ]
    )


def scatter_chart(scatter: Scatter) -> Html:
    """Return the SVG, both axes on one scale; of more than `MAX_POINTS` examples a seeded sample."""
    gold, predicted = scatter.gold, scatter.predicted
    n = len(gold)
    chosen = np.sort(np.random.default_rng(0).permutation(n)[:MAX_POINTS])
    scale = Scale(min(scatter.low, float(gold.min())), max(scatter.high, float(gold.max())))
    labels = [(value, f"{value:g}") for value in ticks(scale.low, scale.high)]
    means = [(b.gold, b.predicted) for b in scatter.bins]
    label = say(f"정답과 예측 점수의 산점도, {n:,}개", f"Scatter plot of gold and predicted scores, {n:,} examples")
    return plot(
        _HEIGHT,
        label,
        y_axis(scale, _HEIGHT, labels),
        x_axis(scale, _HEIGHT, labels),
        *(dot((gold[i], predicted[i]), scale, scale, _HEIGHT, "point", radius=2.5) for i in chosen),
        curve([(scale.low, scale.low), (scale.high, scale.high)], scale, scale, _HEIGHT, "ideal"),
        curve(means, scale, scale, _HEIGHT, "second"),
        *(dot(mean, scale, scale, _HEIGHT, "ring second", radius=5) for mean in means),
    )


def _legend() -> Html:
    names = (
        ("key dot-key", say("예문 하나", "one example")),
        ("key ring-key", say("구간 평균", "mean of a bin")),
        ("key dash-key", say("예측 = 정답", "predicted = gold")),
    )
    return element("ul", *(element("li", element("i", class_=key), name) for key, name in names), class_="legend")
