"""The bootstrap: draws are fair and alike on every path, intervals cover what they should, errors are named."""

import tracemalloc

import numpy as np
import pytest
from scipy import stats

from groundup.math.statistics import FunctionOfMeans, bootstrap
from groundup.math.statistics import _bootstrap_kernels as kernels
from groundup.math.statistics.resampling import distinct

RNG = np.random.default_rng(11)
SEED = np.uint64(5)
R2 = FunctionOfMeans(lambda y, p: (y, y * y, (y - p) ** 2), lambda m, s, e: 1 - e / (s - m * m))


@pytest.mark.parametrize("rows", [1, 2, 7, 1000, 3 * 2**30])
def test_every_row_is_equally_likely(rows):
    out = np.empty((500, 200), dtype=np.int64)
    kernels.fill(SEED, rows, out)
    assert out.min() >= 0 and out.max() < rows
    cells = np.bincount(out.ravel() * min(rows, 50) // rows, minlength=min(rows, 50))
    if rows % len(cells) == 0 or rows > 1000:
        assert stats.chisquare(cells).pvalue > 1e-3 if len(cells) > 1 else cells[0] == out.size


def test_a_rejected_word_leaves_no_gap_and_no_bias():
    """A quarter of all words is thrown away here: without that, every third row is drawn twice as often."""
    rows = 3 * 2**30
    out = np.empty((50, 2000), dtype=np.int64)
    kernels.fill(SEED, rows, out)
    thirds = np.bincount(out.ravel() % 3, minlength=3)
    assert stats.chisquare(thirds).pvalue > 1e-3


def test_neighbouring_indices_are_independent():
    out = np.empty((1, 100_001), dtype=np.int64)
    kernels.fill(SEED, 6, out)
    pairs = np.bincount(out[0, :-1] * 6 + out[0, 1:], minlength=36)
    assert stats.chisquare(pairs).pvalue > 1e-3


@pytest.mark.parametrize("rows", [1, 3, 1023, 1025, 2500])
def test_sums_on_the_spot_equal_gathering(rows):
    columns = RNG.normal(size=(3, rows))
    drawn, out = np.empty((40, rows), dtype=np.int64), np.empty((40, 3))
    kernels.fill(SEED, rows, drawn)
    kernels.means(SEED, columns, out)
    np.testing.assert_allclose(out, columns[:, drawn].mean(axis=2).T, rtol=0, atol=1e-14)


def test_one_seed_one_result_and_another_seed_another():
    x = RNG.normal(size=50)
    first, again, other = (bootstrap(x, random_state=s).distribution for s in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_all_kinds_of_statistic_agree_on_the_same_rows():
    y = RNG.integers(0, 3, 200)
    p = np.where(RNG.random(200) < 0.7, y, RNG.integers(0, 3, 200))
    indices = RNG.integers(0, 200, (300, 200))

    def accuracy(y, p, sample_weight=None):
        return np.average(y == p, weights=sample_weight)

    options = {"paired": True, "indices": indices}
    plain = bootstrap((y, p), lambda y, p: accuracy(y, p), **options)
    for other in (
        bootstrap((y, p), lambda y, p, axis: (y == p).mean(axis=axis), **options),
        bootstrap((y, p), FunctionOfMeans(lambda y, p: y == p), **options),
        bootstrap((y, p), accuracy, weights="sample_weight", **options),
        bootstrap((y == p).astype(float), indices=indices),
    ):
        np.testing.assert_allclose(other.distribution, plain.distribution, atol=1e-14)
        np.testing.assert_allclose(other.confidence_interval, plain.confidence_interval, atol=1e-12)


def test_few_distinct_rows_and_many_have_one_distribution():
    """Zeros and ones are counted; with a little noise they are gathered. The two samples of means agree."""
    x = np.repeat([0.0, 1.0], [700, 300])
    counted = bootstrap(x, n_resamples=4000, random_state=0).distribution
    gathered = bootstrap(x + 1e-9 * np.arange(1000), n_resamples=4000, random_state=1).distribution
    assert stats.ks_2samp(counted, np.round(gathered, 4)).pvalue > 1e-3
    assert counted.std() == pytest.approx(np.sqrt(0.3 * 0.7 / 1000), rel=0.05)


def test_weights_find_labels_of_any_type():
    y, p = np.array(["cat", "dog", "dog", "cat"] * 5), np.array(["cat", "dog", "cat", "cat"] * 5)
    result = bootstrap(
        (y, p),
        lambda y, p, w: np.average(y == p, weights=w),
        weights="w",
        paired=True,
        method="percentile",
        random_state=0,
    )
    assert result.estimate == 0.75 and result.low < 0.75 < result.high
    first, group = distinct([y, p])
    assert len(first) == 3 and np.array_equal(y[first][group], y) and np.array_equal(p[first][group], p)


def test_memory_does_not_grow_with_resamples_times_rows():
    """Weights of 2,000 distinct rows in 2,000 resamples would be 32 MB at once."""
    y, p = RNG.normal(size=(2, 2000))
    tracemalloc.start()
    try:
        bootstrap(
            (y, p),
            lambda y, p, w: np.average(abs(y - p), weights=w),
            weights="w",
            paired=True,
            n_resamples=2000,
            method="bca",
        )
        assert tracemalloc.get_traced_memory()[1] < 8e6
    finally:
        tracemalloc.stop()


def test_rows_of_a_matrix_and_a_statistic_of_several_numbers():
    x = RNG.normal(size=(60, 2))
    result = bootstrap(x, lambda rows: rows.mean(axis=0), n_resamples=500, random_state=0)
    assert result.distribution.shape == (500, 2) and result.low.shape == (2,)
    assert (result.low < result.estimate).all() and (result.estimate < result.high).all()


def test_coverage_of_the_three_methods_on_a_normal_mean():
    inside = dict.fromkeys(("percentile", "basic", "bca"), 0)
    for run in range(300):
        x = RNG.normal(size=60)
        for method in inside:
            result = bootstrap(x, n_resamples=400, method=method, random_state=run, confidence_level=0.9)
            inside[method] += result.low < 0 < result.high
    assert all(0.82 <= count / 300 <= 0.95 for count in inside.values()), inside


def test_standard_error_is_that_of_the_formula():
    x = RNG.normal(size=400)
    result = bootstrap(x, n_resamples=5000, random_state=0)
    assert result.standard_error == pytest.approx(x.std() / np.sqrt(400), rel=0.04)


def test_one_sided_intervals_are_open():
    x = RNG.normal(size=40)
    less, greater = (bootstrap(x, alternative=side, random_state=0) for side in ("less", "greater"))
    assert less.low == -np.inf and greater.high == np.inf and greater.low < x.mean() < less.high


def test_function_of_means_is_callable_itself():
    y, p = RNG.normal(size=(2, 30))
    assert R2(y, p) == pytest.approx(1 - ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def test_undefined_bca_is_nan_with_a_reason():
    with pytest.warns(RuntimeWarning, match="do not vary"):
        result = bootstrap(np.ones(10), random_state=0)
    assert np.isnan(result.low)
    assert bootstrap(np.ones(10), method="percentile", random_state=0).confidence_interval == (1, 1)


def test_a_statistic_that_is_nan_on_some_resamples_is_told():
    with pytest.warns(RuntimeWarning, match="NaN on"):
        bootstrap(
            np.array([0.0, 1, 1]), lambda x: np.nan if x.min() == 1 else x.mean(), method="percentile", random_state=0
        )


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((np.ones(1),), {}, "data must hold at least two rows"),
        ((np.array([1.0, np.nan]),), {}, "data must not hold NaN"),
        (((np.ones(3), np.ones(2)), np.mean), {"paired": True}, "equal lengths"),
        ((np.ones(3),), {"method": "BC"}, "method must be"),
        ((np.ones(3),), {"confidence_level": 1}, "confidence_level"),
        ((np.ones(3),), {"n_resamples": 1}, "n_resamples must be at least 2"),
        ((np.ones(3), "median"), {}, "statistic must be callable"),
        ((np.ones(3),), {"alternative": "both"}, "alternative must be one of"),
        ((np.ones(3),), {"indices": np.ones((4, 2), dtype=int)}, r"shape \(n_resamples, 3\)"),
        ((np.ones(3),), {"indices": np.full((4, 3), 3)}, "between 0 and 2"),
        (((np.ones(3), np.ones(2)), np.mean), {"weights": "w"}, "paired=True"),
    ],
)
def test_errors_name_the_argument(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        bootstrap(*arguments, **options)
