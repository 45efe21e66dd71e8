"""Areas under precision and recall of drawn examples, against scikit-learn on the examples written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.metrics.ranking import Ranking, areas_of, drawn_areas, rankings_of


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=20))
@settings(deadline=None)
@pytest.mark.filterwarnings("ignore:No positive class found", "ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_areas_of_a_draw_are_those_of_the_drawn_examples(rows):
    """Multiplicities give what scikit-learn gives for the examples written out as often as they were drawn."""
    metrics = pytest.importorskip("sklearn.metrics")
    gold, scores, times = (np.array(column) for column in zip(*rows, strict=True))
    drawn, ranked = np.repeat(gold, times), np.repeat(scores / 4, times)
    if not len(drawn):
        return
    ranking = Ranking(gold.astype(bool), scores / 4)
    weights = times[None].astype(float)
    precision, recall, _ = metrics.precision_recall_curve(drawn, ranked)
    assert ranking.lines(weights)[0] == pytest.approx(metrics.auc(recall, precision))
    if drawn.any():
        assert ranking.steps(weights)[0] == pytest.approx(metrics.average_precision_score(drawn, ranked))
    else:
        assert np.isnan(ranking.steps(weights)[0])


def test_areas_stand_by_label_and_draw():
    gold = np.array([[True, False], [False, True], [False, False]])
    rankings = rankings_of(gold, np.array([[0.9, 0.1], [0.5, 0.2], [0.1, 0.3]]))
    found = areas_of(rankings, Ranking.steps, np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 2.0]]))
    np.testing.assert_allclose(found, [[1.0, 1 / 2], [np.nan, 1 / 3]])


def test_draws_are_as_many_as_asked_for():
    gold = np.random.default_rng(0).random((50, 2)) < 0.3
    assert drawn_areas(rankings_of(gold, gold + 0.0), Ranking.lines, 50, resamples=70).shape == (70, 2)
