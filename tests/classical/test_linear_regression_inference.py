"""`ols` and the diagnostics: what they claim, by simulation and by leaving rows out; edge cases, errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.classical import LinearRegression
from groundup.classical.linear_regression import (
    breusch_pagan,
    durbin_watson,
    influence,
    jarque_bera,
    ols,
    qq_points,
    variance_inflation,
    white_test,
)


def made(n=40, m=3, seed=0, noise=1.0):
    random = np.random.RandomState(seed)
    X = random.normal(size=(n, m))
    return X, 2 + X @ np.arange(1.0, m + 1) + noise * random.normal(size=n)


def coverage(kind, spread, draws=1500, n=30):
    """Share of 90 % intervals that hold the true slope 1, when errors have the given spread at x."""
    random = np.random.RandomState(0)
    x = random.exponential(size=n)
    fits = (ols(x, x + spread(x) * random.normal(size=n), cov_type=kind) for _ in range(draws))
    return np.mean([low <= 1 <= high for low, high in (f.conf_int(0.1)[1] for f in fits)])


def test_intervals_cover_as_often_as_they_say():
    assert coverage("nonrobust", np.ones_like) == pytest.approx(0.9, abs=0.025)  # three standard errors


def test_robust_intervals_cover_where_the_spread_grows():
    classical, robust = coverage("nonrobust", np.square), coverage("HC3", np.square)
    assert classical < 0.8 < robust


def test_p_values_are_even_when_nothing_is_there():
    random = np.random.RandomState(1)
    X = random.normal(size=(25, 2))
    fits = [ols(X, random.normal(size=25)) for _ in range(1000)]
    for p in (np.array([f.pvalues[1] for f in fits]), np.array([f.f_pvalue for f in fits])):
        assert np.abs(np.histogram(p, 5, (0, 1))[0] / 1000 - 0.2).max() < 0.05


def test_prediction_interval_covers_new_observations():
    random, inside = np.random.RandomState(2), []
    for _ in range(1000):
        x, new = random.normal(size=12), random.normal(size=1)
        band = ols(x, 1 + x + random.normal(size=12)).get_prediction(new, alpha=0.2)
        inside.append(band.obs_lower[0] <= 1 + new[0] + random.normal() <= band.obs_upper[0])
        assert band.obs_lower[0] < band.mean_lower[0] < band.mean[0] < band.mean_upper[0] < band.obs_upper[0]
    assert np.mean(inside) == pytest.approx(0.8, abs=0.04)


@given(n=st.integers(6, 30), seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_influence_is_what_leaving_the_row_out_does(n, seed):
    X, y = made(n, 2, seed)
    fit = ols(X, y)
    found, i = influence(fit), seed % n
    rest = ols(np.delete(X, i, 0), np.delete(y, i)) if n > 6 else None
    assert found.leverage.sum() == pytest.approx(3)
    if rest is None:
        return
    move = fit.params - rest.params
    gram = fit.design.T @ fit.design
    assert found.cooks_distance[i] == pytest.approx(move @ gram @ move / (3 * fit.scale), rel=1e-7)
    assert found.external[i] * np.sqrt(rest.scale * (1 - found.leverage[i])) == pytest.approx(fit.resid[i], rel=1e-7)
    spread = np.sqrt(rest.scale * np.diagonal(fit.inverse_gram))
    assert np.allclose(found.dfbetas[i], move / spread, rtol=1e-6, atol=1e-9)
    own = (fit.design[i] @ move) / np.sqrt(rest.scale * found.leverage[i])
    assert found.dffits[i] == pytest.approx(own, rel=1e-6, abs=1e-9)


def test_leverage_is_the_pull_on_the_own_fit():
    X, y = made()
    up = y.copy()
    up[7] += 1
    assert ols(X, up).fittedvalues[7] - ols(X, y).fittedvalues[7] == pytest.approx(ols(X, y).leverage[7])


def test_a_row_that_alone_decides_a_coefficient():
    X, y = made(20, 1)
    X = np.column_stack([X, np.eye(20)[:, 4]])
    found = influence(ols(X, y))
    assert found.leverage[4] == pytest.approx(1)
    assert np.isnan(found.cooks_distance[4]) and np.isnan(found.dffits[4]) and np.isnan(found.dfbetas[4]).all()
    assert np.isfinite(np.delete(found.cooks_distance, 4)).all()


def test_the_same_fit_as_the_estimator():
    X, y = made()
    fit, model = ols(X, y), LinearRegression().fit(X, y)
    assert np.allclose(fit.params, [model.intercept_, *model.coef_], rtol=1e-12)
    assert np.allclose(fit.predict(X), model.predict(X)) and fit.rsquared == pytest.approx(model.score(X, y))


def test_one_column_agrees_with_the_formulas_by_hand():
    x, y = np.array([1.0, 2, 3]), np.array([1.0, 2, 2])
    fit = ols(x, y)
    assert np.allclose(fit.params, [2 / 3, 0.5]) and fit.ssr == pytest.approx(1 / 6) and fit.df_resid == 1
    assert fit.bse[1] == pytest.approx(np.sqrt(1 / 6 / 2)) and fit.rsquared == pytest.approx(0.75)
    assert fit.fvalue == pytest.approx(fit.tvalues[1] ** 2) and fit.f_pvalue == pytest.approx(fit.pvalues[1])


def test_a_constant_may_be_among_the_columns():
    X, y = made()
    own = ols(np.column_stack([X, np.full(40, 7.0)]), y, intercept=False)
    assert own.constant == 3 and own.rsquared == pytest.approx(ols(X, y).rsquared) and own.df_model == 3
    without = ols(X, y, intercept=False)
    assert without.constant is None and without.total == pytest.approx(y @ y)


def test_units_change_no_test():
    X, y = made()
    a, b = ols(X, y), ols(X * [1e-6, 1, 1e6], y * 1e3)
    assert np.allclose(a.tvalues, b.tvalues) and a.fvalue == pytest.approx(b.fvalue)
    assert np.allclose(a.with_covariance("HC2").tvalues, b.with_covariance("HC2").tvalues)


def test_exact_fit_and_constant_target():
    X, _ = made(noise=0.0)
    fit = ols(X, np.round(X @ np.zeros(3)))
    assert fit.ssr == 0 and fit.llf == np.inf and np.isnan(fit.rsquared)
    only = ols(np.ones((5, 1)), np.arange(5.0), intercept=False)
    assert np.isnan(only.fvalue) and np.isnan(only.f_pvalue) and only.params[0] == pytest.approx(2)


def test_variance_inflation():
    random = np.random.RandomState(0)
    a, b = random.normal(size=(2, 2000))
    X = np.column_stack([a, b, a + 0.1 * random.normal(size=2000)])
    found = variance_inflation(X)
    assert found[1] == pytest.approx(1, abs=0.01) and found[0] == pytest.approx(101, rel=0.1)
    r2 = ols(X[:, 1:], X[:, 0]).rsquared
    assert found[0] == pytest.approx(1 / (1 - r2))


def test_residual_tests_find_what_they_are_for():
    random = np.random.RandomState(0)
    x, e = random.normal(size=400), random.normal(size=400)
    assert breusch_pagan(e, x).lm_pvalue > 0.05 and breusch_pagan(e * np.exp(x), x).lm_pvalue < 1e-6
    bowl = e * (0.1 + x**2)  # no slope in the spread, but a curve
    assert breusch_pagan(bowl, x).lm_pvalue > 0.001 > 1e-6 > white_test(bowl, x).lm_pvalue
    assert jarque_bera(e).pvalue > 0.05 and jarque_bera(e**3).pvalue < 1e-10
    even = jarque_bera([1.0, -1.0] * 6)  # skewness 0, kurtosis 1
    assert even.statistic == pytest.approx(12 / 6 * (1 - 3) ** 2 / 4) and even.kurtosis == pytest.approx(1)
    assert durbin_watson(e) == pytest.approx(2, abs=0.2) and durbin_watson(np.cumsum(e)) < 0.2
    assert durbin_watson([1, -1, 1, -1]) == pytest.approx(3)


def test_qq_points_lie_on_a_line_for_normal_values():
    quantiles, ordered = qq_points(3 + 2 * np.random.RandomState(0).normal(size=5000))
    line = ols(quantiles[50:-50], ordered[50:-50])
    assert np.allclose(line.params, [3, 2], atol=0.1) and line.rsquared > 0.999
    assert np.allclose(qq_points([5.0, 1.0, 3.0], a=0.375)[0], [-0.8694, 0, 0.8694], atol=1e-4)


def test_summary_names_columns_and_numbers():
    X, y = made(m=2)
    text = ols(X, y, names=("weight", "age")).summary()
    assert "n = 40, R² = 0." in text and "weight" in text and "const" in text and " t " in text
    assert " z " in ols(X, y, cov_type="HC1").summary() and len(text.splitlines()) == 6


@pytest.mark.parametrize(
    "arguments, options, named",
    [
        ((np.ones((3, 2)), np.ones(4)), {}, r"got \(3, 2\) and \(4,\)"),
        ((np.eye(3), np.ones(3)), {}, "got 3 rows, 4 columns"),
        ((np.array([1, np.nan, 2, 3]), np.ones(4)), {}, "must be finite"),
        ((np.arange(4.0), np.ones(4)), {"cov_type": "HC9"}, "HC3; got 'HC9'"),
        ((np.arange(4.0), np.ones(4)), {"names": ["a", "b"]}, "names must be 1"),
        ((np.ones((5, 1)), np.arange(5.0)), {"names": ["dull"]}, "column 'dull' depends on those before it"),
    ],
)
def test_bad_input_is_named(arguments, options, named):
    with pytest.raises(ValueError, match=named):
        ols(*arguments, **options)


def test_bad_requests_are_named():
    fit = ols(*made())
    with pytest.raises(ValueError, match="alpha must be between 0 and 1; got 5"):
        fit.conf_int(5)
    with pytest.raises(ValueError, match=r"columns of the fit, .*got shape \(2, 5\)"):
        fit.predict(np.ones((2, 5)))
    with pytest.raises(ValueError, match="got 'robust'"):
        fit.with_covariance("robust")


def test_residuals_that_are_all_zero_give_nan_and_no_warning():
    x = np.random.default_rng(0).normal(size=(12, 2))
    fit = ols(x, np.zeros(12))
    assert np.isnan([fit.rsquared, fit.fvalue, fit.f_pvalue]).all() and not fit.bse.any()
    assert "nan" in fit.summary()
    for robust in (True, False):
        assert np.isnan(breusch_pagan(np.zeros(12), x, robust=robust).lm_pvalue)
    assert np.isnan(durbin_watson(np.zeros(4))) and np.isnan(jarque_bera(np.ones(4)).statistic)
    with pytest.raises(ValueError, match="resid must hold at least one residual"):
        jarque_bera([])


def test_names_come_from_a_data_frame_and_may_be_numbers():
    pandas = pytest.importorskip("pandas")
    x, y = np.random.default_rng(0).normal(size=(12, 2)), np.arange(12.0)
    frame = pandas.DataFrame(x, columns=["age", 7])
    assert ols(frame, y).names == ("const", "age", "7")
    assert ols(frame, y, names=("a", "b")).names == ("const", "a", "b")
    np.testing.assert_array_equal(ols(frame, y).params, ols(x, y).params)
    assert "1" in ols(x, y, names=[1, 2]).summary()


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_columns_whose_squares_leave_the_floats_are_named(scale):
    x = np.random.default_rng(0).normal(size=(12, 2)) * [1.0, scale]
    with pytest.raises(ValueError, match=r"column 'x2' has entries of up to .*: scale it"):
        ols(x, np.arange(12.0))
    fit = ols(x / scale**0.4, np.arange(12.0))
    np.testing.assert_allclose(fit.tvalues, ols(x / [1.0, scale], np.arange(12.0)).tvalues, rtol=1e-9)


def test_a_constant_column_and_a_single_number_are_refused():
    x, y = np.random.default_rng(0).normal(size=(12, 2)), np.arange(12.0)
    with pytest.raises(ValueError, match="no constant column; column 2 is one"):
        white_test(y, np.column_stack([x, np.ones(12)]))
    with pytest.raises(ValueError, match=r"X must have shape \(m, number of features\); got \(\)"):
        ols(x[:, 0], y).predict(1.0)
