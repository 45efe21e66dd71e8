"""The scatter plot of gold and predicted scores: points where they belong, the table behind, many and few examples."""

import re

import numpy as np
import pytest

from malmoi.evaluation.scatter_chart import MAX_POINTS, scatter_chart, scatter_section
from malmoi.metrics.regression import Scatter, score_bins


def scatter(gold, predicted, low=0.0, high=5.0):
    gold, predicted = np.array(gold, dtype=float), np.array(predicted, dtype=float)
    return Scatter(gold, predicted, low, high, score_bins(gold, predicted, low, high))


def points(svg):
    return [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)%" cy="([\d.]+)" r="2.5" class="point"', svg)]


def test_gold_runs_right_and_predicted_up():
    (x0, y0), (x1, y1), (x2, y2) = points(scatter_chart(scatter([0, 5, 2.5], [0, 5, 4])))
    assert (x0, x1, x2) == (0, 100, 50)
    assert y1 == 0 < y2 < y0  # SVG counts from the top


def test_few_of_many_points_are_drawn_and_said_and_the_table_counts_all():
    rng = np.random.default_rng(0)
    gold = rng.uniform(0, 5, 4000)
    html = scatter_section(scatter(gold, gold))
    assert len(points(html)) == MAX_POINTS
    assert "4,000개 가운데 1,500개" in html
    assert (
        sum(
            int(n.replace(",", ""))
            for n in re.findall(r'<th scope="row">[^<]*</th><td class="num">([\d,]+)</td>', html)
        )
        == 4000
    )
    assert len(html) < 250_000


def test_it_can_be_read_without_seeing_it():
    html = scatter_section(scatter([1, 2, 3], [1, 2, 4]))
    assert 'role="img"' in html and 'aria-label="정답과 예측 점수의 산점도, 3개"' in html
    assert "<table>" in html and "평균 오차" in html


@pytest.mark.parametrize(
    ("gold", "predicted", "low", "high"),
    [([3], [3], 0, 5), ([2, 2], [2, 2], 2, 2), ([-1, 7], [0, 5], 0, 5), ([1e6, 2e6], [1e6, 1e6], 1e6, 2e6)],
)
def test_odd_ranges(gold, predicted, low, high):
    html = scatter_section(scatter(gold, predicted, low, high))
    assert "nan" not in html and "inf" not in html
    assert all(0 <= x <= 100 and 0 <= y <= 300 for x, y in points(html))
