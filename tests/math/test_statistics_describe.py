"""Descriptions and correlations: identities, one pass against two, weights as repetitions, edges and errors."""

import itertools
import math

import numpy as np
import pytest

from groundup.math import statistics as s
from groundup.math.statistics.descriptive import QUANTILE_METHODS

RNG = np.random.default_rng(21)


def test_weights_are_repetitions():
    x, w = RNG.normal(size=20), RNG.integers(0, 5, 20)
    repeated = np.repeat(x, w)
    assert s.mean(x, w) == pytest.approx(s.mean(repeated))
    assert s.var(x, w) == pytest.approx(s.var(repeated))
    for q in (0, 0.2, 0.5, 1):
        assert s.quantile(x, q, method="inverted_cdf", weights=w) == s.quantile(repeated, q, method="inverted_cdf")
    rows = RNG.normal(size=(20, 3))
    np.testing.assert_allclose(s.covariance_matrix(rows, w), s.covariance_matrix(np.repeat(rows, w, axis=0)))


def test_running_moments_equal_two_passes_however_they_are_split():
    x = RNG.gamma(2, size=300) + 50
    one_by_one, merged = s.RunningMoments(), s.RunningMoments()
    for value in x:
        one_by_one.push(value)
    for part in np.split(x, [1, 1, 40, 222]):
        merged = merged.merge(s.RunningMoments().update(part))
    for running in (one_by_one, merged, s.RunningMoments().update(x)):
        assert (running.n, running.min, running.max) == (300, x.min(), x.max())
        got = [running.mean, running.var(), running.skewness(), running.kurtosis()]
        np.testing.assert_allclose(got, [s.mean(x), s.var(x), s.skewness(x), s.kurtosis(x)], rtol=1e-11)


def test_running_variance_survives_a_huge_mean():
    """Mean of squares less squared mean is wrong in every digit here."""
    x = 1e9 + np.tile([4.0, 7, 13, 16], 250)
    running = s.RunningMoments()
    for value in x:
        running.push(value)
    assert running.var(ddof=0) == pytest.approx(22.5, rel=1e-8)
    assert abs((x * x).mean() - x.mean() ** 2 - 22.5) > 1


def test_empty_and_single_running_moments():
    assert math.isnan(s.RunningMoments().var()) and math.isnan(s.RunningMoments().push(3).var())
    assert s.RunningMoments().update([]).n == 0
    assert s.RunningMoments().merge(s.RunningMoments()).n == 0


@pytest.mark.parametrize("method", QUANTILE_METHODS)
def test_quantiles_rise_and_stay_in_the_sample(method):
    x = RNG.normal(size=11)
    values = s.quantile(x, np.linspace(0, 1, 101), method=method)
    assert (np.diff(values) >= 0).all() and values[0] == x.min() and values[-1] == x.max()
    assert s.quantile([3.0], 0.7, method=method) == 3.0


def test_quantile_keeps_the_shape_of_q():
    assert np.shape(s.quantile([1, 2, 3], 0.5)) == () and s.quantile([1, 2], [[0.5], [1]]).shape == (2, 1)


def test_shape_of_symmetric_and_constant_samples():
    assert s.skewness([-2, -1, 0, 1, 2]) == 0 and s.kurtosis([-1, 1]) == -2
    assert math.isnan(s.skewness([3, 3, 3])) and math.isnan(s.kurtosis([1e8, 1e8]))
    assert s.mad([1, 1, 1]) == 0 and math.isnan(s.var([1.0]))


def test_trimmed_mean_forgets_outliers():
    assert s.trimmed_mean([1, 2, 3, 4, 1000], 0.2) == 3


def test_summary_reads_as_a_table():
    text = str(s.describe([1, 2, 3, 4, 100]))
    assert "median" in text and "22" in text and len(text.splitlines()) == 11


def test_ranks_share_ties():
    assert s.rank([10, 20, 20, 5]).tolist() == [2, 3.5, 3.5, 1]


def test_correlations_see_what_they_should():
    x = RNG.normal(size=40)
    assert s.pearson(x, 3 * x + 1).statistic == pytest.approx(1) and s.spearman(x, np.exp(x)).statistic == 1
    assert s.kendall(x, -(x**3)).statistic == -1
    assert s.pearson(1e200 * x, x * 1e-200).statistic == pytest.approx(1)
    for f in (s.pearson, s.spearman, s.kendall):
        assert math.isnan(f(x, np.ones(40)).statistic)


def test_kendall_counts_pairs():
    x, y = RNG.integers(0, 5, 40), RNG.integers(0, 5, 40)
    signs = [np.sign(x[i] - x[j]) * np.sign(y[i] - y[j]) for i, j in itertools.combinations(range(40), 2)]
    free = [sum(a[i] != a[j] for i, j in itertools.combinations(range(40), 2)) for a in (x, y)]
    assert s.kendall(x, y).statistic == pytest.approx(sum(signs) / math.sqrt(free[0] * free[1]))


def test_exact_kendall_counts_all_orders():
    x, y = np.arange(6), np.array([2, 0, 1, 4, 3, 5])
    taus = [s.kendall(x, np.array(p)).statistic for p in itertools.permutations(range(6))]
    tau = s.kendall(x, y).statistic
    assert s.kendall(x, y, alternative="greater").pvalue == pytest.approx(np.mean(np.array(taus) >= tau - 1e-12))


def test_correlation_matrix_of_a_constant_column_is_nan_there():
    x = np.column_stack([RNG.normal(size=9), np.ones(9)])
    r = s.correlation_matrix(x)
    assert r[0, 0] == 1 and np.isnan(r[1]).all() and np.isnan(r[0, 1])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: s.mean([]), ValueError, "x must hold at least 1"),
        (lambda: s.mean([1, np.nan]), ValueError, "x must be finite, got nan at 1"),
        (lambda: s.mean([[1, 2]]), ValueError, r"one axis, got shape \(1, 2\)"),
        (lambda: s.mean(["a"]), TypeError, "x must hold real numbers"),
        (lambda: s.mean([1, 2], [1, -1]), ValueError, "weights must not be negative"),
        (lambda: s.mean([1, 2], [1]), ValueError, "weights must be one for each"),
        (lambda: s.quantile([1], 1.5), ValueError, "q must lie between 0 and 1"),
        (lambda: s.quantile([1], 0.5, method="linear", weights=[1]), ValueError, "inverted_cdf"),
        (lambda: s.quantile([1], 0.5, method="type 7"), ValueError, "method must be one of"),
        (lambda: s.trimmed_mean([1, 2], 0.5), ValueError, "share must be"),
        (lambda: s.pearson([1, 2], [1, 2, 3]), ValueError, "equal lengths, got 2 and 3"),
        (lambda: s.kendall([1, 1, 2], [1, 2, 3], method="exact"), ValueError, "without ties"),
        (lambda: s.kendall([1, 2], [1, 2], method="x"), ValueError, "method must be"),
        (lambda: s.covariance_matrix([1, 2]), ValueError, r"matrix \(n, d\)"),
    ],
)
def test_errors_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
