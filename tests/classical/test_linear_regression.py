"""The solvers and `LinearRegression`: projection, identities, edge cases, errors."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator

from groundup.classical import LinearRegression
from groundup.classical.linear_regression import (
    by_qr,
    by_svd,
    gradient_descent,
    nonnegative,
    step_size,
    stochastic_descent,
    triangle,
)
from groundup.math.linear_algebra import NotPositiveDefiniteError, lstsq

SOLVERS = ("qr", "normal", "svd", "gradient-descent")


def made(n=60, m=4, k=1, seed=0):
    random = np.random.RandomState(seed)
    X = random.normal(size=(n, m))
    return X, X @ random.normal(size=(m, k)) + 0.3 * random.normal(size=(n, k))


@given(
    n=st.integers(1, 40), m=st.integers(1, 8), k=st.integers(1, 3), rows=st.integers(1, 50), seed=st.integers(0, 10**6)
)
@settings(max_examples=60, deadline=None)
def test_the_triangle_holds_all_that_least_squares_needs(n, m, k, rows, seed):
    X, Y = made(n, m, k, seed)
    R, C = triangle(X, Y, rows)
    assert R.shape == (min(n, m), m) and C.shape == (min(n, m), k) and np.array_equal(R, np.triu(R))
    assert np.allclose(R.T @ R, X.T @ X) and np.allclose(R.T @ C, X.T @ Y)


def test_blocks_give_what_one_piece_gives():
    X, Y = made(6000, 5)
    pieces, whole = triangle(X, Y), triangle(X, Y, 10**6)
    assert np.allclose(np.abs(pieces[0]), np.abs(whole[0]), rtol=1e-12)
    assert np.allclose(by_qr(X, Y).coef, lstsq(X, Y).x, rtol=1e-12)


@pytest.mark.parametrize("solver", SOLVERS)
def test_residuals_are_orthogonal_to_columns_and_constant(solver):
    X, y = made(80, 5)
    model = LinearRegression(solver=solver, tol=1e-12).fit(X, y[:, 0])
    residual = y[:, 0] - model.predict(X)
    assert np.abs(X.T @ residual).max() < 1e-9 and abs(residual.sum()) < 1e-9


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("intercept", [True, False])
def test_weights_are_repeated_rows(solver, intercept):
    X, y = made(30, 3)
    weights = np.random.RandomState(1).randint(0, 4, 30)
    options = {"solver": solver, "fit_intercept": intercept, "tol": 1e-12}
    weighted = LinearRegression(**options).fit(X, y[:, 0], weights)
    repeated = LinearRegression(**options).fit(np.repeat(X, weights, axis=0), np.repeat(y[:, 0], weights))
    assert np.allclose(weighted.coef_, repeated.coef_) and np.allclose(weighted.intercept_, repeated.intercept_)


def test_weights_alike_are_no_weights():
    X, y = made()
    assert np.allclose(LinearRegression().fit(X, y, 3.0).coef_, LinearRegression().fit(X, y).coef_)


def test_moving_and_scaling_columns_changes_coefficients_alone():
    X, y = made(50, 3)
    here, there = LinearRegression().fit(X, y), LinearRegression().fit(X * [1, 10, 100] + 7, y)
    assert np.allclose(here.coef_, there.coef_ * [1, 10, 100])
    assert np.allclose(here.predict(X), there.predict(X * [1, 10, 100] + 7))


def test_of_many_best_fits_the_shortest():
    X, y = made(40, 3)
    X = np.column_stack([X, X[:, 0] + X[:, 1], np.ones(40)])
    model = LinearRegression().fit(X, y[:, 0])
    assert model.rank_ == 3 and abs(model.coef_[4]) < 1e-12
    nothing = np.array([1.0, 1.0, 0.0, -1.0, 0.0])  # the columns' only relation
    assert abs(model.coef_ @ nothing) < 1e-12
    assert np.allclose(model.predict(X), LinearRegression().fit(X[:, :3], y[:, 0]).predict(X[:, :3]))


def test_more_columns_than_rows_goes_through_every_point():
    X, y = made(10, 25)
    model = LinearRegression().fit(X, y)
    assert np.allclose(model.predict(X), y) and model.rank_ == 9
    assert np.allclose(by_qr(X, y).coef, X.T @ lstsq(X @ X.T, y).x)


def test_shapes():
    X, Y = made(20, 3, 2)
    both = LinearRegression().fit(X, Y)
    assert both.coef_.shape == (2, 3) and both.intercept_.shape == (2,) and both.predict(X).shape == (20, 2)
    one = LinearRegression().fit(X, Y[:, 1])
    assert one.coef_.shape == (3,) and np.ndim(one.intercept_) == 0 and one.predict(X).shape == (20,)
    assert np.allclose(both.coef_[1], one.coef_)
    assert LinearRegression(fit_intercept=False).fit(X, Y).intercept_ == 0.0


def test_float32_stays_float32():
    X, y = made()
    model = LinearRegression().fit(X.astype(np.float32), y[:, 0].astype(np.float32))
    assert model.coef_.dtype == model.predict(X.astype(np.float32)).dtype == np.float32
    assert np.allclose(model.coef_, LinearRegression().fit(X, y[:, 0]).coef_, atol=1e-5)


def test_inputs_stay_as_they_are():
    X, y = made()
    X0, y0, w = X.copy(), y.copy(), np.ones(len(X))
    for options in ({}, {"positive": True}, {"solver": "normal"}, {"solver": "gradient-descent"}):
        LinearRegression(**options).fit(X, y, w)
    assert np.array_equal(X, X0) and np.array_equal(y, y0) and (w == 1).all()


def test_normal_equations_lose_twice_the_digits():
    x = np.linspace(0, 1, 50)
    X = np.vander(x, 8, increasing=True)
    truth = np.ones(8)
    y = X @ truth  # cond(X) is about 1e6
    lost = [np.abs(lstsq(X, y, method).x - truth).max() for method in ("qr", "cholesky")]
    lost[0] = max(lost[0], np.abs(by_qr(X, y[:, None], 0)[0][:, 0] - truth).max())
    assert lost[0] < 1e-9 < 1e-7 < lost[1]


def test_dependent_columns_are_refused_by_the_normal_equations():
    X, y = made()
    with pytest.raises(NotPositiveDefiniteError, match="column 4: it depends"):
        LinearRegression(solver="normal").fit(np.column_stack([X, X[:, 0]]), y)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 30), m=st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_nonnegative_meets_the_conditions_of_a_minimum(seed, n, m):
    X, y = made(n, m, 1, seed)
    X = X @ np.random.RandomState(seed).normal(size=(m, m))  # correlated: a free coefficient may have to leave again
    y = y[:, 0]
    w = nonnegative(X, y)
    slope = X.T @ (y - X @ w)
    assert (w >= 0).all() and slope.max() < 1e-9 * (X**2).sum() * max(1, np.abs(y).max())
    assert np.abs(slope[w > 0]).max(initial=0) < 1e-9 * (X**2).sum() * max(1, np.abs(y).max())


def test_nonnegative_coefficients_that_are_so_anyway():
    X, _ = made(40, 3)
    y = X @ [1.0, 2.0, 0.5]
    assert np.allclose(LinearRegression(positive=True).fit(X, y).coef_, [1, 2, 0.5])
    assert np.array_equal(LinearRegression(positive=True).fit(X, -y).coef_, np.zeros(3))


def test_the_error_of_descent_falls_by_the_condition_number():
    X, y = made(200, 2)
    X = X - X.mean(axis=0)
    s = by_svd(X, y).singular
    path = gradient_descent(X, y, max_iter=40, tol=0).path[:, :, 0]
    distance = np.sqrt(((path - by_svd(X, y).coef[:, 0]) ** 2).sum(axis=1))
    rate = 1 - (s[-1] / s[0]) ** 2
    assert (distance[1:] <= rate * distance[:-1] * (1 + 1e-9) + 1e-12).all()
    assert distance[12] / distance[11] == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize("factor, grows", [(1.99, False), (2.01, True)])
def test_twice_the_step_size_is_the_edge(factor, grows):
    X, y = made(100, 3)
    path = gradient_descent(X, y, step=factor * step_size(X), max_iter=3000, tol=0).path[:, :, 0]
    distance = np.abs(path - by_qr(X, y).coef[:, 0]).max(axis=1)
    assert (distance[-1] > distance[0]) == grows


def test_stochastic_descent_gets_near_with_falling_steps():
    X, y = made(500, 4)
    best = by_qr(X, y).coef
    found = stochastic_descent(X, y, batch=10, max_iter=30, random=np.random.RandomState(0))
    assert np.abs(found.coef - best).max() < 0.01 and found.path.shape == (31, 4, 1)
    assert step_size(X, 1) < step_size(X, 10) < step_size(X) == pytest.approx(step_size(X, 500))
    models = [LinearRegression(solver="gradient-descent", batch_size=10, max_iter=5, random_state=s) for s in (0, 0, 1)]
    a, b, c = (m.fit(X, y).coef_ for m in models)
    assert np.array_equal(a, b) and not np.array_equal(a, c) and models[0].n_iter_ == 5


def test_nothing_to_learn():
    model = LinearRegression(solver="gradient-descent").fit(np.ones((5, 2)), np.arange(5.0))
    assert np.array_equal(model.coef_, [0, 0]) and model.intercept_ == 2
    assert LinearRegression().fit([[1.0], [1.0]], [0.0, 1.0]).rank_ == 0


def test_descent_says_that_it_has_not_arrived():
    X, y = made()
    with pytest.warns(ConvergenceWarning, match="after 2 steps: scale the features"):
        LinearRegression(solver="gradient-descent", max_iter=2).fit(X, y)


@pytest.mark.parametrize("options", [{}, {"positive": True}, {"solver": "svd"}, {"solver": "gradient-descent"}])
def test_check_estimator(options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(LinearRegression(**options))


@pytest.mark.parametrize(
    "options, named",
    [
        ({"solver": "lu"}, "'qr', 'normal', 'svd', 'gradient-descent'; got 'lu'"),
        ({"tol": 2}, "tol must be a number of at least 0 and below 1; got 2"),
        ({"max_iter": 0}, "max_iter must be a whole number of at least 1; got 0"),
        ({"batch_size": 1.5}, r"batch_size must be a whole number of at least 1; got 1\.5"),
    ],
)
def test_bad_options_are_named(options, named):
    with pytest.raises(ValueError, match=named):
        LinearRegression(**options).fit(*made())


@pytest.mark.parametrize(
    "weights, named",
    [
        (np.ones(3), r"shape \(60,\) like y; got \(3,\)"),
        (-np.ones(60), "negative weight"),
        (np.full(60, np.nan), "finite"),
        (np.zeros(60), "zero for all rows"),
    ],
)
def test_bad_weights_are_named(weights, named):
    with pytest.raises(ValueError, match=named):
        LinearRegression().fit(*made(), weights)


def test_bad_data_is_named():
    X, y = made()
    with pytest.raises(ValueError, match="NaN"):
        LinearRegression().fit(X * np.nan, y)
    with pytest.raises(ValueError, match="expecting 4 features"):
        LinearRegression().fit(X, y).predict(X[:, :2])
    scipy_sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match="Sparse data was passed"):
        LinearRegression().fit(scipy_sparse.csr_matrix(X), y)
