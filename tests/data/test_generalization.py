"""Decomposition, smoothers, curves, holdout: identities, simulation, edge cases, errors."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.classical import LinearRegression
from groundup.data.generalization import (
    DummyRegressor,
    SealedTest,
    bias_variance,
    covariance_degrees,
    degrees_of_freedom,
    duplicate_rows,
    error_bound,
    expected_optimism,
    learning_curve,
    mallows_cp,
    minimum_norm_errors,
    neighbor_smoother,
    random_features,
    ridge_smoother,
    rows_needed,
    single_column_scores,
    smoother_bias_variance,
    train_validation_test_split,
    validation_curve,
)
from groundup.math.probability import Binomial


def noisy(f, sigma=1.0, n=20):
    x = np.linspace(-1, 1, n)[:, None]
    return lambda random: (x, f(x[:, 0]) + sigma * random.normal(size=n))


class Remembers:
    """Predicts what it was told, for looking at the arithmetic."""

    def get_params(self, deep=True):
        return {}

    def fit(self, X, y):
        self.value = y[0]
        return self

    def predict(self, X):
        return np.full(len(X), self.value)


@given(values=st.lists(st.floats(-5, 5), min_size=3, max_size=12), truth=st.floats(-5, 5))
@settings(max_examples=40, deadline=None)
def test_the_parts_add_up_to_the_mean_squared_distance(values, truth):
    draws = iter(values)
    parts = bias_variance(
        Remembers(), lambda _: (np.zeros((1, 1)), [next(draws)]), np.zeros((1, 1)), [truth], rounds=len(values)
    )
    assert parts.bias[0] == pytest.approx(np.mean(values) - truth, abs=1e-9)
    assert parts.variance[0] == pytest.approx(np.var(values, ddof=1), abs=1e-9)
    squares = (np.array(values) - truth) ** 2
    assert parts.bias_squared[0] + parts.variance[0] == pytest.approx(squares.mean(), abs=1e-9)


def test_bias_squared_is_not_inflated_by_few_rounds():
    generator = noisy(lambda x: 0 * x)
    estimates = [
        bias_variance(DummyRegressor(), generator, np.zeros((1, 1)), [0.0], rounds=3, random_state=s).bias_squared[0]
        for s in range(1500)
    ]
    assert abs(np.mean(estimates)) < 0.002  # the plain estimate would be 1 / (20 · 3) = 0.017


def test_standard_errors_say_how_far_another_simulation_lies():
    def once(seed):
        points = np.linspace(-1, 1, 5)[:, None]
        truth = np.exp(points[:, 0])
        return bias_variance(DummyRegressor(), noisy(np.exp), points, truth, rounds=40, random_state=seed)

    runs = [once(s) for s in range(60)]
    for i, name in enumerate(("bias_squared", "variance")):
        spread = np.std([getattr(r, name).mean() for r in runs])
        assert np.mean([r.standard_error[i] for r in runs]) == pytest.approx(spread, rel=0.35)


def test_more_flexible_fits_trade_bias_for_variance():
    x = np.linspace(-1, 1, 30)
    powers = np.stack([x**p for p in range(1, 10)], axis=1)
    found = []
    for degree in (1, 3, 9):
        S = ridge_smoother(powers[:, :degree])
        found.append(smoother_bias_variance(S, np.sin(3 * x), np.sin(3 * x), 0.3))
        assert found[-1].variance.mean() == pytest.approx(0.09 * (degree + 1) / 30)  # sigma² df / n
    bias, variance = ([getattr(f, k).mean() for f in found] for k in ("bias_squared", "variance"))
    assert bias[0] > bias[1] > bias[2] and variance[0] < variance[1] < variance[2]
    assert found[1].error < min(found[0].error, found[2].error)


def test_degrees_of_freedom_run_from_columns_to_one():
    X = np.random.RandomState(0).normal(size=(25, 4))
    assert degrees_of_freedom(ridge_smoother(X)) == pytest.approx(5)
    assert degrees_of_freedom(ridge_smoother(X, intercept=False)) == pytest.approx(4)
    assert degrees_of_freedom(ridge_smoother(X, alpha=1e12)) == pytest.approx(1)
    assert degrees_of_freedom(ridge_smoother(np.column_stack([X, X[:, 0]]))) == pytest.approx(5)
    for k in (1, 5, 25):
        assert degrees_of_freedom(neighbor_smoother(X, k=k)) == pytest.approx(25 / k)


def test_smoothers_predict_what_the_models_do():
    random = np.random.RandomState(1)
    X, new, y = random.normal(size=(30, 3)), random.normal(size=(5, 3)), random.normal(size=30)
    assert np.allclose(ridge_smoother(X, new) @ y, LinearRegression().fit(X, y).predict(new))
    assert np.allclose(neighbor_smoother(X, new, 30) @ y, y.mean())
    assert np.allclose(ridge_smoother(X, new, 3.0).sum(axis=1), 1)  # constants are kept


def test_a_search_costs_more_degrees_than_its_columns():
    random = np.random.RandomState(2)
    X = random.normal(size=(30, 20))

    def best_column(y):
        scores = np.abs((X - X.mean(axis=0)).T @ y) / X.std(axis=0)
        return ridge_smoother(X[:, [np.argmax(scores)]]) @ y

    assert covariance_degrees(best_column, np.zeros(30), 1.0, rounds=2000) > 4  # two columns would be 2


def test_cp_estimates_the_error_on_new_targets():
    random = np.random.RandomState(3)
    x = np.linspace(-1, 1, 40)
    f, S = np.sin(3 * x), ridge_smoother(np.stack([x, x**2, x**3], axis=1))
    y, again = (f[:, None] + 0.5 * random.normal(size=(40, 4000)) for _ in range(2))
    new = np.mean((again - S @ y) ** 2)
    assert np.mean([mallows_cp(column, S, 0.5) for column in y.T[:1000]]) == pytest.approx(new, rel=0.02)
    assert expected_optimism(S, 0.5) == pytest.approx(2 * 0.25 * 4 / 40)


def test_learning_curve_cuts_rows_in_order():
    X, y = np.arange(20.0)[:, None], np.arange(20.0)
    curve = learning_curve(DummyRegressor(), X, y, train_sizes=[2, 5], cv=4)
    assert list(curve.train_sizes) == [2, 5] and curve.test_scores.shape == curve.train_scores.shape == (2, 4)
    alone = DummyRegressor().fit(X[5:7], y[5:7])
    longer = DummyRegressor().fit(X[5:10], y[5:10])
    assert curve.test_scores[1, 0] == longer.score(X[:5], y[:5])
    assert curve.test_scores[0, 0] == alone.score(X[:5], y[:5]) and curve.train_scores[0, 0] == 0
    shuffled = [
        learning_curve(DummyRegressor(), X, y, cv=4, shuffle=True, random_state=s).test_scores for s in (0, 0, 1)
    ]
    assert np.array_equal(shuffled[0], shuffled[1]) and not np.array_equal(shuffled[0], shuffled[2])


def test_learning_curve_says_what_it_cannot_do():
    X, y = np.zeros((20, 1)), np.arange(20.0)
    for sizes, named in (([1.5], r"shares in \(0, 1\] of the 16"), ([0], r"in \(0, 16\]"), ([17], "17")):
        with pytest.raises(ValueError, match=named):
            learning_curve(DummyRegressor(), X, y, train_sizes=sizes)
    with pytest.warns(RuntimeWarning, match="1 different sizes instead of 2"):
        learning_curve(DummyRegressor(), X, y, train_sizes=[0.5, 0.51])


def test_validation_curve_leaves_the_estimator_alone():
    X, y = np.arange(20.0)[:, None], np.arange(20.0)
    model = DummyRegressor(strategy="quantile", quantile=0.9)
    train, test = validation_curve(model, X, y, param_name="quantile", param_range=[0.1, 0.5], cv=3)
    assert train.shape == test.shape == (2, 3) and model.quantile == 0.9
    assert (train[1] > train[0]).all()


def test_width_beyond_the_rows_helps_again():
    random = np.random.RandomState(0)
    X, new = random.normal(size=(60, 3)), random.normal(size=(500, 3))
    y, y_new = (v[:, 0] * v[:, 1] + 0.3 * random.normal(size=len(v)) for v in (X, new))
    train, test = minimum_norm_errors(random_features(X, 2000), y, random_features(new, 2000), y_new, [10, 70, 2000])
    assert train[0] > 0.05 and train[1] < 0.05 and train[2] < 1e-9
    assert test[1] > 5 * test[0] and test[2] < 0.2 * test[1]


def test_random_features_grow_by_appending():
    X = np.random.RandomState(0).normal(size=(4, 3))
    wide = random_features(X, 10)
    assert (wide >= 0).all() and np.array_equal(random_features(X, 6), wide[:, :6])
    with pytest.raises(ValueError, match="widths must be from 1 to 10"):
        minimum_norm_errors(wide, np.zeros(4), wide, np.zeros(4), [11])


@given(n=st.integers(10, 200), seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_three_parts_hold_every_row_once(n, seed):
    rows = list(range(n))
    train, validation, test, also, *_ = train_validation_test_split(rows, np.arange(n), random_state=seed)
    assert sorted([*train, *validation, *test]) == rows and list(also) == train
    assert len(test) == round(0.2 * n) == len(validation)


def test_three_parts_keep_shares_of_classes():
    y = np.repeat([0, 1], [80, 20])
    parts = train_validation_test_split(y, stratify=y, random_state=0)
    assert [p.mean() for p in parts] == pytest.approx([0.2] * 3)
    with pytest.raises(ValueError, match=r"got 0\.5 and 0\.5"):
        train_validation_test_split(y, validation_size=0.5, test_size=0.5)
    with pytest.raises(ValueError, match="at least one array"):
        train_validation_test_split()


def test_a_sealed_test_opens_once():
    sealed, model = SealedTest(np.zeros((3, 1)), np.arange(3.0)), DummyRegressor().fit([[0]], [1.0])
    assert sealed.open(model) == sealed.score_ == 0
    with pytest.raises(RuntimeError, match="opened before, with score 0: it is used up"):
        sealed.open(model)


def test_duplicates_are_found_in_any_dtype():
    assert list(duplicate_rows([[1, 2], [3, 4]], [[3, 4], [4, 3], [1, 2]])) == [0, 2]
    assert list(duplicate_rows([["a", "b"]], [["a", "b"], ["b", "a"]])) == [0]
    assert duplicate_rows(np.zeros((0, 2)), np.zeros((3, 2))).dtype == int
    with pytest.raises(ValueError, match="same columns"):
        duplicate_rows(np.zeros((2, 2)), np.zeros((2, 3)))


def test_a_copy_of_the_target_stands_out():
    random = np.random.RandomState(0)
    X = random.normal(size=(100, 4))
    y = X[:, 0] + random.normal(size=100)
    X[:, 2] = y + 0.1 * random.normal(size=100)
    scores = single_column_scores(LinearRegression(), X, y)
    assert np.argmax(scores) == 2 and scores[2] > 0.95 and scores.shape == (4,)


@given(n=st.integers(1, 300), p=st.floats(0.05, 0.95), delta=st.floats(0.01, 0.5))
@settings(max_examples=40, deadline=None)
def test_hoeffding_holds_for_coins(n, p, delta):
    t = error_bound(n, delta)
    law = Binomial(n, p)
    outside = law.cdf(np.ceil(n * (p - t)) - 1) + law.sf(np.floor(n * (p + t)))
    assert outside <= delta


def test_rows_for_a_distance():
    n = rows_needed(0.02, 0.05, 1000)
    assert error_bound(n, 0.05, 1000) <= 0.02 < error_bound(n - 1, 0.05, 1000)
    assert rows_needed(0.01, 0.05) == 18445  # ln(40) / 2e-4
    for call, named in (
        (lambda: error_bound(0), "n must be"),
        (lambda: error_bound(5, 1.0), "delta"),
        (lambda: rows_needed(0), "gap must be above 0"),
        (lambda: rows_needed(0.1, 0.05, 0), "models must be"),
    ):
        with pytest.raises(ValueError, match=named):
            call()


def test_bad_input_is_named():
    X, y = np.zeros((3, 2)), np.zeros(3)
    with pytest.raises(ValueError, match="alpha must be at least 0; got -1"):
        ridge_smoother(X, alpha=-1)
    with pytest.raises(ValueError, match=r"got \(3, 2\)"):
        ridge_smoother(np.zeros((3, 1)), X)
    for k in (0, 4):
        with pytest.raises(ValueError, match=f"number of rows, 3; got {k}"):
            neighbor_smoother(X, k=k)
    with pytest.raises(ValueError, match="rounds must be at least 2"):
        bias_variance(DummyRegressor(), lambda _: (X, y), X, y, rounds=1)
    with pytest.raises(ValueError, match=r"have shape \(3,\), truth has \(2,\)"):
        bias_variance(DummyRegressor(), lambda _: (X, y), X, y[:2])
    with pytest.raises(ValueError, match=r"S must have shape \(2, 3\)"):
        smoother_bias_variance(np.eye(3), y, y[:2], 1.0)


def test_nothing_warns_without_reason():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learning_curve(LinearRegression(), np.arange(30.0)[:, None], np.arange(30.0) % 7)


def test_three_parts_want_arrays_of_one_length_and_rows_for_each_part():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        train_validation_test_split(np.zeros(10), np.zeros(11))
    for n in (0, 2):
        with pytest.raises(ValueError, match=f"{n} rows are too few for three parts"):
            train_validation_test_split(list(range(n)))
    parts = train_validation_test_split(list(range(3)), random_state=0)
    assert sorted(row for part in parts for row in part) == [0, 1, 2] and all(len(p) == 1 for p in parts)


def test_three_parts_of_a_sparse_matrix():
    from scipy.sparse import csr_matrix

    parts = train_validation_test_split(csr_matrix(np.eye(10)), random_state=0)
    assert [p.shape for p in parts] == [(6, 10), (2, 10), (2, 10)] and sum(p.sum() for p in parts) == 10


@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e200])
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_ridge_smoother_of_columns_in_any_unit(unit, alpha):
    x = np.array([[1.0], [2.0], [4.0]])
    wanted = ridge_smoother(x, alpha=alpha if unit == 1 else 0.0 if unit > 1 or not alpha else np.inf)
    np.testing.assert_allclose(ridge_smoother(unit * x, alpha=alpha), wanted, atol=1e-12)


def test_missing_values_are_duplicates_of_each_other():
    assert duplicate_rows([[np.nan, 1.0]], [[2.0, 1.0], [np.nan, 1.0]]).tolist() == [1]
    assert duplicate_rows(np.array([["a", None]], object), np.array([["a", None]], object)).tolist() == [0]


def test_a_size_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match=r"shares in \(0, 1\]"):
        learning_curve(DummyRegressor(), np.zeros((9, 1)), np.arange(9.0), train_sizes=[0.5, np.nan])
