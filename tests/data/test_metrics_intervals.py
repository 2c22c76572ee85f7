"""Intervals and tests of scores: coverage, sizes, identities."""

import numpy as np
import pytest

from groundup.data import metrics as m
from groundup.data.metrics import intervals
from groundup.math.statistics import bootstrap


def test_wilson_covers_what_it_says_near_one():
    rng = np.random.default_rng(0)
    truth, n = 0.97, 60
    right = rng.binomial(n, truth, size=2000)
    ends = {k: m.accuracy_interval([1] * n, [1] * k + [0] * (n - k)) for k in set(right.tolist())}
    covered = np.mean([ends[k].low <= truth <= ends[k].high for k in right.tolist()])
    assert 0.92 < covered < 0.99
    low, high = m.accuracy_interval([1] * n, [1] * n)
    assert 0.9 < low < 1 and high == pytest.approx(1)


def test_delong_covers_the_area():
    rng = np.random.default_rng(1)
    truth, covered = 0.7602499389065233, 0  # P(N(1, 1) > N(0, 1)) = Phi(1 / sqrt 2)
    for _ in range(400):
        y = np.arange(120) % 2
        low, high = m.delong_interval(y, rng.normal(size=120) + y)
        covered += low <= truth <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_delong_rejects_rarely_without_and_often_with_a_difference():
    rng = np.random.default_rng(2)
    y = np.arange(200) % 2
    common = rng.normal(size=(300, 200)) + y
    noise = rng.normal(size=(2, 300, 200))
    same = [m.delong_test(y, c + a, c + b).pvalue < 0.05 for c, a, b in zip(common, *noise, strict=True)]
    better = [m.delong_test(y, c, c + 2 * b).pvalue < 0.05 for c, b in zip(common, noise[1], strict=True)]
    assert 0.02 < np.mean(same) < 0.09 and np.mean(better) > 0.9


def test_delong_of_the_same_scores_is_one():
    y, s = [0, 1, 0, 1], [0.1, 0.4, 0.35, 0.8]
    assert m.delong_test(y, s, np.exp(s)).pvalue == 1
    assert m.delong_test(y, [0, 1, 0, 1], [1, 0, 1, 0]).pvalue == 0
    swapped = m.delong_test([0, 1, 0, 1, 1], [1, 3, 2, 4, 0], [4, 0, 1, 3, 2])
    assert swapped.statistic == pytest.approx(
        -m.delong_test([0, 1, 0, 1, 1], [4, 0, 1, 3, 2], [1, 3, 2, 4, 0]).statistic
    )


def test_mcnemar_looks_at_disagreements_alone():
    y = np.ones(50, dtype=int)
    first, second = np.ones(50, dtype=int), np.ones(50, dtype=int)
    first[:2], second[2:12] = 0, 0
    few = m.mcnemar_test(y, first, second)
    many = m.mcnemar_test(np.tile(y, 1)[:12], first[:12], second[:12])
    assert few.pvalue == pytest.approx(many.pvalue) == pytest.approx(2 * (1 + 12 + 66) / 2**12)
    assert m.mcnemar_test(y, first, first).pvalue == 1
    assert 0 < m.mcnemar_test(y, first, second, exact=False).pvalue < 0.1


def test_the_bootstrap_agrees_with_delong_and_wilson():
    rng = np.random.default_rng(3)
    y = np.arange(400) % 2
    s = rng.normal(size=400) + y
    found, exact = m.score_interval(m.roc_auc_score, y, s, random_state=0), m.delong_interval(y, s)
    assert found.estimate == pytest.approx(m.roc_auc_score(y, s))
    assert abs(found.low - exact.low) < 0.01 and abs(found.high - exact.high) < 0.01
    plain = m.score_interval(lambda a, b: float(np.mean(a == b)), y, s > 0.5, random_state=0)
    wilson = m.accuracy_interval(y, s > 0.5)
    assert abs(plain.low - wilson.low) < 0.01 and abs(plain.high - wilson.high) < 0.01


@pytest.mark.parametrize("method", ["percentile", "bca"])
@pytest.mark.parametrize("metric", ["accuracy_score", "log_loss", "roc_auc_score"])
def test_the_fast_ways_are_the_metric_itself(metric, method):
    """The same metric under another name goes the general way: equal estimates, and intervals but for the draws."""
    rng = np.random.default_rng(4)
    y = np.array(["no", "yes"])[rng.integers(0, 2, 300)]
    p = np.round(1 / (1 + np.exp(-rng.normal(size=300) - 2 * (y == "yes") + 1)), 2)  # with ties
    pred = np.where(p > 0.5, "yes", "no") if metric == "accuracy_score" else p
    function = getattr(m, metric)
    options = {"method": method, "n_resamples": 4000, "random_state": 0}
    fast = m.score_interval(function, y, pred, **options)
    slow = m.score_interval(
        lambda a, b, sample_weight=None: function(a, b, sample_weight=sample_weight), y, pred, **options
    )
    assert fast.estimate == pytest.approx(function(y, pred), rel=1e-13)
    assert fast.standard_error == pytest.approx(slow.standard_error, rel=0.06)
    assert np.abs(np.subtract(fast.confidence_interval, slow.confidence_interval)).max() < 0.2 * slow.standard_error


def test_each_resampled_area_is_that_of_the_drawn_rows():
    rng = np.random.default_rng(5)
    y, s = rng.integers(0, 2, 60), np.round(rng.normal(size=60), 1)
    samples, statistic, name = intervals._for_bootstrap(m.roc_auc_score, y, s)
    rows = rng.integers(0, 60, (50, 60))
    found = bootstrap(samples, statistic, paired=True, weights=name, indices=rows, method="percentile").distribution
    assert found == pytest.approx([m.roc_auc_score(y[row], s[row]) for row in rows], rel=1e-13)


@pytest.mark.filterwarnings("ignore:Only one class")
def test_a_resample_of_one_class_is_nan_as_in_the_metric():
    with pytest.warns(RuntimeWarning, match="NaN on"):
        assert np.isnan(m.score_interval(m.roc_auc_score, [0, 1, 1], [0.1, 0.2, 0.3], random_state=0).low)
    assert np.isfinite(m.score_interval(m.log_loss, [0, 1, 1], [0.1, 0.2, 0.3], random_state=0).low)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: m.delong_interval([1, 1], [0.1, 0.2]), "two classes"),
        (lambda: m.delong_interval([0, 1, 1], [0.1, 0.2, 0.3]), "at least 2 rows"),
        (lambda: m.delong_interval([0, 1], [0.1, 0.2], confidence_level=95), "confidence_level"),
        (lambda: m.delong_test([0, 1], [0.1], [0.2]), "inconsistent"),
        (lambda: m.score_interval(m.accuracy_score, [0, 1], [0]), "inconsistent"),
        (lambda: m.score_interval(m.log_loss, [0, 1], [0.5, 1.5]), "greater than 1"),
        (lambda: m.score_interval(m.log_loss, [1, 1], [0.5, 0.5]), "only one label"),
        (lambda: m.score_interval(m.roc_auc_score, [0, 1], [0.5, np.nan]), "NaN"),
    ],
)
def test_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call()
