import numpy as np
import pytest

from malmoi.metrics.scores import basic_score, bootstrap, percentile_score, resample_counts, resample_means


def test_bootstrap_repeats_with_its_seed():
    values = np.random.default_rng(0).random(50)
    first, second = (bootstrap(lambda rows: values[rows].mean(), 50, resamples=100, seed=7) for _ in range(2))
    assert first == second
    assert first.low < first.value < first.high


def test_resampled_means_are_centred_and_spread_like_means():
    values = np.random.default_rng(0).normal(size=(400, 2)) * [1.0, 3.0]
    draws = resample_means(values, resamples=2000)
    assert draws.shape == (2000, 2)
    np.testing.assert_allclose(draws.mean(axis=0), values.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(draws.std(axis=0), values.std(axis=0) / 20, rtol=0.1)


def test_blocks_do_not_lose_draws():
    assert resample_means(np.ones((300_000, 1)), resamples=7).tolist() == [[1.0]] * 7


def test_resampled_counts_keep_n_and_the_mean():
    draws = resample_counts(np.array([60, 30, 10]), resamples=2000)
    assert (draws.sum(axis=1) == 100).all()
    np.testing.assert_allclose(draws.mean(axis=0), [60, 30, 10], rtol=0.05)
    assert draws[:, 0].std() == pytest.approx((100 * 0.6 * 0.4) ** 0.5, rel=0.1)


def test_intervals():
    draws = np.linspace(0.5, 0.7, 1001)
    assert percentile_score(0.6, draws, 9).low == pytest.approx(0.505)
    widened = percentile_score(0.4, draws, 9)
    assert (widened.low, widened.value) == (0.4, 0.4)
    mirrored = basic_score(0.5, draws, 9)
    assert mirrored.low == pytest.approx(1 - 0.695)
    assert mirrored.high == pytest.approx(0.5)
    assert basic_score(0.1, draws, 9).low == 0.0


@pytest.mark.parametrize("call", [lambda: bootstrap(len, 0), lambda: resample_means(np.ones((0, 1)))])
def test_no_examples_are_refused(call):
    with pytest.raises(ValueError, match="at least one"):
        call()
